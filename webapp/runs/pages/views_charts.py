"""The charts of a run: their figures, their numbers as CSV, and how a person arranges them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from webapp.charts.payload import payload
from webapp.csv_file import csv_file
from webapp.runs.history.series import KNOWN, Window, pieces, tables_of
from webapp.runs.insight import arrangement
from webapp.runs.insight.registry import Chart, UnknownChartError, chart
from webapp.runs.insight.scene import Scene
from webapp.runs.insight.table import rows_of
from webapp.runs.models import Run
from webapp.runs.pages.mine import mine

MOST_DIGITS = 18


@require_GET
def figure(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A chart as the page draws it, of the newest snapshot or, with `?step=1200`, of the last until then.

    `figure` is null while there is nothing to draw, `step` what it shows, `steps` what else could be shown.
    """
    return figure_of(mine(request, pk), name, request.GET.get("step"))


def figure_of(run: Run, name: str, step: str | None) -> JsonResponse:
    """The figure of a chart, or why there is none."""
    try:
        found, at = chart(run, name), step_of(step)
    except UnknownChartError as error:
        return JsonResponse({"error": str(error)}, status=404)
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse(answer(found, Scene(run, at)))


def answer(found: Chart, scene: Scene) -> dict[str, Any]:
    drawn = found.kind.draw(scene, found.option)
    content = payload(drawn) if drawn else {}
    content.pop("themes", None)  # the page has them
    of_moment = found.kind.source == "moment"
    return {
        "figure": content or None,
        "step": scene.moment.step if of_moment and scene.moment else None,
        "steps": scene.steps if of_moment else [],
        "note": scene.is_sample if found.kind.judges else "",
        "empty": "" if drawn else nothing_yet(scene),
    }


def nothing_yet(scene: Scene) -> str:
    """Why there is nothing to draw."""
    if scene.run.has_ended:
        return "Nothing of this was seen while the run trained."
    return "Nothing was seen yet: the first look comes with the first step."


def step_of(text: str | None) -> int | None:
    """A step number in an address. Raises ValueError."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise ValueError("Give step as a whole number of steps, such as 1200.")
    return int(text)


@require_GET
def download(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Every number of a chart as CSV: of the history each point, of a snapshot what it holds."""
    return numbers_of(mine(request, pk), name, request.GET.get("step"))


def numbers_of(run: Run, name: str, step: str | None) -> HttpResponse:
    """The numbers of a chart as a file, or why there are none."""
    try:
        rows = csv_rows(run, name, step_of(step))
    except UnknownChartError as error:
        return HttpResponse(str(error), status=404, content_type="text/plain; charset=utf-8")
    except ValueError as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    safe = name.replace("@", "-").replace(".", "-")
    return csv_file(rows, f"run-{run.pk}-{safe}.csv")


def csv_rows(run: Run, name: str, at: int | None) -> Iterable[list[Any]]:
    if name in ("cost", "error"):
        return history_rows(run, {"cost": "steps", "error": "epochs"}[name])
    found = chart(run, name)
    if found.kind.source == "history":
        return history_rows(run, found.kind.table)
    drawn = found.kind.draw(Scene(run, at), found.option)
    return rows_of(drawn) if drawn else [["nothing was seen yet"]]


def history_rows(run: Run, table: str) -> Iterator[list[Any]]:
    """A table of the history, exact and whole."""
    names = [name for name, own in KNOWN.items() if own == table]
    columns = tables_of(names)[table]
    yield columns
    for rows in pieces(run, names, Window()):
        yield from map(list, zip(*(rows[name].tolist() for name in columns), strict=True))


@require_POST
def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """Remember how the person arranged the charts."""
    run = mine(request, pk)
    try:
        arrangement.keep(run, request.user, request.POST)
    except arrangement.ArrangementError as error:
        return JsonResponse({"error": str(error)}, status=400)
    return HttpResponse(status=204)
