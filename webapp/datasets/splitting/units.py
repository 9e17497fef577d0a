"""Units: rows that stay together, because they share a group or are identical, and how they are dealt out."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from engine.splits import Sizes
from webapp.datasets.splitting.strata import TRAIN, Codes, apportion, codes_of, deal

Parts = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
#: So many of the largest units are placed one by one, each where it is needed most.
PLACED = 2_000
STRATA_PLACED = 64
TRIES = 8


def units_of(n_rows: int, groups: npt.NDArray[Any] | None, duplicates: npt.NDArray[Any] | None) -> Codes:
    """The unit (m,) of each row: rows that are linked by a group or by being identical share one.

    ``groups`` and ``duplicates`` are codes (m,); a negative code is no group.
    """
    if groups is None and duplicates is None:
        return np.arange(n_rows)
    if groups is None or duplicates is None:
        return _without_missing(groups if duplicates is None else duplicates)
    return _connected(_without_missing(groups), _without_missing(duplicates))


def _without_missing(codes: npt.NDArray[Any]) -> Codes:
    """The codes, a new one for each that is negative."""
    codes = np.asarray(codes).astype(np.intp)
    missing = np.flatnonzero(codes < 0)
    codes[missing] = codes.max(initial=-1) + 1 + np.arange(len(missing))
    return codes_of(codes)


def _connected(groups: Codes, duplicates: Codes) -> Codes:
    """The connected components of groups, two of which are linked when they hold an identical row."""
    first = np.empty(duplicates.max(initial=-1) + 1, np.intp)
    first[duplicates] = groups  # the group of any one row of each code
    linked = np.flatnonzero(first[duplicates] != groups)
    ends = groups[linked], first[duplicates[linked]]
    n_groups = groups.max(initial=-1) + 1
    graph = coo_array((np.ones(len(linked), np.int8), ends), shape=(n_groups, n_groups))
    return connected_components(graph, directed=False)[1].astype(np.intp)[groups]


def deal_units(units: Codes, strata: Codes, sizes: Sizes, rng: np.random.Generator) -> Parts:
    """The part (m,) of each row, units kept whole, strata in proportion as far as that allows.

    Units of several rows are placed in random order where they are needed most; then units of one row fill
    every part up to its size. Without larger units the result is exact (see ``apportion``).
    """
    rows_of = np.bincount(units)
    table = apportion(np.bincount(strata), sizes, rng)
    parts = np.full(len(rows_of), TRAIN, np.uint8)
    single = (rows_of == 1)[units]
    if not single.all():
        of_unit = _strata_of_units(units, strata, len(rows_of))
        _place(parts, np.flatnonzero(rows_of > 1), units, strata, of_unit, table, rng)
        given = np.bincount(strata[~single] * 3 + parts[units[~single]], minlength=table.size)
        table = _what_is_left(
            table - given.reshape(table.shape), np.bincount(strata[single], minlength=len(table))
        )
    parts[units[single]] = deal(strata[single], table, rng)
    _fill_empty(parts, rows_of, sizes)
    return parts[units]


def _strata_of_units(units: Codes, strata: Codes, n_units: int) -> Codes:
    """A stratum (units,) that stands for each unit: that of its last row."""
    of_unit = np.zeros(n_units, np.intp)
    of_unit[units] = strata
    return of_unit


def _place(
    parts: Parts,
    larger: Codes,
    units: Codes,
    strata: Codes,
    of_unit: Codes,
    table: Codes,
    rng: np.random.Generator,
) -> None:
    """Write the parts of the units ``larger`` into ``parts`` (units,)."""
    rows_of = np.bincount(units)
    by_size = larger[np.argsort(-rows_of[larger], kind="stable")]
    one_by_one, many = np.sort(by_size[:PLACED]), by_size[PLACED:]
    parts[many] = _cut(rows_of[many], of_unit[many], table, rng)
    is_many = np.zeros(len(rows_of), bool)
    is_many[many] = True
    given = np.flatnonzero(is_many[units])
    had = np.bincount(strata[given] * 3 + parts[units[given]], minlength=table.size).reshape(table.shape)
    composition = _composition(one_by_one, units, strata, table)
    tries = [_greedy(composition, *_merged(table, had), rng) for _ in range(TRIES)]
    parts[one_by_one] = min(tries, key=lambda found: found[0])[1]


def _cut(rows: Codes, strata: Codes, table: Codes, rng: np.random.Generator) -> Parts:
    """The part of each of many small units of so many ``rows``: a stratum's units in random order are cut
    where the parts' shares of it end."""
    order = rng.permutation(len(rows))
    order = order[np.argsort(strata[order], kind="stable")]
    middle = np.cumsum(rows[order]) - rows[order] / 2
    before = np.concatenate([[0], np.cumsum(np.bincount(strata, rows, len(table)))])
    own = strata[order]
    place = (middle - before[own]) / np.maximum(before[own + 1] - before[own], 1)
    ends = np.cumsum(table, axis=1) / np.maximum(table.sum(axis=1, keepdims=True), 1)
    parts = np.empty(len(rows), np.uint8)
    parts[order] = (place >= ends[own, 0]).astype(np.uint8) + (place >= ends[own, 1])
    return parts


def _leading(table: Codes) -> Codes:
    """The column (strata,) in which each stratum is counted: the largest have one each, the others share."""
    column = np.full(len(table), STRATA_PLACED - 1, np.intp)
    largest = np.argsort(-table.sum(axis=1), kind="stable")[: STRATA_PLACED - 1]
    column[largest] = np.arange(len(largest))
    return column


def _composition(chosen: Codes, units: Codes, strata: Codes, table: Codes) -> Floats:
    """Rows (chosen, columns) of each chosen unit in each column of ``_leading``."""
    place = np.full(units.max(initial=0) + 1, -1, np.intp)
    place[chosen] = np.arange(len(chosen))
    rows = np.flatnonzero(place[units] >= 0)
    cells = place[units[rows]] * STRATA_PLACED + _leading(table)[strata[rows]]
    return np.bincount(cells, minlength=len(chosen) * STRATA_PLACED).reshape(-1, STRATA_PLACED).astype(float)


def _merged(table: Codes, had: Codes) -> tuple[Floats, Floats]:
    """Wanted and given rows (3, columns)."""
    wanted, given = np.zeros((STRATA_PLACED, 3)), np.zeros((STRATA_PLACED, 3))
    np.add.at(wanted, _leading(table), table)
    np.add.at(given, _leading(table), had)
    return wanted.T, given.T


def _greedy(
    composition: Floats, wanted: Floats, given: Floats, rng: np.random.Generator
) -> tuple[float, Parts]:
    """A part for each unit, in random order the one that then costs least; and the cost in the end.

    The cost is the sum over parts of (given - wanted)^2 / wanted, by strata and once more of all rows.
    """
    open_parts, columns = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
    units = _with_total(composition[:, columns])
    wanted, given = (_with_total(rows[open_parts][:, columns]) for rows in (wanted, given))
    over, weight = given - wanted, 1 / np.maximum(wanted, 0.5)
    chosen = np.empty(len(units), np.intp)
    for unit in rng.permutation(len(units)):
        rows = units[unit]
        chosen[unit] = part = (rows * (rows + 2 * over) * weight).sum(axis=1).argmin()
        over[part] += rows
    return float((over**2 * weight).sum()), open_parts[chosen].astype(np.uint8)


def _with_total(rows: Floats) -> Floats:
    return np.hstack([rows, rows.sum(axis=1, keepdims=True)])


def _what_is_left(wanted: Codes, counts: Codes) -> Codes:
    """How the ``counts`` (strata,) rows of units of one row are dealt out: as ``wanted`` (strata, 3), whose
    rows sum to them; where a part already has more than its due, the others get less in proportion."""
    due = np.maximum(wanted, 0)
    exact = due * (counts / np.maximum(due.sum(axis=1), 1))[:, None]
    table = np.floor(exact + 1e-9).astype(np.intp)
    by_fraction = np.argsort(table - exact, axis=1, kind="stable")
    missing = counts - table.sum(axis=1)
    for rank in range(2):
        strata = np.flatnonzero(missing > rank)
        table[strata, by_fraction[strata, rank]] += 1
    return table


def _fill_empty(parts: Parts, rows_of: Codes, sizes: Sizes) -> None:
    """Give each part that is to have rows at least one unit, the smallest of the largest part."""
    for part in (part for part in range(3) if sizes[part] and not (parts == part).any()):
        rows = np.bincount(parts, rows_of, 3)
        rows[np.bincount(parts, minlength=3) < 2] = 0
        donors = np.flatnonzero(parts == rows.argmax())
        parts[donors[rows_of[donors].argmin()]] = part
