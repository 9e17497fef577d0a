"""Importance: how much of the differences between trials each dimension explains by itself (fANOVA)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.sweeps.outliers import tamed
from webapp.sweeps.results import Marks, Row
from webapp.sweeps.space import Places, Space

from .trials import FEWEST, NO_MARKS, Floats, Trials, compared

MOST = 160  # trials that the forest sees
TREES, DEPTH = 10, 5
RESAMPLES, TREES_EACH = 8, 3
GROUPS = 5  # of trials, along a dimension, to compare
CHANCE = 0.03
LEAST = 0.05  # a share below which a dimension does not matter


@dataclass(frozen=True)
class Importance:
    """The share of the differences in score that a dimension explains by itself, and the standard error of
    that. It `matters` when the share is no small one and the scores along it differ more than by luck."""

    path: str
    share: float
    error: float
    matters: bool


@dataclass(frozen=True)
class Importances:
    """All dimensions, the one that matters most first; none while there are `too_few` trials. What no single
    one explains (`rest`) is the interplay of several. `note` says what it rests on."""

    dimensions: tuple[Importance, ...]
    rest: float
    trials: int
    too_few: bool
    note: str

    def of(self, path: str) -> Importance | None:
        """That of one dimension."""
        return next((each for each in self.dimensions if each.path == path), None)


def importance(space: Space, rows: Sequence[Row], marks: Marks = NO_MARKS, seed: int = 0) -> Importances:
    """Which dimensions matter, by functional ANOVA of a random forest, where all trials that the space holds
    are places on each dimension's own scale.

    A dimension that did not matter in a trial lies in the middle there. The error is the deviation over
    forests on trials drawn again with replacement: that is how far another sweep like this one might differ,
    which other seeds of the trees alone would not tell. Hutter et al. 2014,
    http://proceedings.mlr.press/v32/hutter14.html
    """
    known = compared(space, rows, marks)
    n, note = len(known.rows), known.said("From")
    if n < FEWEST:
        return Importances((), 0.0, n, True, known.too_few("tell what matters"))
    if not np.ptp(known.scores):
        return Importances((), 0.0, n, True, f"All {n} trials have the same score: nothing to explain.")
    rng = np.random.default_rng(seed)
    seen = np.sort(rng.permutation(n)[:MOST])
    places = np.where(np.isnan(known.places), 0.5, known.places)[seen]
    scores = tamed(known.scores)[seen]
    shares = _shares(space, places, scores, TREES, seed)
    errors = _errors(space, places, scores, rng)
    if conditional := [
        path for path, gaps in zip(space.dimensions, np.isnan(known.places).any(0), strict=True) if gaps
    ]:
        note += f" Where {', '.join(conditional)} did not matter, the middle of its range was taken."
    if n > MOST:
        note += f" {MOST} of them were drawn."
    found = []
    for column, path in enumerate(space.dimensions):
        share, error = float(shares[column]), float(errors[column])
        matters = share >= LEAST and share > 2 * error and _chance(known, column) < CHANCE
        found.append(Importance(path, share, error, matters))
    found.sort(key=lambda each: -each.share)
    return Importances(tuple(found), max(0.0, 1 - sum(shares)), n, False, note)


def _chance(known: Trials, column: int) -> float:
    """How often scores that have nothing to do with a dimension differ as much along it: the test of Kruskal
    and Wallis. A forest finds shares in mere noise, too."""
    from scipy.stats import kruskal

    places = known.places[:, column]
    here = ~np.isnan(places)
    n = int(here.sum())
    cuts = np.quantile(places[here], np.linspace(0, 1, min(GROUPS, n // 4) + 1)[1:-1]) if n >= FEWEST else []
    cells = np.digitize(places[here], cuts)
    groups = [known.scores[here][cells == cell] for cell in np.unique(cells)]
    if len(groups) < 2 or not np.ptp(known.scores[here]):
        return 1.0
    return float(kruskal(*groups).pvalue)


def _errors(space: Space, places: Places, scores: Floats, rng: np.random.Generator) -> Floats:
    """The deviation of each share (dimensions,) over trials drawn again."""
    again = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(len(scores), size=len(scores))
        again.append(_shares(space, places[drawn], scores[drawn], TREES_EACH, int(rng.integers(2**31))))
    return np.std(again, axis=0, ddof=1)


def _shares(space: Space, places: Places, scores: Floats, trees: int, seed: int) -> Floats:
    """Optuna's fANOVA of scores (n,) at places (n, dimensions): a share (dimensions,) each.

    Options are places, too, in any order: a column for each of them would cost 2^options.
    """
    from .optuna_study import fanova  # seconds, for a web process that never needs it

    return fanova(places, scores, trees, DEPTH, seed)
