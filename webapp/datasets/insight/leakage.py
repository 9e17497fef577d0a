"""Whether a column gives the target away: alone it predicts nearly every unseen row, and others do not.

Each column that tells much gets two predictors, judged on rows they were not learnt from: the bins of
`association`, and the neighbours on the number line. `Kaufman et al. 2012, "Leakage in data mining"`
call a column a leak when it would not be there at the time of the prediction; that only a person can say.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from webapp.datasets.insight.association import (
    FOLDS,
    Target,
    binned,
    binned_strength,
    class_shares,
    class_table,
    ranks_of,
)
from webapp.datasets.insight.sample import Floats, Ints, is_numeric, numbers

LOOK_CLOSER = 0.5  # strength from which a column gets the finer predictors
AT_MOST = 100
NEARLY_NOTHING = 0.02
LITTLE = 0.1
SURE, SUSPICIOUS = 3.0, 5.0  # times less unexplained than by any other column
FEWEST_MISTAKES = 10


class Leak(NamedTuple):
    """`unexplained` is what is left of the mistakes, or of the variance; `is_sure` when next to nothing."""

    column: str
    unexplained: float
    is_sure: bool


def leaks(table: pl.DataFrame, names: list[str], strengths: list[float], target: Target) -> list[Leak]:
    """Those of the columns `names` that give the target away; `strengths` are theirs.

    Petal length tells iris species apart in 95 of 100 cases, and petal width does so too: no leak. A leak
    leaves at most 2% unexplained and a third of what any honest column leaves; a suspicion, at most 10% and
    a fifth of what any other column leaves. Where more than a third of the columns tell everything, the task
    is easy, and only the target by another name is a leak.
    """
    if not names or not _can_be_told(target):
        return []
    scales = [target] if target.n_classes else [target, ranks_of(target)]
    left = dict(zip(names, (1 - strength for strength in strengths), strict=True))
    for name in _promising(table, left, scales):
        left[name] = min(unexplained(table[name], scale) for scale in scales)
    sure = [name for name, share in left.items() if share <= NEARLY_NOTHING]
    if sure:
        return [Leak(name, left[name], True) for name in _given_away(table, sure, left, target)]
    first, second, *_ = [*sorted(left, key=left.__getitem__), None]
    suspicious = second and left[first] <= LITTLE and left[first] <= left[second] / SUSPICIOUS
    return [Leak(first, left[first], False)] if suspicious else []


def _can_be_told(target: Target) -> bool:
    """Whether enough mistakes are possible for their absence to mean something."""
    n = len(target.values)
    if not target.n_classes:
        return n >= 3 * FEWEST_MISTAKES
    return n - np.bincount(target.values.astype(np.intp)).max(initial=0) >= FEWEST_MISTAKES


def _promising(table: pl.DataFrame, left: dict[str, float], scales: list[Target]) -> list[str]:
    """The columns that tell much about the target, or about the order of its values; the best first."""
    scores = {
        name: max(1 - share, *(binned_strength(*binned(table[name]), scale) for scale in scales[1:]), 0.0)
        for name, share in left.items()
    }
    best = sorted(scores, key=lambda name: -scores[name])
    return [name for name in best if scores[name] >= LOOK_CLOSER][:AT_MOST]


def _given_away(table: pl.DataFrame, sure: list[str], left: dict[str, float], target: Target) -> list[str]:
    """Those of the columns `sure`, which tell everything, that are far from what all others tell."""
    if len(sure) > max(1, len(left) / 3) or len(left) < 2:
        return [name for name in sure if _is_renamed(table[name], target)]
    honest = min(share for name, share in left.items() if name not in sure)
    return [name for name in sure if left[name] <= honest / SURE]


def _is_renamed(values: pl.Series, target: Target) -> bool:
    """Whether each class has one value of the column, and each value one class."""
    pairs = pl.DataFrame({"value": values, "class": target.values})
    n = pairs.n_unique()
    return bool(target.n_classes) and n == values.n_unique() == target.n_classes


def unexplained(values: pl.Series, target: Target) -> float:
    """The share of mistakes, or of the variance, left by the better of the two predictors."""
    codes, n_bins = binned(values)
    if not target.n_classes:
        left = 1 - binned_strength(codes, n_bins, target)
        return min(left, _interpolated(numbers(values), target)) if is_numeric(values) else left
    wrong = _wrong_by_bins(codes, n_bins, target)
    if is_numeric(values):
        wrong = min(wrong, _wrong_by_neighbour(numbers(values), target))
    answers = target.values.astype(np.intp)
    return wrong / max(1, len(answers) - int(np.bincount(answers).max()))


def _wrong_by_bins(codes: Ints, n_bins: int, target: Target) -> float:
    table = class_table(codes, n_bins, target)
    guess = class_shares(table)[0].argmax(axis=2)
    right = np.take_along_axis(table, guess[:, :, None], axis=2).sum()
    return float(table.sum() - right)


def _wrong_by_neighbour(x: Floats, target: Target) -> float:
    """Mistakes when the nearest row of the other folds answers."""
    answers, x, wrong = target.values, _without_gaps(x), 0
    for fold in range(FOLDS):
        here = target.folds == fold
        order = np.argsort(x[~here], kind="stable")
        known, said = x[~here][order], answers[~here][order]
        wrong += int((said[_nearest(known, x[here])] != answers[here]).sum())
    return float(wrong)


def _nearest(known: Floats, wanted: Floats) -> Ints:
    """The place in `known`, sorted, of the number nearest to each of `wanted`."""
    right = np.clip(np.searchsorted(known, wanted), 1, len(known) - 1)
    return right - (wanted - known[right - 1] <= known[right] - wanted)


def _interpolated(x: Floats, target: Target) -> float:
    """Variance left when a line between the two neighbouring rows of the other folds answers."""
    y, x, left = target.values.astype(np.float64), _without_gaps(x), 0.0
    for fold in range(FOLDS):
        here = target.folds == fold
        order = np.argsort(x[~here], kind="stable")
        guess = np.interp(x[here], x[~here][order], y[~here][order])
        left += float(((guess - y[here]) ** 2).sum())
    return left / max(float(((y - y.mean()) ** 2).sum()), np.finfo(float).tiny)


def _without_gaps(x: Floats) -> Floats:
    """Missing values moved together, left of all others."""
    known = x[~np.isnan(x)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    return np.where(np.isnan(x), low - (high - low) - 1.0, x)
