"""What each column does in a version: it is a target, an input, says the split, or is left out."""

from collections.abc import Sequence
from typing import Any

from webapp.datasets.recipe import Kind, Recipe
from webapp.datasets.refusal import Refusal
from webapp.datasets.splitting.own_column import PART_OF

Column = dict[str, Any]
WHY = {
    Kind.EMPTY: "it has no values",
    Kind.CONSTANT: "it has the same value in every row",
    Kind.IDENTIFIER: "it numbers the rows or names them, so it says nothing about new ones",
    Kind.TEXT: "nearly every row has a text of its own",
}
LEFT_OUT = "you left it out"
OF_SPLIT = "it says how the rows are split"
OF_PARTS = "it says which part a row is of"
OF_IMAGES = "the pixels are the inputs"
SPLIT_COLUMN = "split"  # where a reading keeps the parts that the file itself names


def assign(
    columns: Sequence[Column], targets: Sequence[str], recipe: Recipe, has_images: bool = False
) -> list[Column]:
    """The columns, each with its role (target, feature, split or dropped) and why it is dropped.

    Raises Refusal when none is an input, or when the recipe speaks of a column that is not there.
    """
    refuse_unknown([column["name"] for column in columns], recipe)
    roles = [column | _role(column, targets, recipe, has_images) for column in columns]
    if not has_images and not any(column["role"] == "feature" for column in roles):
        _refuse_no_input(targets)
    return roles


def _role(column: Column, targets: Sequence[str], recipe: Recipe, has_images: bool) -> dict[str, Any]:
    name, kind = column["name"], Kind(column["kind"])
    use = recipe.column(name).use
    if name in targets:
        return _as("target")
    if name == recipe.split.column and (recipe.split.kind == "column" or not use):
        return _as("split", OF_SPLIT)
    if names_parts(column) and not use:
        return _as("dropped", OF_PARTS)
    if has_images:
        return _as("dropped", OF_IMAGES)
    if use is False:
        return _as("dropped", LEFT_OUT)
    if column["holds"] == Kind.EMPTY:
        return _as("dropped", WHY[Kind.EMPTY])
    if kind in WHY and not use:
        return _as("dropped", WHY[kind])
    return _as("feature")


def _as(role: str, why: str = "") -> dict[str, Any]:
    return {"role": role, "why": why, "width": 0}


def names_parts(column: Column) -> bool:
    """Whether this is the column in which a file says itself which rows train and which test."""
    levels = [str(level).casefold() for level, _ in column["levels"]]
    is_complete = levels and not column["missing"] and column["distinct"] == len(levels)
    return bool(column["name"] == SPLIT_COLUMN and is_complete and set(levels) <= PART_OF.keys())


def refuse_unknown(names: Sequence[str], recipe: Recipe) -> None:
    """Raise Refusal when the recipe speaks of a column that is not there."""
    known = set(names)
    for field, wanted in (("columns", list(recipe.columns)), ("split", [recipe.split.column])):
        for name in wanted:
            if name and name not in known:
                raise Refusal(
                    f"There is no column “{name}”.",
                    f"The columns are: {', '.join(names[:12])}{', …' * (len(names) > 12)}.",
                    field=field,
                    column=name,
                )


def _refuse_no_input(targets: Sequence[str]) -> None:
    name = ", ".join(targets)
    raise Refusal(
        f"No column is left to predict “{name}” from.",
        "Identifiers and nearly unique texts cannot be learnt from: add columns that describe each row, "
        "or choose another target.",
        field="target",
        column=targets[0],
    )
