"""The page of a sweep: its strip, the best trials, the charts, the table; and what is new in them."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe
from django_htmx.http import replace_url

from webapp.runs.models import Run
from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.pages.mine import mine
from webapp.sweeps.pages.presentation import Standing, objective, plan_in_words, ranges, strip, word
from webapp.sweeps.pages.rounds import beside
from webapp.sweeps.pages.selection import Selection
from webapp.sweeps.pages.timing import timed
from webapp.sweeps.pages.trials import Table, leaderboard
from webapp.sweeps.wording import in_words, range_in_words, title_of


@require_safe
def sweep(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole page."""
    found = mine(request, pk)
    return render(request, "sweeps/sweep.html", {**content(request, found), "rounds": beside(found)})


@require_GET
@timed
def parts(request: HttpRequest, pk: int) -> HttpResponse:
    """What the selection and every trial change: the table, the best, the buttons."""
    found = mine(request, pk)
    context = content(request, found)
    answer = render(request, "sweeps/sweep/parts.html", context)
    table: Table = context["table"]
    if "page" in request.GET or "sort" in request.GET:
        page = f"&page={table.page.number}" if table.page.number > 1 else ""
        replace_url(answer, f"{found.get_absolute_url()}?{table.address()}{page}")
    return answer


def content(request: HttpRequest, found: Sweep) -> dict[str, Any]:
    """The context of templates/sweeps/sweep/."""
    selection, standing = Selection.read(found, request.GET), Standing.of(found)
    return {
        "sweep": found,
        "standing": standing,
        "strip": strip(standing),
        "can": possible(found),
        "promoted": Run.objects.present().filter(promotion__trial__sweep=found).count(),
        "selection": selection,
        "table": Table(found, selection, request.GET),
        "best": leaderboard(found, selection),
        "objective": objective(found),
        "states": states(found, selection),
        "next_ranges": next_ranges(selection),
        "plan": plan_in_words(found),
        "ranges": ranges(found),
    }


def possible(sweep: Sweep) -> set[str]:
    """Names of what the sweep can be told now."""
    match sweep.state:
        case Sweep.State.RUNNING:
            return {"pause", "stop", "change"}
        case Sweep.State.PAUSED:
            return {"resume", "stop", "change"}
    return {"change"}


def states(sweep: Sweep, selection: Selection) -> list[dict[str, object]]:
    """The states in which there are trials, how many, and whether one has chosen them."""
    counts = dict.fromkeys(Trial.State.values, 0)
    for row in selection.all_rows:
        counts[row.state] += 1
    return [
        {
            "name": state,
            "title": word(sweep, state),
            "n": n,
            "chosen": state in selection.states,
            "toggled": selection.with_state(state),
        }
        for state, n in counts.items()
        if n or state in selection.states
    ]


def next_ranges(selection: Selection) -> list[dict[str, object]]:
    """What the next round would search: the box of the chosen ranges; nothing while there are none."""
    if not any(path in selection.space.dimensions for path in selection.ranges):
        return []
    box = selection.box().dimensions
    return [
        {
            "title": title_of(path),
            "text": range_in_words(path, box[path])
            if path in box
            else f"{in_words(path, selection.fixed[path])} only",
            "is_narrower": box.get(path) != known,
        }
        for path, known in selection.space.dimensions.items()
    ]


@require_GET
def news(request: HttpRequest, pk: int) -> JsonResponse:
    """Whether anything has changed since a revision, and if so what the strip says now."""
    found = mine(request, pk)
    since = request.GET.get("since", "")
    if since == str(found.revision) and not found.has_ended:
        return JsonResponse({"revision": found.revision, "changed": False, "live": True})
    standing = Standing.of(found)
    return JsonResponse(
        {
            "revision": found.revision,
            "changed": since != str(found.revision),
            "live": standing.is_live,
            "strip": strip(standing),
        }
    )
