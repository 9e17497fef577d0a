"""A typed table becomes the matrix of inputs and the vector of labels that training reads.

Which columns and levels exist is settled here, for all rows alike. Everything that is estimated from the
data (means, deviations, what stands in for a missing number) is left to each run's training part.
"""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from webapp.datasets import targets
from webapp.datasets.profile import columns_of, level_counts
from webapp.datasets.recipe import Task
from webapp.datasets.refusal import Refusal

Column = dict[str, Any]
MAX_LEVELS = 50
MAX_ENCODED = 20_000
MIN_LEVEL_ROWS = 2
BATCH_CELLS = 1 << 22
MAX_NOTES = 12
IDENTIFIERS = {"id", "index", "idx", "row", "no", "nr", "number", "rownames", "uuid", "guid", "key"}


class Encoded(NamedTuple):
    """What was written: `columns` are the profiles with each column's role and width."""

    columns: list[Column]
    task: str
    classes: list[str]
    n_rows: int
    n_features: int
    notes: list[str]


def encode(table: Path, columns: list[Column], target: Column, folder: Path) -> Encoded:
    """Write features.npy, float32 (m, n), and labels.npy, (m,), into `folder`; m are the rows with a label.

    Labels are int64 class numbers, or float64 for a regression. NaN is a missing number.
    Raises Refusal when no column is left to learn from, or when the disk is too full.
    """
    task = targets.task_of(target)
    columns = with_roles(columns, target["name"])
    rows = pl.scan_ipc(table).filter(pl.col(target["name"]).is_not_null())
    _choose_levels(rows, columns)
    inputs = [column for column in columns if column["role"] == "feature"]
    n_features = sum(column["width"] for column in inputs)
    _refuse_full_disk(folder, target["present"] * n_features * 4)
    classes = _write_labels(rows, columns, target, task, folder)
    _write_features(rows, inputs, (target["present"], n_features), folder / "features.npy")
    return Encoded(columns, task, classes, target["present"], n_features, _notes(columns, target))


def with_roles(columns: list[Column], target: str) -> list[Column]:
    """The columns, each with its role: target, feature or dropped. Raises Refusal when none is a feature."""
    result = [_with_role(column, target) for column in columns]
    if not any(column["role"] == "feature" for column in result):
        raise Refusal(
            f"No column is left to predict “{target}” from.",
            "Identifiers and nearly unique texts cannot be learnt from: add columns that describe each row, "
            "or choose another target.",
            field="target",
            column=target,
        )
    return result


def _with_role(column: Column, target: str) -> Column:
    """The column with its role: the target, a feature, or dropped with the reason."""
    role, why = "feature", ""
    if column["name"] == target:
        role = "target"
    elif column["kind"] == "empty":
        role, why = "dropped", "it has no values"
    elif _is_identifier(column):
        role, why = "dropped", "it numbers the rows or names them, so it says nothing about new ones"
    elif column["kind"] == "category" and _is_nearly_unique(column):
        role, why = "dropped", "nearly every row has a text of its own"
    return column | {"role": role, "why": why, "width": 0, "offset": 0.0, "kept": []}


def _is_identifier(column: Column) -> bool:
    name = column["name"].lower()
    named = name in IDENTIFIERS or name.endswith(("_id", " id")) or name.startswith(("unnamed", "column_1"))
    unique = column["distinct"] == column["present"] and column["missing"] == 0
    if column["kind"] == "category":
        return named and unique
    is_name = name in IDENTIFIERS or name.endswith(("_id", " id"))
    return bool(unique and column["integers"] and (is_name or (named and column["is_counter"])))


def _is_nearly_unique(column: Column) -> bool:
    return column["distinct"] > 20 and column["distinct"] > column["present"] / 2


def _choose_levels(rows: pl.LazyFrame, columns: list[Column]) -> None:
    """Settle the inputs each feature becomes: one for a number, one per kept level for a category."""
    features = [column for column in columns if column["role"] == "feature"]
    n_categories = sum(column["kind"] == "category" for column in features)
    at_most = max(2, min(MAX_LEVELS, MAX_ENCODED // max(1, n_categories)))
    names = [column["name"] for column in features]
    for column, values in zip(features, columns_of(rows, names), strict=True):
        if column["kind"] == "category":
            column |= kept_levels(values, at_most)
            column["width"] = len(column["kept"]) + column["has_other"] + column["has_missing"]
        else:
            column["offset"], column["width"] = _offset(values), 1


def kept_levels(values: pl.Series, at_most: int) -> dict[str, Any]:
    """The levels with an input of their own, and whether rare and missing cells get one each too.

    The most frequent are kept; one met in a single row, or beyond `at_most`, is merged into "other".
    """
    counts = level_counts(values.drop_nulls())
    often = [level for level, count in counts if count >= MIN_LEVEL_ROWS]
    has_other = not len(often) == len(counts) <= at_most
    kept = sorted(often[: at_most - 1] if has_other else often)
    return {"kept": kept, "has_other": has_other, "has_missing": values.null_count() > 0}


def _offset(values: pl.Series) -> float:
    """What to subtract before rounding to float32: 0, unless the column's differences would be lost.

    Times in seconds since 1970 differ by less than float32 can hold; any number among them serves.
    """
    numbers = values.drop_nulls().to_numpy()
    if not len(numbers):
        return 0.0
    grain = float(np.abs(numbers).max()) * float(np.finfo(np.float32).eps)
    return float(numbers[0]) if grain > 1e-3 * float(numbers.std()) > 0 else 0.0


def _write_labels(
    rows: pl.LazyFrame, columns: list[Column], target: Column, task: str, folder: Path
) -> list[str]:
    labels = rows.select(target["name"]).collect()[target["name"]]
    if task == Task.REGRESSION:
        np.save(folder / "labels.npy", labels.to_numpy().astype(np.float64))
        return []
    names = sorted(labels.unique().to_list())
    codes = np.searchsorted(np.array(names), labels.to_numpy())
    np.save(folder / "labels.npy", codes.astype(np.int64))
    classes = [class_name(name) for name in names]
    counts = np.bincount(codes, minlength=len(names)).tolist()
    own = next(column for column in columns if column["role"] == "target")
    own["levels"] = [list(pair) for pair in zip(classes, counts, strict=True)]
    return classes


def class_name(value: float | str) -> str:
    """A class as people write it: 3, not 3.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _write_features(rows: pl.LazyFrame, inputs: list[Column], shape: tuple[int, int], path: Path) -> None:
    """Fill the matrix a batch of rows at a time."""
    matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    table = rows.select([column["name"] for column in inputs])
    step = max(1, BATCH_CELLS // max(shape[1], 1))
    for start in range(0, shape[0], step):
        batch = table.slice(start, step).collect(engine="streaming")
        block = matrix[start : start + len(batch)]
        left = 0
        for column in inputs:
            _fill(block[:, left : left + column["width"]], batch[column["name"]], column)
            left += column["width"]
    matrix.flush()


def _fill(block: np.ndarray, values: pl.Series, column: Column) -> None:
    """Write one column's inputs into `block` (rows, width), which begins as zeros."""
    if column["kind"] == "numeric":
        block[:, 0] = values.cast(pl.Float64).to_numpy() - column["offset"]
        return
    code_of = {level: code for code, level in enumerate(column["kept"])}
    codes = values.replace_strict(code_of, default=len(code_of), return_dtype=pl.UInt32).to_numpy().copy()
    codes[values.is_null().to_numpy()] = column["width"] - 1
    block[np.arange(len(block)), codes] = 1


def feature_names(columns: list[Column]) -> list[str]:
    """The names of the inputs, in the order of the matrix: age, city=Bonn, city=other, city=missing."""
    names: list[str] = []
    for column in columns:
        if column["role"] == "feature" and column["kind"] == "numeric":
            names.append(column["name"])
        elif column["role"] == "feature":
            levels = column["kept"] + ["other"] * column["has_other"] + ["missing"] * column["has_missing"]
            names += [f"{column['name']}={level}" for level in levels]
    return names


def _notes(columns: list[Column], target: Column) -> list[str]:
    """What was dropped or merged, in words."""
    notes = [f"Column “{c['name']}” is not used: {c['why']}." for c in columns if c["role"] == "dropped"]
    if target["missing"]:
        rows = "1 row" if target["missing"] == 1 else f"{target['missing']:,} rows"
        notes.append(f"Left out {rows} without a value in the target column “{target['name']}”.")
    for column in columns:
        if column.get("has_other"):
            merged = column["distinct"] - len(column["kept"])
            notes.append(f"Column “{column['name']}”: {merged:,} rare levels count as “other”.")
    return notes if len(notes) <= MAX_NOTES else [*notes[:MAX_NOTES], f"And {len(notes) - MAX_NOTES} more."]


def _refuse_full_disk(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > 0.9 * free:
        raise Refusal(
            f"The arrays need {needed / 2**30:.1f} GB, but only {free / 2**30:.1f} GB of disk are free.",
            "Delete datasets you no longer need, or upload fewer rows or columns.",
        )
