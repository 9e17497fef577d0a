"""The charts of the part Explore: one entry for each, in the order the page shows them."""

from typing import Any, NamedTuple

from webapp.charts.class_balance import class_balance
from webapp.charts.payload import payload
from webapp.datasets import presentation
from webapp.datasets.models import Version

MAX_BARS = 50


class Shown(NamedTuple):
    """A figure on the page. `key` names its element; `note` says in a sentence how to read it."""

    key: str
    title: str
    note: str
    figure: dict[str, Any]


def figures_of(version: Version) -> list[Shown]:
    """The charts of a version that is ready."""
    found = [balance_of(version)]
    return [figure for figure in found if figure is not None]


def balance_of(version: Version) -> Shown | None:
    """How many examples each class has; None for a target without classes."""
    classes, counts = presentation.balance(version)
    if not classes:
        return None
    hidden = len(classes) - MAX_BARS
    note = f"The {MAX_BARS} first classes; {hidden:,} more are not shown." if hidden > 0 else ""
    return Shown(
        "balance", "Class balance", note, payload(class_balance(classes[:MAX_BARS], counts[:MAX_BARS]))
    )
