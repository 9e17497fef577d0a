"""What each column of a table is and holds: one JSON object per column.

Every object has name, kind (as a person chose or as detected), detected, holds (what the values are, even if
they cannot teach anything), order, ambiguous, present, missing, distinct, integers, levels and histogram.
Numbers and dates have min, quartiles, max, outliers and far_outliers too, numbers mean, std and is_counter,
dates clock: whether times of day occur.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from webapp.datasets.columns import kinds, values
from webapp.datasets.columns.dates import spread
from webapp.datasets.columns.table import each_column
from webapp.datasets.recipe import Kind
from webapp.datasets.refusal import Refusal

Facts = dict[str, Any]
N_BINS = 12
MAX_LEVELS_SHOWN = 20
EXACT_ROWS = 1 << 16  # beyond, quartiles and the number of many different values are estimates
PART = 1 << 15  # values at once, so that they stay in the processor's cache
FENCES = (1.5, 3.0)  # Tukey: outliers, and far ones, lie so many interquartile ranges beyond the quartiles


def profile(
    table: Path, wanted: Mapping[str, Kind] | None = None, tell: Callable[[float], None] = lambda done: None
) -> list[Facts]:
    """The profiles of the columns of an Arrow file, of the kinds a person `wanted` where they differ.

    Raises Refusal at a value that its column's kind does not allow. `tell` hears the share done.
    """
    scan = pl.scan_ipc(table)
    names = scan.collect_schema().names()
    found: list[Facts] = []
    for facts in each_column(scan, names, lambda _, one: describe(one, (wanted or {}).get(one.name))):
        found.append(facts)
        tell(len(found) / len(names))
    return found


def describe(column: pl.Series, wanted: Kind | None = None) -> Facts:
    """The profile of one column."""
    column = values.clean(column)
    held = detected = kinds.holding(column)
    if wanted:
        column = values.without_spelt(column, wanted)
        held = _forced(column, wanted, detected)
    facts = _counts(column) | _holding(held) | _statistics(column, held)
    kind = kinds.verdict(column, facts)
    if wanted == Kind.CONSTANT:
        kinds.refuse_constant(facts)
    return facts | {
        "kind": wanted or kind,
        "detected": kind if detected == held else _holding(detected)["holds"],
    }


def _forced(column: pl.Series, wanted: Kind, found: kinds.Holding) -> kinds.Holding:
    """What the values are, if they are as wanted; else a Refusal at the field of the columns."""
    try:
        return kinds.forced(column, wanted, found)
    except Refusal as refusal:
        refusal.field = "columns"
        raise


def _counts(column: pl.Series) -> Facts:
    return {
        "name": column.name,
        "present": column.count(),
        "missing": column.null_count(),
        "distinct": _distinct(column.drop_nulls()),
        "integers": False,
        "levels": [],
        "histogram": [],
    }


def _holding(held: kinds.Holding) -> Facts:
    return {"holds": held.kind, "order": held.order, "ambiguous": held.ambiguous}


def _distinct(present: pl.Series) -> int:
    """How many different values there are; of many numbers that hardly repeat an estimate."""
    if not present.dtype.is_numeric() or len(present) <= EXACT_ROWS:
        return present.n_unique()
    few = spread(present, EXACT_ROWS // 4)
    if few.n_unique() < len(few) / 20:
        return present.n_unique()
    return min(len(present), present.approx_n_unique())


def _statistics(column: pl.Series, held: kinds.Holding) -> Facts:
    if held.kind == Kind.NUMERIC:
        array = values.numbers(column)
        return _numbers(array[~np.isnan(array)] if np.isnan(array.sum()) else array)
    if held.kind == Kind.DATE:
        return _moments(values.moments(column, held.order).drop_nulls())
    if held.kind == Kind.EMPTY:
        return {}
    levels = values.levels(column).drop_nulls()
    if held.kind == Kind.BOOLEAN and column.dtype == pl.String:
        levels = levels.str.to_lowercase()
        return _levels(levels) | {"distinct": levels.n_unique()}
    return _levels(levels)


def _numbers(array: np.ndarray) -> Facts:
    low, high = float(array.min()), float(array.max())
    integers = bool((array[:PART] == np.floor(array[:PART])).all() and (array == np.floor(array)).all())
    return {
        "holds": Kind.INTEGER if integers else Kind.NUMERIC,
        "integers": integers,
        "min": low,
        "mean": float(array.mean()),
        "max": high,
        "std": float(array.std()),
        "histogram": _histogram(array, low, high),
        "is_counter": bool(len(array) > 2 and array[1] == array[0] + 1 and (np.diff(array) == 1).all()),
    } | _spread(array)


def _moments(found: pl.Series) -> Facts:
    array = found.to_physical().to_numpy().astype(np.float64)
    facts = _spread(array)
    low, high = float(array.min()), float(array.max())
    marks = pl.Series([low, *facts["quartiles"], high]).cast(pl.Int64)
    written = marks.cast(pl.Datetime("us")).dt.to_string()
    clock = bool((array % 86_400_000_000 != 0).any())
    shown = [text[:16] if clock else text[:10] for text in written]
    ends = {"min": shown[0], "max": shown[-1], "quartiles": shown[1:-1], "clock": clock}
    return facts | ends | {"histogram": _histogram(array, low, high)}


def _spread(array: np.ndarray) -> Facts:
    """Quartiles, of a large column those of an evenly spread part, and how many values lie far beyond."""
    few = array[:: max(1, len(array) // EXACT_ROWS)]
    quartiles = np.quantile(few, (0.25, 0.5, 0.75))
    outliers, far = (_beyond(array, quartiles, fence) for fence in FENCES)
    return {"quartiles": quartiles.tolist(), "outliers": outliers, "far_outliers": far}


def _beyond(array: np.ndarray, quartiles: np.ndarray, fence: float) -> int:
    """Values beyond the quartiles by more than `fence` times their distance; 0 when half of all are equal."""
    reach = fence * (quartiles[2] - quartiles[0])
    if reach <= 0:
        return 0
    return int(
        np.count_nonzero(array < quartiles[0] - reach) + np.count_nonzero(array > quartiles[2] + reach)
    )


def _histogram(array: np.ndarray, low: float, high: float) -> list[int]:
    """Counts of `N_BINS` equal bins; a column that hardly varies falls into one."""
    if not high > low or not np.isfinite(N_BINS / (high - low)):
        return [len(array)]
    counts = np.zeros(N_BINS, np.intp)
    for start in range(0, len(array), PART):
        bins = ((array[start : start + PART] - low) * (N_BINS / (high - low))).astype(np.intp)
        counts += np.bincount(np.minimum(bins, N_BINS - 1), minlength=N_BINS)
    return counts.tolist()


def _levels(present: pl.Series) -> Facts:
    counts = level_counts(present, MAX_LEVELS_SHOWN)
    return {"levels": counts, "histogram": [n for _, n in counts[:N_BINS]]}


def level_counts(present: pl.Series, at_most: int) -> list[list[Any]]:
    """[[level, count], ...] of the most frequent levels, equal counts in order of their names."""
    counts = pl.DataFrame({"level": present}).group_by("level").len("count")
    counts = counts.top_k(at_most, by=["count", "level"], reverse=[False, True])
    counts = counts.sort(["count", "level"], descending=[True, False])
    return [list(row) for row in counts.rows()]
