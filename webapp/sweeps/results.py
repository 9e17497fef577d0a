"""What became of the trials of a sweep, as rows for charts, tables and strategies."""

from __future__ import annotations

from typing import NamedTuple

from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.space import Values

FIELDS = ("number", "state", "score", "epoch", "values", "run_id", "reason", "repeats__number", "revision")


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
        """Whether its score is that of a whole training, to be compared with others."""
        return self.state == Trial.State.FINISHED and self.score is not None


def rows_of(sweep: Sweep, since: int = 0) -> list[Row]:
    """The trials that changed after revision `since` of the sweep, by their numbers."""
    found = Trial.objects.filter(sweep=sweep).order_by("number")
    if since:
        found = found.filter(revision__gt=since)
    return [Row(*each) for each in found.values_list(*FIELDS)]


def best_of(rows: list[Row]) -> Row | None:
    """The row with the smallest score of all whole trainings, the earlier of two alike."""
    return min((row for row in rows if row.counts), key=lambda row: (row.score, row.number), default=None)
