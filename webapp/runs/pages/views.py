"""The page of a run, and what its owner may do to it there."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from webapp.charts.cost_curve import cost_curve
from webapp.charts.error_curve import error_curve
from webapp.charts.payload import payload
from webapp.runs.cockpit.panel import panel
from webapp.runs.insight.board import board
from webapp.runs.models import Run
from webapp.runs.pages import presentation
from webapp.runs.pages.mine import mine
from webapp.runs.probes.views import cards

FEW_EPOCHS = 60  # so many are marked one by one on the curve


@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run, live or not: all its points come through the websocket."""
    found = mine(request, pk)
    own = {"probes": cards(found), "seal": presentation.seal(found)}
    return render(request, "runs/run.html", content(found, request.user, request.GET.dict()) | own)


def content(found: Run, user: AbstractBaseUser | AnonymousUser, asked: dict[str, str]) -> dict[str, Any]:
    """What whoever may read the run sees of it."""
    errors = error_curve(
        [], [], [], share=found.version.task != "regression", markers=found.spec["epochs"] <= FEW_EPOCHS
    )
    return {
        **panel(found),
        "strip": presentation.strip(found),
        "summary": presentation.summary(found),
        "cost_figure": payload(cost_curve([], [])),
        "error_figure": payload(errors),
        **board(found, user, asked),
    }


@require_POST
def open_seal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the test error from now on, and count that somebody looked."""
    found = mine(request, pk)
    found.open(request.user)
    # A browser that is sent to a fragment of the page it shows does not load the page again
    return HttpResponseClientRefresh() if request.htmx else redirect(f"{found.get_absolute_url()}#test")
