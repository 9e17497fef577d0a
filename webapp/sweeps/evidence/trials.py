"""The trials that evidence rests on: comparable ones, as places and scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from webapp.sweeps.results import Marks, Row
from webapp.sweeps.space import Places, Space, is_within, places_of

FEWEST = 8  # trials from which on anything is said
NO_MARKS = Marks("score", {})
Floats = npt.NDArray[np.floating[Any]]


class Trials(NamedTuple):
    """Rows in the space, `places` (n, dimensions) with NaN where one did not matter, and `scores` (n,), by
    which they are compared: their own, or their ranks where a `note` says by what."""

    rows: list[Row]
    places: Places
    scores: Floats
    named: str
    note: str

    @property
    def best(self) -> list[int]:
        """The best tenth, at least five of them, the best first."""
        return np.argsort(self.scores, kind="stable")[: max(5, math.ceil(len(self.rows) / 10))].tolist()

    def said(self, about: str) -> str:
        """A sentence that tells how many they are, and by what they are compared if that needs telling."""
        return f"{about} {self.named}.{self.note}"

    def too_few(self, purpose: str) -> str:
        """That they do not suffice."""
        return f"{self.named} are too few to {purpose}: {FEWEST} or more."


def compared(space: Space, rows: Sequence[Row], marks: Marks = NO_MARKS) -> Trials:
    """Finished trials by their scores; once some were pruned, all that came to a rung by how far they came,
    and those that came as far by their scores there.

    Only trials whose values the space still holds, and no repetitions of finalists. The few that pruning lets
    finish resemble each other: what made them good shows beside those that were given up.
    """
    ours = [row for row in rows if row.repeats is None and is_within(space, row.values)]
    ours.sort(key=lambda row: row.number)
    came = {row.number: where for row in ours if (where := _came(row, marks)) and math.isfinite(where[1])}
    if any(row.state == "pruned" for row in ours):
        return _by_how_far(space, [row for row in ours if row.number in came], came, marks.objective)
    kept = [row for row in ours if row.counts and row.number in came]
    scores = np.array([row.score for row in kept], float)
    return Trials(kept, _places(space, kept), scores, f"{len(kept)} finished trials", "")


def _came(row: Row, marks: Marks) -> tuple[float, float] | None:
    """How many epochs a trial came, without end if it finished, and its score there. One that trains or was
    stopped came as far as the last rung that it passed."""
    if row.score is not None and (row.counts or row.state == "pruned"):
        return (math.inf if row.counts else row.epoch), row.score
    return marks.last.get(row.number) if row.state in ("training", "stopped") else None


def _by_how_far(
    space: Space, rows: list[Row], came: dict[int, tuple[float, float]], objective: str
) -> Trials:
    """Rows by the ranks of what they came to, 0 for the best."""
    where = [(-came[row.number][0], came[row.number][1]) for row in rows]
    rank = {each: place for place, each in enumerate(sorted(set(where)))}
    scores = np.array([rank[each] for each in where], float)
    finished = sum(row.counts for row in rows)
    note = (
        f" {finished or 'None'} of them finished; because of pruning all are compared by how far they came, "
        f"and by their {objective} there."
    )
    return Trials(rows, _places(space, rows), scores, f"{len(rows)} trials", note)


def _places(space: Space, rows: list[Row]) -> Places:
    return places_of(space, [row.values for row in rows])
