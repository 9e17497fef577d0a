"""Strata: what is to keep its proportions in every part, and how many rows of each go where."""

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.splits import Sizes
from webapp.datasets.splitting.duplicates import duplicate_codes

Codes = npt.NDArray[np.intp]
Array = npt.NDArray[Any]
TRAIN, DEV, TEST = range(3)
BINS = 10
ROWS_IN_A_BIN = 30
RARE_SET = 5


def strata_of(labels: Array | None, n_rows: int) -> Codes:
    """The stratum (m,) of each row: its class; of a number, its tenth; of many labels, its set of labels.

    A set of labels met in fewer than five rows counts with the rarest label in it.
    """
    if labels is None:
        return np.zeros(n_rows, np.intp)
    if labels.ndim == 2:
        return _label_sets(labels != 0)
    if labels.dtype.kind == "f":
        return _tenths(labels)
    return codes_of(labels)


def codes_of(values: Array) -> Codes:
    """The place (m,) of each value among the sorted distinct values."""
    return ranked(values)[1]


def ranked(values: Array) -> tuple[Array, Codes]:
    """The sorted distinct values, and the place (m,) of each value among them.

    Small whole numbers, as classes are, are counted: that is far faster than to sort them.
    """
    values = np.asarray(values)
    counted = values.dtype.kind in "iu" and len(values) and values.min() >= 0 and values.max() <= len(values)
    if not counted:
        return np.unique(values, return_inverse=True)
    known = np.flatnonzero(np.bincount(values))
    place = np.zeros(int(known[-1]) + 1, np.intp)
    place[known] = np.arange(len(known))
    return known.astype(values.dtype), place[values]


def _tenths(numbers: Array) -> Codes:
    known = numbers[~np.isnan(numbers)]
    bins = min(BINS, max(1, len(known) // ROWS_IN_A_BIN))
    if bins == 1:
        return np.isnan(numbers).astype(np.intp)
    edges = np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, numbers)  # NaN sorts last, beyond every edge


def _label_sets(chosen: npt.NDArray[np.bool_]) -> Codes:
    codes = duplicate_codes(chosen)
    frequency = chosen.sum(axis=0)
    rare = (np.bincount(codes) < RARE_SET)[codes]
    rarest = np.where(chosen[rare], frequency, len(chosen) + 1).argmin(axis=1)
    codes[rare] = codes.max(initial=0) + 1 + rarest
    return codes_of(codes)


def apportion(counts: Codes, sizes: Sizes, rng: np.random.Generator) -> Codes:
    """How many rows (strata, 3) of each stratum go to train, dev and test.

    Rows sum to ``counts`` (strata,), columns to ``sizes``, and no entry is further than 1 from
    count * size / m: controlled rounding, in which every stratum rounds one or two of its three fractions up.
    Who rounds up is drawn at random, but train comes first where it has nothing yet, then dev.
    """
    exact = np.outer(counts, np.array(sizes) / max(1, counts.sum()))
    # Rounding errors of the division must not make a whole number a little smaller.
    table = np.floor(exact + 1e-9).astype(np.intp)
    fractions = np.clip(exact - table, 0, 1)
    short = counts - table.sum(axis=1)
    one, two = np.flatnonzero(short == 1), np.flatnonzero(short == 2)
    ups, downs = _quotas(np.array(sizes) - table.sum(axis=0), fractions, one, two, table[:, TRAIN] == 0)
    table[two] += 1
    _round(table, fractions, one, ups, +1, rng)
    _round(table, 1 - fractions, two, downs, -1, rng)
    return table


def _quotas(
    wanted: Codes, fractions: Array, one: Codes, two: Codes, untrained: npt.NDArray[np.bool_]
) -> tuple[Codes, Codes]:
    """How often each part rounds up in the strata ``one``, and down in the strata ``two``, (3,) each.

    A stratum in ``two`` rounds all parts up but one, so ups - downs is ``wanted`` - len(two). What both have
    in common is what the fractions ask for, but train has more where that brings it its first example of a
    stratum and takes no other's only one.
    """
    least = wanted - len(two)
    ups, downs = np.maximum(least, 0), np.maximum(-least, 0)
    spare = np.minimum(fractions[one].sum(axis=0) - ups, (1 - fractions[two]).sum(axis=0) - downs).clip(0)
    common = len(one) - int(ups.sum())
    first = min(untrained[one].sum() - ups[TRAIN], (~untrained[two]).sum() - downs[TRAIN])
    train = min(max(round(spare[TRAIN]), first), common)
    dev = round((common - train) * spare[DEV] / max(spare[DEV] + spare[TEST], 1e-12))
    both = np.array([train, dev, common - train - dev])
    return ups + both, downs + both


def _round(
    table: Codes, fractions: Array, strata: Codes, quotas: Codes, by: int, rng: np.random.Generator
) -> None:
    """Add ``by`` to one entry of each of ``strata``, ``quotas`` (3,) of them to each part."""
    left, open_to = rng.permutation(strata), fractions.copy()
    # A part that has nothing of a stratum is served first, and robbed last.
    for part in (TRAIN, DEV, TEST) if by > 0 else (TEST, DEV, TRAIN):
        own = open_to[left, part] / np.maximum(open_to[left].sum(axis=1), 1e-12)
        later = table[left, part] > 0 if by > 0 else table[left, part] < 2
        # The larger its fraction, the sooner a stratum is drawn: Efraimidis and Spirakis 2006,
        # https://doi.org/10.1016/j.ipl.2005.11.003
        wait = -np.log1p(-rng.random(len(left))) / np.maximum(own, 1e-12)
        first = np.lexsort((wait, later, own < 1e-9))[: quotas[part]]
        table[left[first], part] += by
        left = np.delete(left, first)
        open_to[:, part] = 0


def deal(strata: Codes, table: Codes, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """The part (m,) of each row: of each stratum, so many at random as ``table`` (strata, 3) says."""
    order = rng.permutation(len(strata))
    small = np.uint16 if len(table) < 1 << 16 else np.intp  # sixteen bits sort several times faster
    by_stratum = order[np.argsort(strata[order].astype(small), kind="stable")]
    parts = np.empty(len(strata), np.uint8)
    parts[by_stratum] = np.repeat(np.tile(np.arange(3, dtype=np.uint8), len(table)), table.ravel())
    return parts
