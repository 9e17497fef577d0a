"""Links to a run: made and revoked by its owner, followed by anybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp.charts.cost_curve import cost_curve
from webapp.charts.error_curve import error_curve
from webapp.charts.payload import payload
from webapp.runs.models import Run, Share
from webapp.runs.pages import presentation
from webapp.runs.pages.views_series import answered
from webapp.runs.sharing.readers import LONGEST_TOKEN, private

MOST = 20  # good links to one run
FEW_EPOCHS = 60


@require_http_methods(["GET", "POST"])
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make another link and show it, this once; GET shows the links there are."""
    run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
    if request.method == "GET":
        return panel(request, run)
    if run.shares.good().count() >= MOST:
        return panel(request, run, problem=f"A run has at most {MOST} links: revoke one first.")
    _, token = Share.objects.make(run, request.user)
    link = request.build_absolute_uri(reverse("shared:run", args=[token]))
    return panel(request, run, link=link)


@require_POST
def revoke(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Nobody sees the run through this link from now on."""
    run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
    get_object_or_404(run.shares, pk=number).revoke()
    return panel(request, run) if request.htmx else redirect("runs:share", pk)


def panel(request: HttpRequest, run: Run, **more: str) -> HttpResponse:
    """The links of a run, on a page of their own without htmx. A new link is in no cache."""
    template = "runs/sharing/panel.html" if request.htmx else "runs/sharing/page.html"
    return private(render(request, template, {"run": run, **more}))


@login_not_required
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """A run as whoever has the link sees it: all there is to see, and nothing to press."""
    share = followed(token)
    if share is None:
        return private(render(request, "runs/shared/gone.html", status=404))
    run = Run.objects.with_dataset().prefetch_related("tags").get(pk=share.run_id)
    errors = error_curve(
        [], [], [], share=run.version.task != "regression", markers=run.spec["epochs"] <= FEW_EPOCHS
    )
    context = {
        "run": run,
        "token": token,
        "read_only": True,
        "strip": presentation.strip(run),
        "summary": presentation.summary(run),
        "cost_figure": payload(cost_curve([], [])),
        "error_figure": payload(errors),
    }
    return private(render(request, "runs/shared/run.html", context))


@login_not_required
@require_safe
def history(request: HttpRequest, token: str) -> HttpResponse:
    """Series of the run, as its owner's page asks for them: `?first=1200&last=1300`."""
    share = followed(token)
    if share is None:
        return private(JsonResponse({"error": "This link was revoked, or it never was."}, status=404))
    return private(answered(share.run, request.GET))


def followed(token: str) -> Share | None:
    return Share.objects.of_token(token) if len(token) <= LONGEST_TOKEN else None
