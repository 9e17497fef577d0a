"""How much one column tells about the target by itself: one strength, 0 to 1, for any mix of types.

A column's values are put into bins; the answer predicted for a row is what the other rows of its bin say.
Strength is the share of the target's uncertainty that this removes on rows it was not learnt from:

    classes  1 - CE / H   cross-entropy against the prior's: the uncertainty coefficient, Theil 1970,
                          "On the estimation of relationships involving qualitative variables"
    numbers  1 - SSE / SS squared error against the mean's: the correlation ratio, Pearson 1905

Because it is measured out of sample, a column of names that never repeat scores nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.insight.sample import Floats, Ints, is_numeric, numbers

FOLDS = 5
BINS = 32
ROWS_PER_BIN = 20
MAX_LEVELS = 1_000
MAX_CLASSES = 50


class Target(NamedTuple):
    """The answers of the sampled rows: class numbers below `n_classes`, or numbers when that is 0.

    Classes are numbered from the most frequent on; `names` are theirs, `places` their numbers as they came.
    """

    values: npt.NDArray[np.generic]
    n_classes: int
    folds: Ints
    names: tuple[str, ...] = ()
    places: tuple[int, ...] = ()


def class_target(codes: Ints, seed: int, names: Sequence[str] = ()) -> Target:
    """Of class numbers into `names`; classes beyond the `MAX_CLASSES` - 1 most frequent count as one."""
    order = np.argsort(-np.bincount(codes), kind="stable")
    rank = np.empty(len(order), np.intp)
    rank[order] = np.minimum(np.arange(len(order)), MAX_CLASSES - 1)
    places = tuple(order[:MAX_CLASSES].tolist())
    kept = tuple(names[place] for place in places) if names else ()
    return Target(rank[codes], int(rank.max(initial=0)) + 1, _folds(len(codes), seed), kept, places)


def number_target(values: Floats, seed: int) -> Target:
    """A number to be predicted; standardised, so that its sums neither overflow nor cancel. No NaN."""
    spread = values.std()
    scaled = (values - values.mean()) / (spread if spread > 0 else 1.0)
    return Target(scaled, 0, _folds(len(values), seed))


def ranks_of(target: Target) -> Target:
    """The same numbers by their order: a few huge ones do not hide what is told about all others."""
    order = np.argsort(np.argsort(target.values, kind="stable"), kind="stable")
    return target._replace(values=(order - order.mean()) / max(order.std(), 1.0))


def strength(values: pl.Series, target: Target) -> float:
    """Of one column, its rows in the order of the target's."""
    codes, n_bins = binned(values)
    return binned_strength(codes, n_bins, target)


def binned_strength(codes: Ints, n_bins: int, target: Target) -> float:
    """Of a column whose values are in the bins `codes`, each less than `n_bins`."""
    if not len(codes) or n_bins < 2:
        return 0.0
    share = _class_strength if target.n_classes else _number_strength
    return float(np.clip(share(codes, n_bins, target), 0.0, 1.0))


def binned(values: pl.Series) -> tuple[Ints, int]:
    """The bin of every value and the number of bins; missing values have one of their own."""
    return bins(numbers(values)) if is_numeric(values) else _level_codes(values)


def bins(values: Floats) -> tuple[Ints, int]:
    """Every value of a few, or about equally many values in each bin."""
    gaps = np.isnan(values)
    known = np.sort(values[~gaps])
    edges = _distinct(known)
    if len(edges) > BINS:
        n = int(np.clip(len(known) // ROWS_PER_BIN, 4, BINS))
        edges = _distinct(known[np.arange(1, n) * len(known) // n])
    codes = np.searchsorted(edges, values, side="right")
    codes[gaps] = len(edges) + 1
    return codes, len(edges) + 2


def _distinct(ordered: Floats) -> Floats:
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def _level_codes(values: pl.Series) -> tuple[Ints, int]:
    """A bin for each of the most frequent levels, one for all others, one for missing ones."""
    counts = values.drop_nulls().value_counts(sort=True)
    kept = counts.to_series(0)[:MAX_LEVELS].to_list()
    code_of = {level: code for code, level in enumerate(kept)}
    codes = values.replace_strict(code_of, default=len(kept), return_dtype=pl.Int64).to_numpy().copy()
    codes[values.is_null().to_numpy()] = len(kept) + 1
    return codes.astype(np.intp), len(kept) + 2


def class_table(codes: Ints, n_bins: int, target: Target) -> Floats:
    """How many rows of each fold, bin and class there are, (folds, bins, classes)."""
    k = target.n_classes
    cells = (target.folds * n_bins + codes) * k + target.values.astype(np.intp)
    counts = np.bincount(cells, minlength=FOLDS * n_bins * k)
    return counts.reshape(FOLDS, n_bins, k).astype(np.float64)


def class_shares(table: Floats) -> tuple[Floats, Floats]:
    """What the rows outside each fold say: class shares in each bin, and in all, smoothed.

    Shapes (folds, bins, classes) and (folds, 1, classes). A bin counts as if it held one more row like all.
    """
    others = table.sum(axis=0) - table
    everywhere = others.sum(axis=1, keepdims=True) + 0.5
    prior = everywhere / everywhere.sum(axis=2, keepdims=True)
    return (others + prior) / (others.sum(axis=2, keepdims=True) + 1), prior


def _class_strength(codes: Ints, n_bins: int, target: Target) -> float:
    table = class_table(codes, n_bins, target)
    told, prior = class_shares(table)
    uncertainty = -(table * np.log(prior)).sum()
    return 1 + (table * np.log(told)).sum() / uncertainty if uncertainty > 0 else 0.0


def _number_strength(codes: Ints, n_bins: int, target: Target) -> float:
    y, cells = target.values.astype(np.float64), target.folds * n_bins + codes
    count, total, square = (
        np.bincount(cells, weights, FOLDS * n_bins).reshape(FOLDS, n_bins) for weights in (None, y, y * y)
    )
    other_count, other_total = count.sum(axis=0) - count, total.sum(axis=0) - total
    mean = other_total.sum(axis=1, keepdims=True) / np.maximum(other_count.sum(axis=1, keepdims=True), 1)
    told = (other_total + mean) / (other_count + 1)
    errors = [(square - 2 * guess * total + guess**2 * count).sum() for guess in (told, mean)]
    return 1 - errors[0] / errors[1] if errors[1] > 0 else 0.0


def _folds(n: int, seed: int) -> Ints:
    return np.random.default_rng([seed, n]).permutation(n) % FOLDS
