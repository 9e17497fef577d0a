"""Links to a run: made and revoked by its owner, followed by anybody."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp.runs.cockpit.panel import panel as panel_of
from webapp.runs.models import Run, Share
from webapp.runs.pages.views import content
from webapp.runs.pages.views_charts import figure_of, numbers_of
from webapp.runs.pages.views_series import answered
from webapp.runs.sharing.readers import LONGEST_TOKEN, private

MOST = 20  # good links to one run


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
    shown = content(run, AnonymousUser(), request.GET.dict())
    return private(render(request, "runs/run.html", {**shown, **looking(token)}))


def looking(token: str) -> dict[str, Any]:
    """What makes a page of a run one to look at."""
    return {"read_only": True, "token": token, "can": set()}


def readable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A part of the page, `view(request, run, ...)`, behind a link; in words when the link is no good."""

    @login_not_required
    @require_safe
    @wraps(view)
    def shown(request: HttpRequest, token: str, *rest: Any, **more: Any) -> HttpResponse:
        share = followed(token)
        if share is None:
            return private(JsonResponse({"error": "This link was revoked, or it never was."}, status=404))
        run = Run.objects.with_dataset().get(pk=share.run_id)
        return private(view(request, run, *rest, **more))

    return shown


@readable
def history(request: HttpRequest, run: Run) -> HttpResponse:
    """Series of the run, as its owner's page asks for them: `?first=1200&last=1300`."""
    return answered(run, request.GET)


@readable
def chart(request: HttpRequest, run: Run, name: str) -> HttpResponse:
    """A chart made from snapshots."""
    return figure_of(run, name, request.GET.get("step"))


@readable
def numbers(request: HttpRequest, run: Run, name: str) -> HttpResponse:
    """The numbers of a chart."""
    return numbers_of(run, name, request.GET.get("step"))


@readable
def log(request: HttpRequest, run: Run) -> HttpResponse:
    """What was done to the run."""
    shown = {**panel_of(run), **looking(request.resolver_match.kwargs["token"])}
    return render(request, "runs/run/cockpit/panel.html", shown)


def followed(token: str) -> Share | None:
    return Share.objects.of_token(token) if len(token) <= LONGEST_TOKEN else None
