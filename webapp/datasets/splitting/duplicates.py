"""Which examples are identical."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Codes = npt.NDArray[np.intp]
Hashes = npt.NDArray[np.uint64]
_CELLS = 1 << 22  # cells hashed at once


def duplicate_codes(examples: pl.DataFrame | pl.LazyFrame | npt.NDArray[Any]) -> Codes:
    """A code (m,) per row of a table of input columns or of a matrix (m, ...): equal rows have equal codes.

    Missing values are equal to each other, and so are 0 and -0. Rows are compared by hashes of 64 bits, a
    bounded number of cells at a time: among five million different rows some two are taken for equal with a
    probability of less than one in a million.
    """
    hashed = _hashed_table if isinstance(examples, pl.DataFrame | pl.LazyFrame) else _hashed_matrix
    return np.unique(_joined(hashed(examples)), return_inverse=True)[1]


def all_differ(table: pl.LazyFrame) -> bool:
    """Whether no two rows of a table are equal; of a few of its columns it is told sooner than of all."""
    hashes = np.sort(_joined(_hashed_table(table)))
    return bool((hashes[1:] != hashes[:-1]).all())


def _joined(hashes: Iterator[Hashes]) -> Hashes:
    return np.concatenate([np.zeros(0, np.uint64), *hashes])


def _hashed_table(table: pl.DataFrame | pl.LazyFrame) -> Iterator[Hashes]:
    rows = table.lazy()
    columns = rows.collect_schema()
    n_rows = rows.select(pl.len()).collect().item()
    if not columns:
        yield np.zeros(n_rows, np.uint64)
        return
    floats = [name for name, dtype in columns.items() if dtype.is_float()]
    # Adding zero turns -0 into 0.
    rows = rows.with_columns(pl.col(floats).fill_nan(None) + 0.0)
    step = max(1, _CELLS // len(columns))
    for start in range(0, n_rows, step):
        yield rows.slice(start, step).collect().hash_rows().to_numpy()


def _hashed_matrix(matrix: npt.NDArray[Any]) -> Iterator[Hashes]:
    flat = matrix.reshape(len(matrix), math.prod(matrix.shape[1:]))
    step = max(1, _CELLS // max(1, flat.shape[1]))
    for start in range(0, len(flat), step):
        yield _hashes(_words(flat[start : start + step]))


def _words(rows: npt.NDArray[Any]) -> Hashes:
    """The rows' bytes as numbers of 64 bits, filled up with zeros."""
    if rows.dtype.kind == "f":
        rows = np.where(np.isnan(rows), np.nan, rows + 0).astype(rows.dtype)
    width = rows.shape[1] * rows.itemsize
    padded = np.zeros((len(rows), -(-width // 8) * 8), np.uint8)
    padded[:, :width] = np.ascontiguousarray(rows).view(np.uint8)
    return padded.view(np.uint64)


def _hashes(words: Hashes) -> Hashes:
    """A hash (m,) of the rows of ``words`` (m, n): the sum over columns of each word, mixed with a key of its
    column. Steele, Lea and Flood 2014, https://doi.org/10.1145/2714064.2660195, section 5.
    """
    keys = np.random.default_rng(0).integers(0, 2**64, words.shape[1], np.uint64)
    z = words + keys
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))).sum(axis=1, dtype=np.uint64)
