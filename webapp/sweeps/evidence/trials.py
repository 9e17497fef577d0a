"""The trials that evidence rests on: comparable ones, as places and scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from webapp.sweeps.results import Row
from webapp.sweeps.space import Places, Space, is_within, places_of

FEWEST = 8  # trials from which on anything is said
Floats = npt.NDArray[np.floating[Any]]


class Trials(NamedTuple):
    """Rows in the space, `places` (n, dimensions) with NaN where one did not matter, and `scores` (n,)."""

    rows: list[Row]
    places: Places
    scores: Floats

    @property
    def best(self) -> list[int]:
        """The best tenth, at least five of them, the best first."""
        return np.argsort(self.scores, kind="stable")[: max(5, math.ceil(len(self.rows) / 10))].tolist()


def finished(space: Space, rows: Sequence[Row]) -> Trials:
    """Whole trainings whose values the space still holds; the repetitions of finalists left out."""
    return _trials(space, [row for row in rows if row.counts and row.repeats is None])


def with_pruned(space: Space, rows: Sequence[Row]) -> Trials:
    """Pruned ones, too, with the last score of their own."""
    scored = [row for row in rows if row.score is not None and row.repeats is None]
    return _trials(space, [row for row in scored if row.counts or row.state == "pruned"])


def too_few(rows: Sequence[Row], n: int, purpose: str) -> str:
    """That n finished trials do not suffice, and what would let more of them finish."""
    note = f"{n} finished trials are too few to {purpose}: {FEWEST} or more."
    pruned = sum(row.state == "pruned" for row in rows)
    if n + pruned < FEWEST:
        return note
    return f"{note} {pruned} were given up early: by the median, or without pruning, more finish."


def _trials(space: Space, rows: Sequence[Row]) -> Trials:
    kept = [row for row in rows if math.isfinite(row.score or 0) and is_within(space, row.values)]
    kept.sort(key=lambda row: row.number)
    scores = np.array([row.score for row in kept], float)
    return Trials(kept, places_of(space, [row.values for row in kept]), scores)
