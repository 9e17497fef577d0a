"""The values of the target columns become the labels that training reads."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.columns import values
from webapp.datasets.making import targets
from webapp.datasets.recipe import Kind, Task

Column = dict[str, Any]


class Labels(NamedTuple):
    """Class numbers int64 (m,), labels 0 or 1 float32 (m, L), or numbers float64 (m,); the classes' names."""

    values: npt.NDArray[Any]
    classes: list[str]

    @property
    def counts(self) -> list[int]:
        """How many rows each class or label has."""
        if self.values.ndim == 2:
            return self.values.sum(axis=0, dtype=np.int64).tolist()
        return np.bincount(self.values, minlength=len(self.classes)).tolist() if self.classes else []


def encode(columns: Sequence[Column], series: Sequence[pl.Series], task: Task) -> Labels:
    """The labels of rows that all have a value in every target. `columns` are the targets' profiles."""
    if task == Task.REGRESSION:
        return Labels(values.numbers(series[0]), [])
    if task == Task.MULTILABEL:
        return _listed(series[0]) if len(columns) == 1 else _side_by_side(columns, series)
    return _classes(columns[0], series[0])


def _classes(column: Column, cells: pl.Series) -> Labels:
    """Classes in the order of their names, or of the numbers they are."""
    if column["holds"] == Kind.BOOLEAN and cells.dtype == pl.String:
        cells = cells.str.to_lowercase()
    known = cells.unique().sort()
    codes = cells.replace_strict(known, range(len(known)), return_dtype=pl.Int64)
    return Labels(codes.to_numpy(), values.levels(known).to_list())


def _listed(cells: pl.Series) -> Labels:
    """The labels in the cells of one column."""
    lists = targets.labels_in(cells, targets.separator_of(cells))
    rows = pl.DataFrame({"row": np.arange(len(cells)), "label": lists}).explode("label").drop_nulls()
    names = rows["label"].unique().sort()
    found = np.zeros((len(cells), len(names)), np.float32)
    codes = rows["label"].replace_strict(names, range(len(names)), return_dtype=pl.Int64)
    found[rows["row"].to_numpy(), codes.to_numpy()] = 1
    return Labels(found, names.to_list())


def _side_by_side(columns: Sequence[Column], series: Sequence[pl.Series]) -> Labels:
    """A label for each column."""
    found = np.stack([values.truths(cells) for cells in series], axis=1).astype(np.float32)
    return Labels(found, [column["name"] for column in columns])
