"""What each column of a table is and holds: one JSON object per column."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

N_BINS = 12
MAX_LEVELS_SHOWN = 20
CELLS_AT_ONCE = 1 << 21


def profile(table: Path) -> list[dict[str, Any]]:
    """The profiles of the columns of an Arrow file."""
    return [_column(values) for values in columns_of(pl.scan_ipc(table))]


def columns_of(table: pl.LazyFrame, names: list[str] | None = None) -> Iterator[pl.Series]:
    """The columns called `names`, or all, one after the other; few enough at once to be bounded in memory."""
    names = table.collect_schema().names() if names is None else names
    n_rows = table.select(pl.len()).collect().item()
    at_once = max(1, CELLS_AT_ONCE // max(1, n_rows))
    for start in range(0, len(names), at_once):
        yield from table.select(names[start : start + at_once]).collect().iter_columns()


def _column(values: pl.Series) -> dict[str, Any]:
    present = values.drop_nulls()
    is_number = values.dtype.is_numeric() and len(present) > 0
    facts: dict[str, Any] = {
        "name": values.name,
        "kind": "numeric" if is_number else "category" if len(present) else "empty",
        "present": len(present),
        "missing": values.null_count(),
        "distinct": present.n_unique(),
        "integers": False,
        "levels": [],
    }
    return facts | (_numbers(present) if is_number else _levels(present))


def _numbers(present: pl.Series) -> dict[str, Any]:
    array = present.to_numpy()
    low, high = float(array.min()), float(array.max())
    return {
        "integers": bool((array == np.floor(array)).all()),
        "min": low,
        "mean": float(array.mean()),
        "max": high,
        "std": float(array.std()),
        "histogram": _histogram(array, low, high),
        "is_counter": bool(len(array) > 2 and (np.diff(array) == 1).all()),
    }


def _histogram(array: np.ndarray, low: float, high: float) -> list[int]:
    """Counts of `N_BINS` equal bins; a column that hardly varies falls into one."""
    if not high > low or not np.isfinite(N_BINS / (high - low)):
        return [len(array)]
    return np.histogram(array, bins=N_BINS, range=(low, high))[0].tolist()


def _levels(present: pl.Series) -> dict[str, Any]:
    counts = level_counts(present.alias("level"))
    return {"levels": counts[:MAX_LEVELS_SHOWN], "histogram": [n for _, n in counts[:N_BINS]]}


def level_counts(values: pl.Series) -> list[list[Any]]:
    """[[level, count], ...] of a column, the most frequent first, equal counts in order of their names."""
    name = values.name
    counts = values.to_frame().group_by(name).len("count")
    return [list(row) for row in counts.sort(["count", name], descending=[True, False]).rows()]
