"""What became of the trials of a sweep, as rows for charts, tables and strategies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast

from webapp.sweeps.models import Mark, Sweep, Trial
from webapp.sweeps.space import Values

FIELDS = ("number", "state", "score", "epoch", "text", "run_id", "reason", "repeats__number", "revision")
VALUES = FIELDS.index("text")
READ = 10_000  # trials whose values stay read


class Row(NamedTuple):
    """A trial. `score` is the objective after `epoch` epochs, None while there is none; `run` the key of its
    run; `repeats` the number of the finalist that it trains again."""

    number: int
    state: str
    score: float | None
    epoch: int
    values: Values
    run: int | None
    reason: str
    repeats: int | None
    revision: int

    @property
    def is_over(self) -> bool:
        """Whether nothing of it changes any more."""
        return self.state not in Trial.OPEN

    @property
    def counts(self) -> bool:
        """Whether its score is that of a whole training."""
        return self.state == Trial.State.FINISHED and self.score is not None

    @property
    def is_ranked(self) -> bool:
        """Whether it can be the best; see `TrialQuerySet.ranked`."""
        return self.counts and self.repeats is None


class Marks(NamedTuple):
    """Of trials that pruning has not given up, by their numbers: the `last` rung that each has passed, as its
    epoch and what the `objective` was then."""

    objective: str
    last: Mapping[int, tuple[int, float]]


def rows_of(sweep: Sweep, since: int = 0) -> list[Row]:
    """The trials that changed after revision `since` of the sweep, by their numbers."""
    found = Trial.objects.filter(sweep=sweep).order_by("number")
    if since:
        found = found.filter(revision__gt=since)
    fields = found.annotate(text=Cast("values", TextField())).values_list(*FIELDS)
    return [Row(*each[:VALUES], dict(_read(each[VALUES])), *each[VALUES + 1 :]) for each in fields]


@lru_cache(maxsize=READ)
def _read(values: str) -> Values:
    """A trial's values never change, and pages ask for those of all trials again and again."""
    found: Values = json.loads(values)
    return found


def best_of(rows: list[Row]) -> Row | None:
    """The row with the smallest score of those that are ranked, the earlier of two alike."""
    return min((row for row in rows if row.is_ranked), key=lambda row: (row.score, row.number), default=None)


def marks_of(sweep: Sweep) -> Marks:
    """How far trials came that have no result of their own: those that train, and those that were stopped."""
    undecided = (Trial.State.TRAINING, Trial.State.STOPPED)
    found = Mark.objects.filter(sweep=sweep, trial__state__in=undecided).order_by("epoch")
    rungs = found.values_list("trial__number", "epoch", "score")
    last = {number: (epoch, score) for number, epoch, score in rungs}
    return Marks(str(sweep.plan.get("objective", "dev_error")).replace("_", " "), last)
