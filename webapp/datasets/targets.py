"""Which column is to be predicted, and as what: yes or no, one of several classes, or a number."""

from typing import Any

from webapp.datasets.recipe import Task
from webapp.datasets.refusal import Refusal

Column = dict[str, Any]
USUAL_NAMES = (
    "target", "label", "labels", "class", "species", "diagnosis", "outcome", "y", "variety", "category",
    "result", "response", "survived",
)  # fmt: skip
MAX_CLASSES = 1000
FEW_VALUES = 20
CHOOSE = "Choose another target column."


def choose(columns: list[Column], wanted: str) -> Column:
    """The column called `wanted`, else the one that looks like a target, else the last with values.

    Raises Refusal, at the field target, when it cannot be predicted.
    """
    named = {column["name"]: column for column in columns}
    if wanted and wanted not in named:
        known = ", ".join(list(named)[:12]) + (", …" if len(named) > 12 else "")
        raise Refusal(f"There is no column “{wanted}”.", f"The columns are: {known}.", field="target")
    column = named[wanted] if wanted else detect(columns)
    check(column)
    return column


def detect(columns: list[Column]) -> Column:
    """The column with a usual name for a target, else the last one that has values."""
    by_name = {column["name"].lower(): column for column in reversed(columns)}
    usual = next((by_name[name] for name in USUAL_NAMES if name in by_name), None)
    return usual or next((column for column in reversed(columns) if column["present"]), columns[-1])


def check(column: Column) -> None:
    """Raise Refusal when nothing can be learnt about `column`."""
    name, distinct, present = column["name"], column["distinct"], column["present"]
    if present < 3:
        raise Refusal(
            f"The target column “{name}” has {present} values.", CHOOSE, field="target", column=name
        )
    if distinct == 1:
        raise Refusal(
            f"The target column “{name}” has the same value in every row"
            + (f" (“{column['levels'][0][0]}”): one class only." if column["levels"] else "."),
            f"There is nothing to tell apart. {CHOOSE}",
            field="target",
            column=name,
        )
    if column["kind"] == "category" and _is_no_class(distinct, present):
        raise Refusal(
            f"The target column “{name}” holds {distinct:,} different texts in {present:,} rows.",
            f"That is a name or a free text, not a class. {CHOOSE}",
            field="target",
            column=name,
        )


def _is_no_class(distinct: int, present: int) -> bool:
    if distinct == present:
        return distinct > 2
    return distinct > MAX_CLASSES or (distinct > FEW_VALUES and distinct > present / 2)


def task_of(column: Column) -> str:
    """Two values: binary. Texts, or a few whole numbers that repeat: classes. Anything else: a number."""
    distinct, present = column["distinct"], column["present"]
    if distinct == 2:
        return Task.BINARY
    is_class = column["integers"] and distinct <= FEW_VALUES and distinct <= present / 2
    return Task.MULTICLASS if column["kind"] == "category" or is_class else Task.REGRESSION
