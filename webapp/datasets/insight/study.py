"""A version of a dataset is looked at as a whole: one pass, bounded memory, the same result for one seed."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.features import class_name
from webapp.datasets.insight.association import (
    Target,
    binned,
    binned_strength,
    class_target,
    number_target,
    strength,
)
from webapp.datasets.insight.correlations import correlations
from webapp.datasets.insight.distributions import distribution, levels
from webapp.datasets.insight.duplicates import duplicates
from webapp.datasets.insight.facts import Facts
from webapp.datasets.insight.findings import findings
from webapp.datasets.insight.missing import missing
from webapp.datasets.insight.projection import projection
from webapp.datasets.insight.results import Distribution, Insight, Levels, Strength
from webapp.datasets.insight.sample import is_numeric, numbers, sample, scanned, tidy
from webapp.datasets.recipe import Task

Column = dict[str, Any]
STRENGTHS = 200
DRAWN = 60


def study(
    table: pl.LazyFrame | Path,
    columns: Sequence[Column],
    features: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    parts: tuple[int, int, int],
    task: str,
    classes: Sequence[str],
    *,
    seed: int = 0,
) -> Insight:
    """What a person wants to know of a version before training on it.

    `columns` have a `name` and a `role` (target, feature or another). `features` (m, ...) and `labels` (m,)
    or (m, labels) are in the order train, dev, test with `parts` rows each; memory maps are read piece by
    piece. The table's columns are judged by a sample of its rows with a target; correlations, the projection
    and all that follows from them likewise. Counts of missing cells and of repeated rows are those of all.
    """
    whole = scanned(table)
    known = set(whole.collect_schema().names())
    roles = {column["name"]: column["role"] for column in columns if column["name"] in known}
    target_names = [name for name, role in roles.items() if role == "target"]
    labelled = whole.select(list(roles)).filter(pl.all_horizontal(pl.col(target_names).is_not_null()))
    n_rows = labelled.select(pl.len()).collect(engine="streaming").item()
    rows = sample(labelled, n_rows, seed)
    facts = _facts(labelled, rows, n_rows, roles, features, labels, parts, task, list(classes), seed)
    return _insight(facts, roles, features, labels, seed)


def _facts(
    table: pl.LazyFrame,
    rows: pl.DataFrame,
    n_rows: int,
    roles: dict[str, str],
    features: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    parts: tuple[int, int, int],
    task: str,
    classes: list[str],
    seed: int,
) -> Facts:
    inputs = [name for name, role in roles.items() if role == "feature"]
    targets = {
        name: target_of(rows[name], task, classes, seed) for name, role in roles.items() if role == "target"
    }
    strengths = _strengths_for(rows, inputs, targets)
    best = sorted(range(len(inputs)), key=lambda i: -max(told[i] for told in strengths.values()))
    return Facts(
        table=rows,
        inputs=inputs,
        targets=targets,
        strengths=strengths,
        n_rows=n_rows,
        n_features=int(np.prod(features.shape[1:])),
        parts=parts,
        task=task,
        classes=classes,
        balance=balance(labels, parts, task, len(classes)),
        missing=missing(table, rows, [name for name, role in roles.items() if role != "target"], n_rows),
        correlations=correlations(rows, [inputs[i] for i in best if is_numeric(rows[inputs[i]])]),
        duplicates=duplicates(features, labels, parts),
    )


def _strengths_for(
    rows: pl.DataFrame, inputs: list[str], targets: dict[str, Target]
) -> dict[str, list[float]]:
    """For each target the strengths of the `inputs`, in their order."""
    told: dict[str, list[float]] = {name: [] for name in targets}
    for column in inputs:
        codes, n_bins = binned(rows[column])
        for name, target in targets.items():
            told[name].append(binned_strength(codes, n_bins, target))
    return told


def target_of(values: pl.Series, task: str, classes: Sequence[str], seed: int) -> Target:
    """The answers of a column without missing values, as the task understands them."""
    if task == Task.REGRESSION:
        array = numbers(values)
        return number_target(np.nan_to_num(array, nan=float(np.nanmean(array))), seed)
    distinct = values.unique().sort()
    code_of = {value: code for code, value in enumerate(distinct)}
    codes = values.replace_strict(code_of, return_dtype=pl.Int64).to_numpy().astype(np.intp)
    return class_target(codes, seed, [class_name(value) for value in distinct])


def balance(
    labels: npt.NDArray[Any], parts: tuple[int, int, int], task: str, n_classes: int
) -> list[list[int]]:
    """Rows of each class, or with each of many labels, in train, dev and test; [] for a regression."""
    if task == Task.REGRESSION:
        return []
    edges = np.cumsum([0, *parts])
    pieces = [labels[start:stop] for start, stop in pairwise(edges)]
    if task == Task.MULTILABEL:
        return [np.asarray(piece).sum(axis=0).astype(int).tolist() for piece in pieces]
    return [np.bincount(np.asarray(piece, np.intp), minlength=n_classes).tolist() for piece in pieces]


def _insight(
    facts: Facts, roles: dict[str, str], features: npt.NDArray[Any], labels: npt.NDArray[Any], seed: int
) -> Insight:
    strengths = _strengths(facts, roles)
    first = next(iter(facts.targets.values()))
    drawn = [*facts.targets, *(s.column for s in strengths if s.role == "feature")][:DRAWN]
    train = facts.parts[0]
    flat = features.reshape(len(features), -1)[:train]
    return Insight(
        rows=facts.n_rows,
        sampled=len(facts.table),
        task=facts.task,
        classes=facts.classes,
        balance=facts.balance,
        strengths=strengths[:STRENGTHS],
        strengths_hidden=max(0, len(strengths) - STRENGTHS),
        correlations=facts.correlations,
        projection=projection(flat, _one_value(labels[:train]), seed),
        missing=facts.missing,
        distributions=_distributions(facts, drawn, first, seed),
        levels=_levels(facts, drawn),
        findings=findings(facts),
    )


def _one_value(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Of many labels the first that a row has, counted from 0; the number of labels when it has none."""
    if labels.ndim == 1:
        return labels
    return np.where(labels.any(axis=1), labels.argmax(axis=1), labels.shape[1])


def _strengths(facts: Facts, roles: dict[str, str]) -> list[Strength]:
    """Inputs and all other columns, the strongest first; of many labels the one that is told most counts."""
    told = {
        name: max(of_target[i] for of_target in facts.strengths.values())
        for i, name in enumerate(facts.inputs)
    }
    others = [name for name, role in roles.items() if role not in ("target", "feature")]
    told |= {
        name: max(strength(facts.table[name], target) for target in facts.targets.values()) for name in others
    }
    found = [Strength(column=name, role=roles[name], strength=tidy(share, 4)) for name, share in told.items()]
    return sorted(found, key=lambda one: -one.strength)


def _distributions(facts: Facts, names: list[str], target: Target, seed: int) -> list[Distribution]:
    found = (distribution(facts.table[n], target, seed) for n in names if is_numeric(facts.table[n]))
    return [one for one in found if one]


def _levels(facts: Facts, names: list[str]) -> list[Levels]:
    texts = (facts.table[name] for name in names if not is_numeric(facts.table[name]))
    return [levels(values) for values in texts if values.null_count() < len(values)]
