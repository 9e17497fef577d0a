"""The next, finer round: a smaller box around the best, each step of it with its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from webapp.sweeps.results import Marks, Row
from webapp.sweeps.space import (
    AnyDistribution,
    Integers,
    Interval,
    Options,
    PowersOfTwo,
    Space,
    Value,
    Values,
)
from webapp.sweeps.space.places import BELOW_ONE
from webapp.sweeps.wording import in_words

from .common import Trait, common, shortest
from .importance import Importance, Importances, importance
from .trials import FEWEST, NO_MARKS, Trials, compared
from .words import joined, neat, words

TRIED = 3  # times an option was tried before it is left out
EDGE = 0.05  # of the range: nearer than this is at its edge
CROWDED = 0.5  # of the range: where the best fill more, they do not press against an edge

Action = Literal["narrowed", "kept", "fixed", "dropped"]


@dataclass(frozen=True)
class Narrowed:
    """What becomes of one dimension: `after` is its new range, None when it is `fixed` at `value` or dropped
    with the choice that it belongs to; `beyond` reaches over the edge at which the best lie, where the spec
    allows that. `evidence` says why."""

    path: str
    action: Action
    before: AnyDistribution
    after: AnyDistribution | None
    value: Value
    beyond: AnyDistribution | None
    evidence: str


@dataclass(frozen=True)
class Narrowing:
    """The suggested `space`, with `fixed` values for the spec behind it; `beyond` is the same with ranges
    that reach over an edge, where that is suggested. Nothing changes while there are `too_few` trials."""

    space: Space
    fixed: Values
    beyond: Space
    dimensions: tuple[Narrowed, ...]
    trials: int
    too_few: bool
    note: str


def narrowing(
    space: Space,
    base: Mapping[str, Any],
    rows: Sequence[Row],
    marks: Marks = NO_MARKS,
    importances: Importances | None = None,
    fix: bool = False,
) -> Narrowing:
    """A smaller box around the best tenth, at least five, of the comparable trials.

    `base` is the spec as JSON, `importances` those of the same rows when they are known. Ranges that matter
    are narrowed, never beyond the old ones; the others stay, or with `fix` take the value of the best trial.
    """
    known = compared(space, rows, marks)
    if len(known.rows) < FEWEST:
        return _unchanged(space, len(known.rows), known.too_few("narrow anything"))
    importances = importances or importance(space, rows, marks)
    traits = {trait.path: trait for trait in common(space, rows, marks).traits}
    steps = [
        _step(space, base, known, path, importances.of(path), traits.get(path), fix)
        for path in space.dimensions
    ]
    steps = _without_orphans(space, base, steps)
    if all(step.after is None for step in steps):
        steps = [_kept(step.path, step.before, step.evidence) for step in steps]
    note = known.said(f"Decided by the best {len(known.best)} of")
    return Narrowing(
        Space(dimensions={step.path: step.after for step in steps if step.after}),
        {step.path: step.value for step in steps if step.action == "fixed"},
        Space(dimensions={step.path: step.beyond or step.after for step in steps if step.after}),
        tuple(steps),
        len(known.rows),
        False,
        note,
    )


def _unchanged(space: Space, n: int, note: str) -> Narrowing:
    steps = tuple(_kept(path, known, note) for path, known in space.dimensions.items())
    return Narrowing(space, {}, space, steps, n, True, note)


def _kept(path: str, known: AnyDistribution, evidence: str) -> Narrowed:
    return Narrowed(path, "kept", known, known, None, None, evidence)


def _step(
    space: Space,
    base: Mapping[str, Any],
    known: Trials,
    path: str,
    importance: Importance | None,
    trait: Trait | None,
    fix: bool,
) -> Narrowed:
    before = space.dimensions[path]
    explains = _explains(importance)
    if trait is None:
        return _kept(path, before, "Too few of the best have it: it stays as it is.")
    if isinstance(before, Options):
        return _of_options(path, before, trait, explains)
    if trait.clear or (importance and importance.matters):
        if not (importance and importance.matters):
            explains += ", but chance seldom brings the best so close together"
        return _of_range(space, base, known, path, trait, explains)
    best = known.rows[known.best[0]].values
    if fix and path in best:
        there = words(before, best[path])
        text = f"Makes little difference ({explains}): fixed at {there}, as in the best trial."
        return Narrowed(path, "fixed", before, None, best[path], None, text)
    return _kept(path, before, f"The best are spread as all trials are; {explains}. It stays as it is.")


def _of_options(path: str, before: Options, trait: Trait, explains: str) -> Narrowed:
    """Options that occur among the best stay, and those that were tried too seldom to tell."""
    kept = [option for option, of_best, of_all in trait.options if of_best or of_all < TRIED]
    seldom = [option for option, of_best, of_all in trait.options if not of_best and of_all < TRIED]
    seen = [option for option, of_best, _ in trait.options if of_best]
    text = f"The best have {joined([in_words(path, option) for option in seen])}; {explains}."
    if seldom:
        text += f" {joined([in_words(path, option) for option in seldom], 'and')}: tried too seldom to tell."
    if len(kept) == len(before.options):
        return _kept(path, before, text)
    if len(kept) == 1:
        return Narrowed(path, "fixed", before, None, kept[0], None, text)
    return Narrowed(path, "narrowed", before, before.narrowed(kept), None, None, text)  # type: ignore[arg-type]


def _of_range(
    space: Space, base: Mapping[str, Any], known: Trials, path: str, trait: Trait, explains: str
) -> Narrowed:
    before = space.dimensions[path]
    column = list(space.dimensions).index(path)
    places = known.places[known.best, column]
    low, high = shortest(places[~np.isnan(places)])
    # Of k even draws the outermost are on average a k-th of their span inside the ends
    margin = max((high - low) / max(trait.holding - 1, 1), _one_more(before), 0.02)
    after = _span(before, low - margin, high + margin)
    text = f"{trait.text.split(',')[0]}; {explains}."
    below, above = low - margin <= EDGE, high + margin >= 1 - EDGE
    beyond = None
    if below != above and high - low <= CROWDED:
        beyond, more = _beyond(space, base, path, after, below)
        text += more
    if after == before:
        return Narrowed(path, "kept", before, before, None, beyond, text)
    return Narrowed(path, "narrowed", before, after, None, beyond, text)


def _one_more(before: AnyDistribution) -> float:
    """The share of one value: a neighbour of the best stays, of few whole numbers."""
    return 1 / before.size if isinstance(before, Integers | PowersOfTwo) and before.size <= 32 else 0.0


def _span(before: AnyDistribution, low: float, high: float) -> AnyDistribution:
    """Its part between two places, with ends of few digits where these lie within it."""
    ends = [before.at(min(max(place, 0.0), BELOW_ONE)) for place in (low, high)]
    if isinstance(before, Interval):
        first, last = (float(end) for end in ends)  # type: ignore[arg-type]
        ends = [
            before.low if low <= 0 else max(neat(before, first, up=False), before.low),
            before.high if high >= 1 else min(neat(before, last, up=True), before.high),
        ]
    return before.narrowed(ends)  # type: ignore[return-value]


def _beyond(
    space: Space, base: Mapping[str, Any], path: str, after: AnyDistribution, below: bool
) -> tuple[AnyDistribution | None, str]:
    """The range with half as much again over the edge, if the spec allows that, and words for it."""
    edge = "lower" if below else "upper"
    try:
        wider = after.stretched(0.5 if below else 0, 0 if below else 0.5)
    except ValueError:
        wider = None
    problems = wider and Space(dimensions={**space.dimensions, path: wider}).problems(base)
    if wider is None or (problems and path in problems):
        return None, f" They lie at the {edge} edge, and the network allows no values beyond it."
    wider = _neat(wider, after, below)
    end = words(wider, wider.low if below else wider.high)  # type: ignore[union-attr]
    return wider, f" They lie at the {edge} edge: look beyond it, to {end} perhaps."


def _neat(wider: Any, after: AnyDistribution, below: bool) -> AnyDistribution:
    """With a new end of few digits, rounded inwards so that it stays allowed."""
    if not isinstance(wider, Interval) or not isinstance(after, Interval):
        return wider  # type: ignore[no-any-return]
    end = neat(wider, wider.low if below else wider.high, up=below)
    moved = {"low": min(end, after.low)} if below else {"high": max(end, after.high)}
    return wider.model_copy(update=moved)  # type: ignore[return-value]


def _without_orphans(space: Space, base: Mapping[str, Any], steps: Sequence[Narrowed]) -> list[Narrowed]:
    """Dimensions that no choice that is left has are dropped."""
    content = _with(base, {step.path: step.value for step in steps if step.action == "fixed"})
    left = Space(dimensions={step.path: step.after for step in steps if step.after})
    problems = left.problems(content) if left.dimensions else {}
    text = "No choice that is left has it."
    return [
        Narrowed(step.path, "dropped", step.before, None, None, None, text) if step.path in problems else step
        for step in steps
    ]


def _with(base: Mapping[str, Any], fixed: Values) -> dict[str, Any]:
    """The spec as JSON with these values in it."""
    try:
        return Space().point(base, fixed).spec.model_dump(mode="json")
    except ValidationError:
        return dict(base)


def _explains(importance: Importance | None) -> str:
    if importance is None:
        return "what it explains is not known"
    return f"explains {importance.share:.0%} ± {100 * importance.error:.0f} of the differences"
