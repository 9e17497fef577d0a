"""Which columns are to be predicted, and as what: yes or no, a class, several labels, or a number."""

from collections.abc import Sequence
from typing import Any, NoReturn

import polars as pl

from webapp.datasets.columns import values
from webapp.datasets.columns.dates import SAMPLE, spread
from webapp.datasets.making.roles import names_parts
from webapp.datasets.recipe import Kind, Task
from webapp.datasets.refusal import Refusal

Column = dict[str, Any]
USUAL_NAMES = (
    "target", "label", "labels", "class", "species", "diagnosis", "outcome", "y", "variety", "category",
    "result", "response", "survived",
)  # fmt: skip
MAX_CLASSES = 1000
FEW_VALUES = 20
SEPARATORS = (";", "|")
SEPARATED_SHARE = 0.1  # of the rows, at least, have several labels when a column is taken for such by itself
CHOOSE = "Choose another target column."


def choose(columns: Sequence[Column], wanted: Sequence[str]) -> list[Column]:
    """The columns called `wanted`, else the one that looks like a target, else the last with values.

    Raises Refusal, at the field target, when one of them cannot be predicted.
    """
    named = {column["name"]: column for column in columns}
    refuse_unknown(list(named), wanted)
    chosen = [named[name] for name in wanted] or [detect(columns)]
    for column in chosen:
        check(column)
    return chosen


def refuse_unknown(names: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise Refusal when a wanted column is not there, or is wanted twice."""
    for at, name in enumerate(wanted):
        if name not in names:
            known = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
            raise Refusal(f"There is no column “{name}”.", f"The columns are: {known}.", field="target")
        if name in wanted[:at]:
            raise Refusal(f"Column “{name}” is a target twice.", "Name it once.", field="target", column=name)


def detect(columns: Sequence[Column]) -> Column:
    """The column with a usual name for a target, else the last one that has values and says no part."""
    by_name = {column["name"].lower(): column for column in reversed(columns)}
    usual = next((by_name[name] for name in USUAL_NAMES if name in by_name), None)
    rest = [column for column in columns if column["present"] and not names_parts(column)]
    return usual or (rest or columns)[-1]


def check(column: Column) -> None:
    """Raise Refusal when nothing can be learnt about `column`."""
    name, present = column["name"], column["present"]
    if present < 3:
        held = "1 value" if present == 1 else f"{present} values"
        refuse(name, f"The target column “{name}” has {held}.", CHOOSE)
    if column["distinct"] == 1:
        refuse_one_class(name, [level for level, _ in column["levels"]])


def refuse_one_class(name: str, levels: Sequence[str]) -> NoReturn:
    """Raise Refusal: the rows that are used do not differ in the target."""
    only = f" (“{levels[0]}”): one class only." if levels else "."
    message = f"The target column “{name}” has the same value in every row{only}"
    refuse(name, message, f"There is nothing to tell apart. {CHOOSE}")


def task_of(columns: Sequence[Column], series: Sequence[pl.Series], wanted: Task | None) -> Task:
    """The task of target columns with the values `series`: what a person `wanted`, or what they suggest.

    Raises Refusal, at the field target or task, when the values do not fit.
    """
    if len(columns) > 1:
        return _several(columns, wanted)
    (column,), (cells,) = columns, series
    task = wanted or _suggested(column, cells)
    FITS[task](column, cells)
    return task


def _suggested(column: Column, cells: pl.Series) -> Task:
    """Two values: binary. Lists of labels: several. Texts, or a few whole numbers that repeat: classes. Else
    a number."""
    distinct, present = column["distinct"], column["present"]
    if distinct == 2:
        return Task.BINARY
    if _lists_labels(column, cells):
        return Task.MULTILABEL
    is_class = column["integers"] and distinct <= FEW_VALUES and distinct <= present / 2
    is_number = column["holds"] in (Kind.NUMERIC, Kind.INTEGER)
    return Task.REGRESSION if is_number and not is_class else Task.MULTICLASS


def separator_of(cells: pl.Series) -> str | None:
    """What stands between the labels of a cell, if any cell holds several."""
    if cells.dtype != pl.String:
        return None
    found = {mark: cells.str.contains(mark, literal=True).any() for mark in SEPARATORS}
    return next((mark for mark in SEPARATORS if found[mark]), None)


def labels_in(cells: pl.Series, separator: str | None) -> pl.Series:
    """The list of labels in each cell, without blanks around them; empty ones are none."""
    lists = cells.str.split(separator or SEPARATORS[0])
    return lists.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))


def _lists_labels(column: Column, cells: pl.Series) -> bool:
    """Whether cells hold lists of labels: many of them several, and every label again and again."""
    separator = separator_of(cells) if column["holds"] == Kind.CATEGORY else None
    if separator is None:
        return False
    few = spread(cells.drop_nulls(), 20 * SAMPLE)
    lists = labels_in(few, separator)
    labels = lists.explode(empty_as_null=True).drop_nulls()
    several = (lists.list.len() > 1).sum()
    return several >= SEPARATED_SHARE * len(few) and labels.n_unique() <= min(MAX_CLASSES, len(labels) / 3)


def _several(columns: Sequence[Column], wanted: Task | None) -> Task:
    if wanted not in (None, Task.MULTILABEL):
        raise Refusal(
            f"{len(columns)} target columns make a multi-label task, not {wanted}.",
            "Choose one target column, or leave the task open.",
            field="task",
        )
    for column in columns:
        is_01 = column["integers"] and column["min"] >= 0 and column["max"] <= 1
        if column["holds"] != Kind.BOOLEAN and not is_01:
            refuse(
                column["name"],
                f"The target column “{column['name']}” holds other values than 0 and 1 or yes and no.",
                "Several targets are labels that a row has or has not: choose such columns, or one target.",
            )
    return Task.MULTILABEL


def _fits_binary(column: Column, _cells: pl.Series) -> None:
    if column["distinct"] != 2:
        refuse(
            column["name"],
            f"The target column “{column['name']}” has {column['distinct']:,} different values, not 2.",
            "Choose the multi-class task, or another target.",
            field="task",
        )


def _fits_classes(column: Column, _cells: pl.Series) -> None:
    distinct, present = column["distinct"], column["present"]
    if _is_no_class(distinct, present):
        held = "texts" if column["holds"] == Kind.CATEGORY else "values"
        refuse(
            column["name"],
            f"The target column “{column['name']}” holds {distinct:,} different {held} in {present:,} rows.",
            f"That is a name or a free text, not a class. {CHOOSE}"
            if held == "texts"
            else "Hardly any comes often enough to be a class: choose regression, or another target.",
        )


def _is_no_class(distinct: int, present: int) -> bool:
    if distinct == present:
        return distinct > 2
    return distinct > MAX_CLASSES or (distinct > FEW_VALUES and distinct > present / 2)


def _fits_labels(column: Column, cells: pl.Series) -> None:
    separator = separator_of(cells)
    if separator is None:
        refuse(
            column["name"],
            f"No cell of the target column “{column['name']}” holds several labels.",
            "Write them with ; or | between, or choose several columns of 0 and 1 as targets.",
            field="task",
        )
    count = labels_in(cells.drop_nulls(), separator).explode(empty_as_null=True).drop_nulls().n_unique()
    if not 2 <= count <= MAX_CLASSES:
        refuse(
            column["name"],
            f"The target column “{column['name']}” holds {count:,} different labels.",
            f"From 2 to {MAX_CLASSES:,} can be learnt: choose another task or target.",
            field="task",
        )


def _fits_number(column: Column, _cells: pl.Series) -> None:
    if column["holds"] not in (Kind.NUMERIC, Kind.INTEGER):
        example = f" such as “{values.short(column['levels'][0][0])}”" if column["levels"] else ""
        refuse(
            column["name"],
            f"The target column “{column['name']}” holds values{example} that are no numbers.",
            "Choose a task with classes, or another target.",
            field="task",
        )


FITS = {
    Task.BINARY: _fits_binary,
    Task.MULTICLASS: _fits_classes,
    Task.MULTILABEL: _fits_labels,
    Task.REGRESSION: _fits_number,
}


def refuse(name: str, message: str, advice: str, field: str = "target") -> NoReturn:
    """Raise Refusal about a target column."""
    raise Refusal(message, advice, field=field, column=name)
