"""Rounds of a sweep, from coarse to fine: each searches within a smaller box than the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from django.contrib.auth.models import AbstractBaseUser
from pydantic import ValidationError

from engine import Spec
from webapp.sweeps.forms import naming
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.presentation import score
from webapp.sweeps.results import Row, best_of, rows_of
from webapp.sweeps.space import Distribution, Space, Value, Values
from webapp.sweeps.space.paths import COUNT, order_of
from webapp.sweeps.starting import PlanError, start
from webapp.sweeps.wording import ABSENT, in_words, range_in_words, title_of

MOST_ROUNDS = 100


@dataclass
class Round:
    """A sweep beside the others of its kind. `first` is the space of the first of them."""

    sweep: Sweep
    first: Space

    @cached_property
    def rows(self) -> list[Row]:
        return rows_of(self.sweep)

    @cached_property
    def space(self) -> Space:
        return self.sweep.planned.space

    @property
    def best(self) -> str:
        best = best_of(self.rows)
        return score(self.sweep, best.score) if best else ABSENT

    @property
    def median(self) -> str:
        scores = [row.score for row in self.rows if row.counts and row.score is not None]
        return score(self.sweep, median(scores)) if scores else ABSENT

    @property
    def n_trials(self) -> int:
        return len(self.rows)

    @property
    def size(self) -> float:
        """The share of the first round's box that this one's takes, each dimension on its own scale."""
        whole = 1.0
        for path, known in self.space.dimensions.items():
            if path in self.first.dimensions:
                whole *= share(self.first.dimensions[path], known)
        return whole

    @property
    def size_in_words(self) -> str:
        return "all of it" if self.size > 0.9995 else f"{100 * self.size:.2g} %"

    def range_of(self, path: str) -> str:
        """What it searches of a dimension, or the value at which it holds it."""
        if path in self.space.dimensions:
            return range_in_words(path, self.space.dimensions[path])
        return f"{in_words(path, value_at(self.sweep.spec, path))} only"


def share(before: Distribution, now: Distribution) -> float:
    """How much of a dimension is left, on the scale on which it was spread."""
    if before.size is not None and now.size is not None:
        return min(1.0, now.size / before.size)
    try:
        return min(1.0, max(0.0, before.place(now.high) - before.place(now.low)))  # type: ignore[attr-defined]
    except (AttributeError, ValueError, OverflowError):
        return 1.0  # another kind of distribution than before


def value_at(content: Mapping[str, object], path: str) -> Value:
    """What a spec as JSON has at a path; None where it has nothing plain there."""
    if path == COUNT:
        return len(content["layers"])  # type: ignore[arg-type]
    here: object = content
    for part in path.split("."):
        if isinstance(here, list):
            here = here[int(part)] if part.isdigit() and int(part) < len(here) else here[0] if here else None
            if part.isdigit():
                continue
        here = here.get(part) if isinstance(here, Mapping) else None
    return here if isinstance(here, bool | int | float | str) else None


def rounds_of(sweep: Sweep) -> list[Round]:
    """All rounds that belong together, from the coarsest on."""
    root, seen = sweep, {sweep.pk}
    while root.previous_id and root.previous_id not in seen:
        root = Sweep.objects.with_dataset().get(pk=root.previous_id)
        seen.add(root.pk)
    found, level = [root], [root]
    while level and len(found) < MOST_ROUNDS:
        level = list(Sweep.objects.with_dataset().filter(previous__in=level).order_by("round", "pk"))
        found += level
    first = root.planned.space
    return [Round(one, first) for one in found if one.owner_id == sweep.owner_id]


def beside(sweep: Sweep) -> list[Round]:
    """The rounds for the page of one of them; none while it is the only one."""
    if not sweep.previous_id and not sweep.next_rounds.exists():
        return []
    return rounds_of(sweep)


def compared(rounds: list[Round]) -> list[dict[str, object]]:
    """Rows of the table that compares rounds: a heading and one text for each of them."""
    paths = dict.fromkeys(path for one in rounds for path in one.space.dimensions)
    rows: list[dict[str, object]] = [
        {"title": "Trials", "texts": [f"{one.n_trials:,}" for one in rounds]},
        {"title": "Best", "texts": [one.best for one in rounds]},
        {"title": "Median of the finished", "texts": [one.median for one in rounds]},
        {"title": "Part of the first box", "texts": [one.size_in_words for one in rounds]},
    ]
    return rows + [
        {"title": title_of(path), "texts": [one.range_of(path) for one in rounds]} for path in paths
    ]


def next_round(by: AbstractBaseUser, sweep: Sweep, space: Space, fixed: Values | None = None) -> Sweep:
    """Begin a sweep like this one within a smaller space. Raises PlanError."""
    spec, space = settled(sweep, space, fixed or {})
    plan = sweep.planned
    strategy = plan.strategy.model_copy(update={"seed": plan.strategy.seed + 1})
    plan = plan.model_copy(update={"space": space, "strategy": strategy})
    return start(by, sweep.version, spec, plan, naming.next_round(sweep), previous=sweep)


def settled(sweep: Sweep, space: Space, fixed: Values) -> tuple[Spec, Space]:
    """The spec with the values that are no ranges any more, and the ranges that still matter with them."""
    base = sweep.spec
    for path in sorted(fixed, key=order_of):
        try:
            base = space.point(base, {path: fixed[path]}).spec.model_dump(mode="json")
        except ValidationError as error:
            raise PlanError({f"space.{path}": f"{title_of(path)}: {error.errors()[0]['msg']}."}) from error
    chosen = [path.removesuffix("kind") for path in fixed if path.endswith(".kind")]
    chosen += ["layers."] if COUNT in fixed else []
    lost = {path for path in space.problems(base) if path.startswith(tuple(chosen))} if chosen else set()
    kept = {path: known for path, known in space.dimensions.items() if path not in lost}
    return Spec.model_validate(base), space.model_copy(update={"dimensions": kept})
