"""An Arrow file a part at a time: few columns, or few rows, so that memory stays bounded."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

CELLS_AT_ONCE = 1 << 22
Result = TypeVar("Result")


def columns_of(table: pl.LazyFrame, names: Sequence[str]) -> Iterator[pl.Series]:
    """The columns called `names`, one after the other."""
    for group in _groups(table, names):
        yield from group


def each_column(
    table: pl.LazyFrame, names: Sequence[str], work: Callable[[int, pl.Series], Result]
) -> Iterator[Result]:
    """What `work` makes of the number and the values of every column, in threads: NumPy lets them run."""
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        done = 0
        for group in _groups(table, names):
            yield from pool.map(work, range(done, done + len(group)), group)
            done += len(group)


def _groups(table: pl.LazyFrame, names: Sequence[str]) -> Iterator[list[pl.Series]]:
    at_once = max(1, CELLS_AT_ONCE // max(1, count_rows(table)))
    for start in range(0, len(names), at_once):
        yield table.select(names[start : start + at_once]).collect().get_columns()


def batches(table: pl.LazyFrame, names: Sequence[str], rows: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """The columns called `names`, at most `rows` rows at a time, each with the number of its first row."""
    selected = table.select(names)
    fetched = max(rows, CELLS_AT_ONCE // max(1, len(names)) // rows * rows)
    for first in range(0, count_rows(table), fetched):
        piece = selected.slice(first, fetched).collect()
        for start in range(0, len(piece), rows):
            yield first + start, piece.slice(start, rows)


def gathered(table: pl.LazyFrame, rows: npt.NDArray[np.integer[Any]]) -> pl.DataFrame:
    """The rows numbered `rows`, in the table's order; the others stay on the disk."""
    names = table.collect_schema().names()
    number = "row"
    while number in names:
        number += "_"
    wanted = pl.Series(rows, dtype=pl.get_index_type()).implode()
    chosen = table.with_row_index(number).filter(pl.col(number).is_in(wanted)).drop(number)
    return chosen.collect(engine="streaming")


def count_rows(table: pl.LazyFrame) -> int:
    return int(table.select(pl.len()).collect().item())
