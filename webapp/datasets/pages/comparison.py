"""How two recipes, and what came of them, differ, in words."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from webapp.datasets.models import Version
from webapp.datasets.recipe import Recipe

LABELS = {
    "reading": "Reading",
    "targets": "Target",
    "task": "Task",
    "missing": "Missing values",
    "indicator": "Missing indicator",
    "encoding": "Encoding",
    "rare": "Rare levels",
    "buckets": "Hash buckets",
    "kind": "Type",
    "use": "Use",
    "split": "Split",
    "split.kind": "How",
    "column": "Column",
    "dev": "Dev share",
    "test": "Test share",
    "keep_parts": "Parts of the file",
    "stratify": "Stratify",
    "seed": "Seed",
    "side": "Image side",
    "colour": "Colour",
    "inputs": "Inputs",
    "answers": "Answers",
    "sheet": "Sheet",
}
WORDS = {
    "one_hot": "one-hot",
    "drop": "drop the row",
    "binary": "yes or no",
    "multiclass": "one of several classes",
    "multilabel": "several labels",
    "regression": "a number",
    "group": "whole groups",
    "time": "by time",
    "random": "at random",
    "rgb": "colour",
}
UNSET = {"targets": "found by itself", "dev": "as recommended", "test": "as recommended"}
FACTS = {
    "n_rows": "Rows",
    "n_features": "Features",
    "n_outputs": "Outputs",
    "n_train": "Train rows",
    "n_dev": "Dev rows",
    "n_test": "Test rows",
    "task": "Task",
    "target": "Target",
}
MAX_NAMED = 6


class Difference(NamedTuple):
    """One thing that is not the same: what, and how it was before and is after."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.what}: {self.before} → {self.after}"


def label(name: str, of: str = "") -> str:
    """What people call a field of a recipe, or of its part `of`."""
    return LABELS.get(f"{of}.{name}") or LABELS.get(name) or name.replace("_", " ").capitalize()


def word(value: object) -> str:
    """One of a field's values as people say it."""
    return WORDS.get(str(value), str(value))


def of_recipes(before: Recipe, after: Recipe) -> list[Difference]:
    """What another recipe decides otherwise, the decisions about single columns last."""
    return [*_of_models(before, after), *_of_columns(before, after)]


def _of_models(before: BaseModel, after: BaseModel, of: str = "") -> Iterator[Difference]:
    for name in type(before).model_fields:
        old, new = getattr(before, name), getattr(after, name)
        if old == new or name == "columns":
            continue
        if isinstance(old, BaseModel):
            yield from _of_models(old, new, name)
        else:
            what = f"{label(of)}: {label(name, of).lower()}" if of else label(name)
            yield Difference(what, said(name, old), said(name, new))


def _of_columns(before: Recipe, after: Recipe) -> Iterator[Difference]:
    """Decisions about single columns; a default that changed is told once, not for each column."""
    usual = [recipe.model_copy(update={"columns": {}}).column("") for recipe in (before, after)]
    for name in dict.fromkeys([*before.columns, *after.columns]):
        old, new = before.column(name), after.column(name)
        for field in type(old).model_fields:
            a, b = getattr(old, field), getattr(new, field)
            if a != b and (a, b) != tuple(getattr(each, field) for each in usual):
                yield Difference(f"“{name}”: {label(field).lower()}", said(field, a), said(field, b))


def said(name: str, value: Any) -> str:
    """A decision in words."""
    if value is None or value == () or value == "":
        return UNSET.get(name, "none" if value == "" else "automatic")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    if name in ("dev", "test"):
        return f"{100 * value:.4g}%"
    return word(value)


def of_results(before: Version, after: Version) -> list[Difference]:
    """What came out otherwise: sizes, parts, classes, inputs, notes."""
    pairs = [(title, getattr(before, name), getattr(after, name)) for name, title in FACTS.items()]
    pairs.append(("Classes", before.classes, after.classes))
    for title, role in (("Inputs from columns", "feature"), ("Columns not used", "dropped")):
        pairs.append((title, _of_role(before, role), _of_role(after, role)))
    return [Difference(title, shown(old), shown(new)) for title, old, new in pairs if old != new]


def notes_apart(before: Version, after: Version) -> tuple[list[str], list[str]]:
    """The notes that only the one and only the other has."""
    only_before = [note for note in before.notes if note not in set(after.notes)]
    return only_before, [note for note in after.notes if note not in set(before.notes)]


def _of_role(version: Version, role: str) -> list[str]:
    return [column["name"] for column in version.columns if column.get("role") == role]


def shown(value: Any) -> str:
    """A number or some names, shortened."""
    if isinstance(value, list):
        named = ", ".join(str(each) for each in value[:MAX_NAMED])
        return f"{len(value):,} ({named}{', …' if len(value) > MAX_NAMED else ''})" if value else "none"
    return f"{value:,}" if isinstance(value, int) else word(value) or "–"
