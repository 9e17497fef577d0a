"""The list of sweeps, and deleting one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from webapp.sweeps import control
from webapp.sweeps.pages.listing import SweepListing
from webapp.sweeps.pages.mine import mine
from webapp.sweeps.pages.reading import elsewhere


@require_safe
def sweeps(request: HttpRequest) -> HttpResponse:
    """All sweeps of the user; htmx asks for the table alone."""
    listing = SweepListing(request.user, request.GET)
    template = "sweeps/list/table.html" if request.htmx else "sweeps/list.html"
    return render(request, template, {"listing": listing})


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a sweep that has ended, with its trials."""
    found = mine(request, pk)
    try:
        control.delete(found)
    except ValueError as error:
        messages.error(request, str(error))
        return elsewhere(request, found.get_absolute_url())
    messages.success(request, f"“{found}” and its trials were deleted.")
    return elsewhere(request, reverse("sweeps:list"))
