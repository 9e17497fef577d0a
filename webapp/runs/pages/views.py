"""Pages of runs: the list, one run, and what its owner may do to it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from webapp.charts.cost_curve import cost_curve
from webapp.charts.error_curve import error_curve
from webapp.charts.payload import payload
from webapp.runs.cockpit.panel import panel
from webapp.runs.insight.board import board
from webapp.runs.models import Run
from webapp.runs.pages import presentation
from webapp.runs.pages.listing import RunListing
from webapp.runs.pages.mine import mine
from webapp.runs.pages.standing import word
from webapp.runs.probes.views import cards

FEW_EPOCHS = 60  # so many are marked one by one on the curve


@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """All runs of the user; htmx asks for the table alone while one of them is live."""
    listing = RunListing(Run.objects.visible_to(request.user).with_dataset(), request.GET)
    template = "runs/list/table.html" if request.htmx else "runs/list.html"
    return render(request, template, {"listing": listing})


@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run, live or not: all its points come through the websocket."""
    found = mine(request, pk)
    errors = error_curve(
        [], [], [], share=found.version.task != "regression", markers=found.spec["epochs"] <= FEW_EPOCHS
    )
    context = {
        **panel(found),
        "probes": cards(found),
        "strip": presentation.strip(found),
        "summary": presentation.summary(found),
        "seal": presentation.seal(found),
        "cost_figure": payload(cost_curve([], [])),
        "error_figure": payload(errors),
        **board(found, request.user, request.GET.dict()),
    }
    return render(request, "runs/run.html", context)


@require_POST
def open_seal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the test error from now on, and count that somebody looked."""
    found = mine(request, pk)
    found.open(request.user)
    # A browser that is sent to a fragment of the page it shows does not load the page again
    return HttpResponseClientRefresh() if request.htmx else redirect(f"{found.get_absolute_url()}#test")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a run that has ended, with its history."""
    found = mine(request, pk)
    if found.is_live:
        messages.error(request, f"“{found}” is still {word(found)}: stop it first, then delete it.")
        return whole_page(request, found.get_absolute_url())
    found.delete()
    messages.success(request, f"“{found}” was deleted.")
    return whole_page(request, reverse("runs:list"))


def whole_page(request: HttpRequest, address: str) -> HttpResponse:
    """Go to an address; htmx, too, leaves the page and what runs on it."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
