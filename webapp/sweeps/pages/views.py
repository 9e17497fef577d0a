"""The sweeps of a person, and one of them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from webapp.sweeps.models import Sweep


@require_safe
def sweeps(request: HttpRequest) -> HttpResponse:
    found = Sweep.objects.visible_to(request.user).with_dataset()[:100]
    return render(request, "sweeps/list.html", {"sweeps": found})


@require_safe
def sweep(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Sweep.objects.visible_to(request.user).with_dataset(), pk=pk)
    return render(request, "sweeps/detail.html", {"sweep": found})
