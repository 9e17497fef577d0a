"""Thinning tables to what a chart can show.

The smallest, the largest and the last value of every bucket of consecutive numbers stay in view. Buckets lie
at fixed places, and the rows kept of fine buckets hold those of the coarser ones that they make up: a table
may be thinned in pieces and more than once, and comes out as if it had been thinned whole, at once.
"""

from collections.abc import Collection, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from webapp.runs.history.columns import Column, Table, columns_in

FINE = 256  # the buckets of overviews; wider ones are multiples of it
VALUES = {"steps": 8_000, "epochs": 2_000, "pulse": 1_600}  # numbers that a chart of the table gets, at most
NUMBERS = {"steps": "step", "epochs": "epoch", "pulse": "step"}

Plain = dict[str, list[float | int | None]]


def width_for(count: int, values: int, n_columns: int, n_extremes: int) -> int:
    """The width of buckets when `count` consecutive numbers shall fit into so many values of all columns."""
    buckets = max(1, values // n_columns // (1 + 2 * n_extremes))
    width = -(-count // buckets)
    return width if width < FINE else -(-width // FINE) * FINE


def is_thinned(width: int, n_extremes: int) -> bool:
    """A bucket of so few rows would keep them all."""
    return width > 1 + 2 * n_extremes


def thin(number: NDArray[np.int64], width: int, *values: NDArray[np.floating]) -> NDArray[np.intp]:
    """Indices of the rows where one of `values` is smallest, largest or last in its bucket, in order.

    A bucket is `width` consecutive numbers, counted from 1. `number` (n,) never falls, and each of `values`
    has shape (n,). Of equal values the first counts; what is no number is neither small nor large.
    """
    if not is_thinned(width, len(values)) or not len(number):
        return np.arange(len(number))
    kept = []
    for start, end in _buckets(number, width):
        kept.append(end - 1)
        for value in values:
            kept += [start + at for at in _extremes(value[start:end])]
    return np.unique(kept)


def _buckets(number: NDArray[np.int64], width: int) -> Iterator[tuple[int, int]]:
    """Where each bucket begins and ends."""
    first, last = number[0] - 1, number[-1] - 1
    places = np.arange(first // width + 1, last // width + 1) * width + 1
    starts = np.unique(np.searchsorted(number, places))
    return pairwise([0, *starts.tolist(), len(number)])


def _extremes(values: NDArray[np.floating]) -> tuple[int, int]:
    """Where the smallest and the largest value are for the first time."""
    smallest, largest = values.argmin(), values.argmax()
    if np.isnan(values[smallest]):
        gap = np.isnan(values)
        smallest = np.where(gap, np.inf, values).argmin()
        largest = np.where(gap, -np.inf, values).argmax()
    return int(smallest), int(largest)


def shown(name: str, rows: Table, width: int) -> NDArray[np.intp]:
    """Indices of the rows of a table that stay in view."""
    return thin(rows[NUMBERS[name]], width, *(rows[series] for series in extremes_in(name, rows)))


def extremes_in(name: str, series: Collection[str]) -> list[str]:
    """Those of the series of a table whose extremes stay in view."""
    known: dict[str, Column] = columns_in(name)
    return [found for found in series if found not in known or known[found].extremes]


def table_width(name: str, series: Collection[str], count: int, values: int | None = None) -> int:
    """The width of buckets for a chart of these columns of a table over `count` of its numbers."""
    extremes = extremes_in(name, series)
    return width_for(count, values or VALUES[name], len(series), len(extremes))


def plain(rows: Table, at: NDArray[np.intp]) -> Plain:
    """Rows as the page takes them: lists, gaps as null."""
    return {name: _plain(values[at]) for name, values in rows.items()}


def _plain(values: NDArray[np.generic]) -> list[float | int | None]:
    """Single precision as the shortest decimals that mean it, double to 8 digits: half the length."""
    if values.dtype.kind != "f":
        return values.tolist()
    texts = map(str, values) if values.dtype == np.float32 else (f"{value:.8g}" for value in values.tolist())
    return [None if number != number else number for number in map(float, texts)]
