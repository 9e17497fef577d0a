"""A seeded sample of a table that fits in memory, and its columns as arrays."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.columns.table import gathered

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

ROWS = 20_000
FEWEST = 1_000
CELLS = 20_000_000  # of 8 bytes
LONGEST_TEXT = 200
LARGEST = 1e150


def scanned(table: pl.LazyFrame | Path) -> pl.LazyFrame:
    return pl.scan_ipc(table) if isinstance(table, Path) else table


def rows_for(n_columns: int) -> int:
    """How many rows of a table with so many columns are looked at."""
    return min(ROWS, max(FEWEST, CELLS // max(1, n_columns)))


def sample(table: pl.LazyFrame, n_rows: int, seed: int) -> pl.DataFrame:
    """At most `rows_for` the table's columns of its `n_rows` rows, in their order; long texts are cut."""
    names = table.collect_schema().names()
    size = rows_for(len(names))
    if n_rows > size:
        chosen = np.sort(np.random.default_rng(seed).choice(n_rows, size, replace=False))
        table = gathered(table, chosen).lazy()
    cut = table.with_columns(pl.col(pl.String).str.slice(0, LONGEST_TEXT))
    return cut.collect(engine="streaming")


def is_numeric(values: pl.Series) -> bool:
    """Numbers, times and yes or no lie on a line; texts do not."""
    return values.dtype.is_numeric() or values.dtype.is_temporal() or values.dtype == pl.Boolean


def numbers(values: pl.Series) -> Floats:
    """A numeric column as float64, NaN where it is missing or infinite; times are in their own unit.

    Numbers beyond `LARGEST` are brought there, so that squares of them can be summed.
    """
    whole = values.to_physical() if values.dtype.is_temporal() else values
    array = whole.cast(pl.Float64).to_numpy().astype(np.float64, copy=True)
    array[~np.isfinite(array)] = np.nan
    return np.clip(array, -LARGEST, LARGEST)


def tidy(value: Any, digits: int = 6) -> Any:
    """`value`, a number or nested lists of them, to so many significant digits. NaN is None."""
    if isinstance(value, np.ndarray):
        return tidy(value.tolist(), digits)
    if isinstance(value, list | tuple):
        return [tidy(item, digits) for item in value]
    return float(f"{value:.{digits}g}") if np.isfinite(value) else None
