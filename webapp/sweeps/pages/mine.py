"""The sweep and the trial that an address means, if they are there for whoever asks."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from webapp.sweeps.models import Sweep, Trial


def mine(request: HttpRequest, pk: int) -> Sweep:
    """The sweep, if it is there for this user; 404 otherwise."""
    return get_object_or_404(Sweep.objects.visible_to(request.user).with_dataset(), pk=pk)


def trial_of(sweep: Sweep, number: int) -> Trial:
    """The sweep's trial of this number, with its run; 404 when there is none."""
    found = get_object_or_404(Trial.objects.select_related("run"), sweep=sweep, number=number)
    found.sweep = sweep
    return found
