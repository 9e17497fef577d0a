"""What a recipe makes of a reading, before arrays are written: roles, task, labels, rows and parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.columns import values
from webapp.datasets.columns.profile import profile
from webapp.datasets.columns.table import columns_of, count_rows
from webapp.datasets.making import labels, roles, targets
from webapp.datasets.preprocessing import Input
from webapp.datasets.recipe import Kind, Recipe, SplitRecipe, Task
from webapp.datasets.refusal import Refusal

MAX_ENCODED = 20_000  # inputs that all categories together may become
Column = dict[str, Any]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """`columns` are the profiles with their roles, `rows` the table's rows that are used, `labels` theirs.

    Of the `n_rows` of the table, `unlabelled` ones have no target and are left out.
    """

    table: Path
    images: Path | None
    columns: list[Column]
    targets: list[str]
    task: Task
    inputs: list[Input]
    split: SplitRecipe
    n_rows: int
    rows: Rows
    labels: labels.Labels
    unlabelled: int

    @property
    def incomplete(self) -> int:
        """Rows left out because a column that is used lacks a value there."""
        return self.n_rows - self.unlabelled - len(self.rows)


def plan(reading: Path, recipe: Recipe, tell: Callable[[float], None]) -> Plan:
    """The plan for a version. Raises Refusal."""
    table, images = reading / "table.arrow", reading / "images.npy"
    columns = _profiles(table, recipe, tell)
    recipe = recipe.model_copy(update={"split": own_split(recipe.split, columns)})
    chosen = [column["name"] for column in targets.choose(columns, recipe.targets)]
    columns = roles.assign(columns, chosen, recipe, images.exists())
    return Plan(
        table=table,
        images=images if images.exists() else None,
        columns=columns,
        targets=chosen,
        split=recipe.split,
        **_answers(pl.scan_ipc(table), columns, chosen, recipe),
    )


def _profiles(table: Path, recipe: Recipe, tell: Callable[[float], None]) -> list[Column]:
    roles.refuse_unknown(pl.scan_ipc(table).collect_schema().names(), recipe)
    return profile(table, {name: one.kind for name, one in recipe.columns.items() if one.kind}, tell)


def _answers(scan: pl.LazyFrame, columns: list[Column], names: list[str], recipe: Recipe) -> dict[str, Any]:
    """The task, the inputs, the rows that have what they need, and their labels."""
    named = {column["name"]: column for column in columns}
    chosen, inputs = [named[name] for name in names], _inputs(columns, recipe)
    cells = [values.clean(column) for column in columns_of(scan, names)]
    task = targets.task_of(chosen, cells, recipe.task)
    labelled = _labelled(chosen, cells)
    used = labelled & _complete(scan, inputs)
    refuse_few(int(used.sum()), len(used))
    found = _labels(chosen, [column.filter(pl.Series(used)) for column in cells], task)
    return {
        "task": task,
        "inputs": inputs,
        "n_rows": len(used),
        "rows": np.flatnonzero(used),
        "labels": found,
        "unlabelled": int((~labelled).sum()),
    }


def _labels(chosen: list[Column], cells: list[pl.Series], task: Task) -> labels.Labels:
    """The labels; one target's profile gets the classes and how many rows each has."""
    found = labels.encode(chosen, cells, task)
    if task == Task.REGRESSION:
        return found
    if len(found.classes) < 2:
        targets.refuse_one_class(chosen[0]["name"], found.classes)
    if len(chosen) == 1:
        chosen[0]["levels"] = [list(pair) for pair in zip(found.classes, found.counts, strict=True)]
    return found


def own_split(split: SplitRecipe, columns: Sequence[Column]) -> SplitRecipe:
    """The split that the file itself asks for by a column `split`, unless a person decided otherwise."""
    keeps = split.kind == "random" and split.keep_parts
    if keeps and any(roles.names_parts(column) for column in columns):
        return split.model_copy(update={"kind": "column", "column": roles.SPLIT_COLUMN})
    return split


def _inputs(columns: Sequence[Column], recipe: Recipe) -> list[Input]:
    used = [column for column in columns if column["role"] == "feature"]
    n_categories = sum(column["holds"] == Kind.CATEGORY for column in used)
    room = max(2, MAX_ENCODED // max(1, n_categories))
    return [Input.of(column, recipe, room) for column in used]


def _labelled(columns: Sequence[Column], cells: Sequence[pl.Series]) -> npt.NDArray[np.bool_]:
    """The rows (m,) with a value in every target column."""
    missing = [values.missing(one, column["holds"]) for column, one in zip(columns, cells, strict=True)]
    return ~np.any(missing, axis=0)


def _complete(scan: pl.LazyFrame, inputs: Sequence[Input]) -> npt.NDArray[np.bool_]:
    """The rows (m,) with a value in every column of which rows without one are to be left out."""
    complete = np.ones(count_rows(scan), bool)
    dropping = [one for one in inputs if one.is_dropping]
    for one, column in zip(dropping, columns_of(scan, [one.name for one in dropping]), strict=True):
        complete &= ~values.missing(column, one.holds)
    return complete


def refuse_few(n_left: int, n_rows: int) -> None:
    """Raise Refusal when too few rows are left to train, tune and judge."""
    if n_left < 3:
        left = {0: "No row is left", 1: "Only 1 row is left"}.get(n_left, f"Only {n_left} rows are left")
        raise Refusal(
            f"{left} of {n_rows:,} when those with missing values are left out.",
            "Let another value stand in for missing ones, leave out the columns that lack most, or add rows.",
            field="columns",
        )
