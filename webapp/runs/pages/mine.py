"""The run that an address means, if it is there for whoever asks."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from webapp.runs.models import Run


def mine(request: HttpRequest, pk: int) -> Run:
    """The run, if it is there for this user; 404 otherwise."""
    return get_object_or_404(Run.objects.visible_to(request.user).with_dataset(), pk=pk)
