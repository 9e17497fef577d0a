"""The charts of a sweep: their figures as JSON, their numbers as CSV. Both take the query of the page, which
chooses trials, and options of the chart; see `Asked`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from webapp.charts.payload import payload
from webapp.csv_file import csv_file
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.charts import Asked, Chart, Scene, UnknownChartError, chart
from webapp.sweeps.pages.mine import mine
from webapp.sweeps.pages.selection import Selection
from webapp.sweeps.pages.timing import timed

NONE_CHOSEN = "No trial with a score is chosen: choose by less, or clear the choice."
NO_SCORE = "None of its trials came to a score."


@require_GET
@timed
def figure(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A chart as the page draws it; `figure` is null while there is nothing, and `empty` says why."""
    sweep = mine(request, pk)
    try:
        found = chart(sweep, name)
    except UnknownChartError as error:
        return JsonResponse({"error": str(error)}, status=404)
    content = answer(found, _scene(request, sweep))
    return JsonResponse(content, json_dumps_params={"separators": (",", ":")})


def answer(found: Chart, scene: Scene) -> dict[str, Any]:
    """The figure without themes, which the page has, and what is said and needed beside it."""
    drawn = found.kind.draw(scene, found.option)
    content = payload(drawn) if drawn else {}
    content.pop("themes", None)
    return {
        "figure": content or None,
        "note": found.kind.note(scene) if drawn else "",
        "empty": "" if drawn else _why_empty(found, scene),
        "log": scene.is_log,
        **found.kind.beside(scene),
    }


def _why_empty(found: Chart, scene: Scene) -> str:
    is_chosen_away = scene.selection.is_filtered and scene.all_rows and not scene.rows
    if scene.sweep.has_ended and not scene.all_rows:
        return NO_SCORE
    return NONE_CHOSEN if is_chosen_away else found.kind.empty


@require_GET
def download(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The numbers of a chart, of all trials that are chosen."""
    sweep = mine(request, pk)
    try:
        found = chart(sweep, name)
    except UnknownChartError as error:
        return HttpResponse(str(error), status=404, content_type="text/plain; charset=utf-8")
    rows = found.kind.table(_scene(request, sweep), found.option)
    safe = name.replace("@", "-").replace(".", "-")
    return csv_file(rows, f"sweep-{sweep.pk}-{safe}.csv")


def _scene(request: HttpRequest, sweep: Sweep) -> Scene:
    return Scene(sweep, Selection.read(sweep, request.GET), Asked.read(request.GET))
