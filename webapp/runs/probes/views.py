"""Probes on the page of a run."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from webapp.charts.payload import payload
from webapp.runs.models import Run
from webapp.runs.models.probe import Probe
from webapp.runs.pages.mine import mine
from webapp.runs.probes.asking import ask
from webapp.runs.probes.kinds import KINDS


@require_http_methods(["GET", "POST"])
def probe(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One probe's card; a POST asks it."""
    run = mine(request, pk)
    if kind not in KINDS:
        raise Http404
    if request.method == "POST":
        ask(run, kind, request.user)
        if not request.htmx:
            return redirect(run)
    return render(request, "runs/run/probes/card.html", {"run": run, "card": card(run, kind)})


def cards(run: Run) -> list[dict[str, object]]:
    """All probes of a run, asked or not."""
    return [card(run, kind) for kind in KINDS]


def card(run: Run, kind: str) -> dict[str, object]:
    """One probe with its newest answer."""
    newest = run.probes.filter(kind=kind).first()
    done = newest is not None and newest.state == Probe.State.DONE
    return {
        "kind": KINDS[kind],
        "probe": newest,
        "figure": payload(KINDS[kind].draw(newest.result)) if newest and done else None,
    }
