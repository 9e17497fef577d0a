"""The rows of a plan are dealt out to train, dev and test."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.columns import values
from webapp.datasets.making.planning import Plan
from webapp.datasets.recipe import Kind
from webapp.datasets.refusal import Refusal
from webapp.datasets.splitting import Parts, all_differ, duplicate_codes, split

TELLING = 4  # columns that are looked at before all are


def deal(plan: Plan) -> Parts:
    """Which of the plan's rows train, tune and judge. Raises Refusal, at the field split."""
    duplicates = _duplicates(plan)
    column = {plan.split.kind: _cells(plan, plan.split.column)} if plan.split.column else {}
    dealt = split(
        plan.split,
        len(plan.rows),
        labels=plan.labels.values,
        groups=_groups(column.get("group")),
        times=_times(plan, column.get("time")),
        parts=column.get("column"),
        duplicates=duplicates if _are_copies(duplicates) else None,
        class_names=plan.labels.classes,
    )
    if duplicates is None or _are_copies(duplicates):
        return dealt
    note = f"Only {_distinct(duplicates):,} different examples occur, so equal ones were not kept together."
    return dealt._replace(notes=[*dealt.notes, note])


def _cells(plan: Plan, name: str) -> pl.Series:
    return values.clean(pl.scan_ipc(plan.table).select(name).collect().to_series().gather(plan.rows))


def _groups(cells: pl.Series | None) -> npt.NDArray[np.int64] | None:
    """A code per row, -1 where it is in no group."""
    if cells is None:
        return None
    known = cells.drop_nulls().unique(maintain_order=True)
    codes = cells.replace_strict(known, range(len(known)), default=-1, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy()


def _times(plan: Plan, cells: pl.Series | None) -> npt.NDArray[Any] | None:
    """Numbers, or datetimes. Raises Refusal when the column holds neither."""
    if cells is None:
        return None
    facts = next(column for column in plan.columns if column["name"] == cells.name)
    if facts["holds"] == Kind.DATE:
        return values.moments(cells, facts["order"]).to_numpy()
    if facts["holds"] in (Kind.NUMERIC, Kind.INTEGER):
        return values.numbers(cells)
    raise Refusal(
        f"Column “{cells.name}” holds neither dates nor numbers, so it says nothing about earlier and later.",
        "Choose a column of dates or numbers, or split at random.",
        field="split",
        column=cells.name,
    )


def _duplicates(plan: Plan) -> npt.NDArray[Any] | None:
    """A code per row, equal for rows that are equal in all inputs; None when all differ."""
    if plan.images:
        codes = duplicate_codes(np.load(plan.images, mmap_mode="r"))
    elif _differ_in_few(plan):
        return None
    else:
        codes = duplicate_codes(pl.scan_ipc(plan.table).select(one.name for one in plan.inputs))
    return None if codes.max() + 1 == len(codes) else codes[plan.rows]


def _differ_in_few(plan: Plan) -> bool:
    """Whether the inputs with the most different values already tell all rows apart."""
    distinct = {column["name"]: column["distinct"] for column in plan.columns}
    names = sorted((one.name for one in plan.inputs), key=lambda name: -distinct[name])[:TELLING]
    return len(names) < len(plan.inputs) and all_differ(pl.scan_ipc(plan.table).select(names))


def _are_copies(duplicates: npt.NDArray[Any] | None) -> bool:
    """Whether equal rows are copies of each other, which must not be both learnt and judged by.

    Where most rows repeat others, that is how the data are (a few yes-or-no questions, say), and new data
    will repeat them as well.
    """
    return duplicates is not None and 2 * _distinct(duplicates) >= len(duplicates)


def _distinct(duplicates: npt.NDArray[Any]) -> int:
    return len(np.unique(duplicates))
