"""Columns that tell what a network could not know: the answer itself, the row's number, whose row it is."""

import numpy as np
import polars as pl

from webapp.datasets.insight.facts import Facts, listed
from webapp.datasets.insight.leakage import Leak, leaks
from webapp.datasets.insight.results import Finding
from webapp.datasets.insight.sample import numbers

FEWEST_ROWS = 50
DENSE = 1.5  # numbers of rows leave few gaps
TELLING = 0.3
ID_ENDINGS = ("_id", " id", "-id")
ROWS_PER_GROUP = 2
FEWEST_GROUPS = 20


def leaks_of_the_target(facts: Facts) -> list[Finding]:
    """One finding a column, however many labels it gives away."""
    found: dict[str, Finding] = {}
    for name, target in facts.targets.items():
        strengths = facts.strengths[name]
        for leak in [*leaks(facts.table, facts.inputs, strengths, target), *_sorted_by(strengths, facts)]:
            found.setdefault(leak.column, _leak(leak, name, facts))
    return list(found.values())


def _sorted_by(strengths: list[float], facts: Facts) -> list[Leak]:
    """Numbers of rows that tell a good part of the target, which honest ones tell nothing of."""
    telling = [(name, told) for name, told in zip(facts.inputs, strengths, strict=True) if told >= TELLING]
    return [Leak(name, 1 - told, True) for name, told in telling if numbers_rows(facts.table[name], facts)]


def _leak(leak: Leak, target: str, facts: Facts) -> Finding:
    alone = (
        f"“{leak.column}” alone avoids {1 - leak.unexplained:.1%} of the mistakes in predicting “{target}”"
        if facts.targets[target].n_classes
        else f"“{leak.column}” alone explains {1 - leak.unexplained:.1%} of “{target}”"
    )
    values = facts.table[leak.column]
    if values.dtype.is_temporal() or numbers_rows(values, facts):
        return Finding(
            kind="leak",
            severity="high",
            what=f"{alone}, although it only says where or when a row stands.",
            why="Either the file is sorted by its target, or rows that follow each other are alike. With "
            "random "
            "parts a network looks up the neighbours; new rows have none.",
            fix="Leave the column out. If rows follow each other in time, split by time.",
            columns=[leak.column],
        )
    return Finding(
        kind="leak",
        severity="high" if leak.is_sure else "medium",
        what=f"{alone}; no other column comes near.",
        why="It may hold the answer, or follow from it. A network that leans on it looks excellent here and "
        "fails where the answer is not yet known.",
        fix="Leave the column out, unless its value is known before the answer is.",
        columns=[leak.column],
    )


def identifiers(facts: Facts) -> list[Finding]:
    """Inputs that number the rows."""
    found = [name for name in facts.inputs if numbers_rows(facts.table[name], facts)]
    if not found:
        return []
    return [
        Finding(
            kind="identifier",
            severity="medium",
            what=f"{listed(found)} {'numbers' if len(found) == 1 else 'number'} the rows.",
            why="A row's number says nothing about new rows, but a large network can learn the training rows "
            "by it: low training error, high dev error.",
            fix="Leave it out.",
            columns=found,
        )
    ]


def numbers_rows(values: pl.Series, facts: Facts) -> bool:
    """Whether whole numbers, each met once, cover their range as those of rows do."""
    if not values.dtype.is_numeric() or values.null_count() or len(values) < FEWEST_ROWS:
        return False
    array = numbers(values)
    if np.isnan(array).any() or len(np.unique(array)) < len(array) or (array != np.floor(array)).any():
        return False
    return bool(array.max() - array.min() < DENSE * facts.n_rows)


def groups(facts: Facts) -> list[Finding]:
    """Inputs that say whose row it is: several rows of one patient, customer, device."""
    found = [name for name in facts.inputs if _names_groups(name, facts)]
    if not found:
        return []
    return [
        Finding(
            kind="group",
            severity="medium",
            what=f"{listed(found)} {'names' if len(found) == 1 else 'name'} what several rows belong to.",
            why="With random parts the same one is in training and in dev: dev then rewards knowing it by "
            "heart, and promises too much for new ones.",
            fix=f"Split by the groups of “{found[0]}”, and leave it out of the inputs.",
            columns=found,
        )
    ]


def _names_groups(name: str, facts: Facts) -> bool:
    if not name.lower().endswith(ID_ENDINGS):
        return False
    seen = facts.profile(name)
    return FEWEST_GROUPS <= seen["distinct"] <= seen["present"] / ROWS_PER_GROUP
