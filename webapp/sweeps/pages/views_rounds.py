"""The next round, and all rounds beside each other."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from pydantic import ValidationError

from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.findings import Findings
from webapp.sweeps.pages.mine import mine
from webapp.sweeps.pages.presentation import objective
from webapp.sweeps.pages.rounds import compared, next_round, rounds_of
from webapp.sweeps.pages.selection import Selection
from webapp.sweeps.results import rows_of
from webapp.sweeps.space import Space, Values

MOST_BYTES = 100_000


@require_safe
def rounds(request: HttpRequest, pk: int) -> HttpResponse:
    """A table of all rounds that belong together."""
    found = mine(request, pk)
    every = rounds_of(found)
    context = {"sweep": found, "rounds": every, "rows": compared(every), "objective": objective(found)}
    return render(request, "sweeps/rounds.html", context)


@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the next round: within `space` as JSON, or within the ranges that `selection` chooses."""
    found = mine(request, pk)
    try:
        space, fixed = asked_for(request, found)
        made = next_round(request.user, found, space, fixed)
    except ValueError as error:
        messages.error(request, f"The next round was not begun. {error}")
        return redirect(f"{found.get_absolute_url()}?{request.POST.get('selection', '')[:2000]}")
    messages.success(request, f"Round {made.round} has begun. Nothing of round {found.round} has changed.")
    return redirect(made)


def asked_for(request: HttpRequest, sweep: Sweep) -> tuple[Space, Values]:
    """The space, and the values that are no ranges any more. Raises ValueError with a sentence."""
    suggested, text = request.POST.get("suggested", ""), request.POST.get("space", "")
    if suggested:
        findings = Findings(sweep, rows_of(sweep))
        if not findings.is_narrower:
            raise ValueError(findings.narrowing.note)
        return findings.box(suggested == "beyond"), findings.narrowing.fixed
    if text:
        return read_space(text), {}
    selection = Selection.read(sweep, QueryDict(request.POST.get("selection", "")))
    if selection.problems:
        raise ValueError(" ".join(selection.problems))
    if not any(path in selection.space.dimensions for path in selection.ranges):
        raise ValueError("No range is chosen: brush an axis of the parallel coordinates first.")
    return selection.box(), selection.fixed


def read_space(text: str) -> Space:
    """A space as JSON. Raises ValueError with a sentence."""
    if len(text) > MOST_BYTES:
        raise ValueError(f"A space may have {MOST_BYTES:,} letters.")
    try:
        return Space.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where or 'The space'}: {first['msg'].removeprefix('Value error, ')}") from None
