"""What was left out, converted and merged on the way to a version, in sentences."""

from collections.abc import Sequence
from typing import Any

from webapp.datasets.columns.dates import IN_WORDS
from webapp.datasets.making.planning import Plan
from webapp.datasets.making.roles import LEFT_OUT
from webapp.datasets.recipe import Kind, Task

Column = dict[str, Any]
MAX_NOTES = 20
TAKEN_FOR = {
    Kind.NUMERIC: "numbers",
    Kind.INTEGER: "whole numbers",
    Kind.BOOLEAN: "yes or no",
    Kind.CATEGORY: "categories",
    Kind.DATE: "dates",
    Kind.TEXT: "texts",
    Kind.IDENTIFIER: "identifiers",
    Kind.CONSTANT: "constant",
    Kind.EMPTY: "empty",
}


def of_plan(plan: Plan) -> list[str]:
    """What a plan leaves out and how it takes the columns it uses."""
    notes = [] if plan.images else [note for column in plan.columns for note in of_column(column)]
    if plan.unlabelled:
        notes.append(f"Left out {rows(plan.unlabelled)} without a value in {_target_columns(plan.targets)}.")
    if plan.incomplete:
        notes.append(f"Left out {rows(plan.incomplete)} without a value in a column that is used.")
    if plan.task == Task.MULTILABEL and len(plan.targets) == 1:
        notes.append(f"Column “{plan.targets[0]}” holds lists of {len(plan.labels.classes)} labels.")
    return notes


def of_column(column: Column) -> list[str]:
    """Why it is not used, or what its values are taken for where that is not plain."""
    name = column["name"]
    if column["role"] == "dropped":
        return [] if column["why"] == LEFT_OUT else [f"Column “{name}” is not used: {column['why']}."]
    if column["role"] == "split":
        return [f"Column “{name}” is not an input: {column['why']}."]
    if column["kind"] != column["detected"]:
        return [f"Column “{name}” is taken for {TAKEN_FOR[Kind(column['kind'])]}, as you chose."]
    if column["holds"] == Kind.DATE and column["ambiguous"]:
        written = IN_WORDS[column["order"]]
        return [f"Column “{name}”: dates are read as {written}, but another order would fit, too."]
    return []


def _target_columns(names: Sequence[str]) -> str:
    listed = ", ".join(f"“{name}”" for name in names[:3]) + (", …" if len(names) > 3 else "")
    return f"the target {'column' if len(names) == 1 else 'columns'} {listed}"


def rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def shortened(notes: list[str]) -> list[str]:
    """At most `MAX_NOTES`, and how many more there would be."""
    return notes if len(notes) <= MAX_NOTES else [*notes[:MAX_NOTES], f"And {len(notes) - MAX_NOTES} more."]
