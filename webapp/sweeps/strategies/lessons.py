"""What a strategy that learns is told: a few hundred results that matter, as places and losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from webapp.sweeps.outliers import tamed
from webapp.sweeps.space import Places, Space, is_within, places_of

from .strategy import Result

PENDING = 256  # the newest that train now, of which no score is known


class Lessons(NamedTuple):
    """`places` (n, dimensions) and `losses` (n,) of the results in `told`, by their numbers; and the places
    of trials that are `pending`."""

    told: list[Result]
    places: Places
    losses: npt.NDArray[np.float64]
    pending: Places


def lessons(space: Space, results: Sequence[Result], best: int, newest: int) -> Lessons:
    """The `best` and the `newest` of the results in the space: a bounded number, however many there are."""
    known = sorted((each for each in results if each.score is not None), key=lambda each: each.number)
    waiting = sorted((each for each in results if each.score is None), key=lambda each: each.number)
    known = [each for each in known if is_within(space, each.values)]
    waiting = [each for each in waiting if is_within(space, each.values)][-PENDING:]
    found = losses(known)
    kept = sorted({*np.argsort(found, kind="stable")[:best].tolist(), *range(len(known))[-newest:]})
    told = [known[i] for i in kept]
    return Lessons(
        told,
        places_of(space, [each.values for each in told]),
        found[kept],
        places_of(space, [each.values for each in waiting]),
    )


def losses(results: Sequence[Result]) -> npt.NDArray[np.float64]:
    """A finite loss (n,) for each result that has a score: never more than that of the worst finished trial
    for a pruned one, a little more for one that diverged."""
    scores = np.array([math.inf if each.score is None else each.score for each in results], float)
    finite = np.isfinite(scores)
    pruned = np.array([each.pruned is not None for each in results], bool)
    finished = scores[finite & ~pruned]
    if not len(finished):
        finished = scores[finite]
    if not len(finished):
        return np.ones(len(results))
    best, worst = finished.min(), tamed(finished).max()
    found = np.minimum(np.where(finite, scores, worst), worst)
    return np.where(finite, found, worst + 0.1 * max(worst - best, 1e-3 * abs(worst), 1e-12))
