"""Splitting a dataset into training, dev and test parts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field, model_validator

from .choices import Choice

Ints = npt.NDArray[np.intp]


class Split(Choice):
    """Which share of the data is kept aside from training. The rest is the training part."""

    model_config = ConfigDict(title="Split")
    dev: float = Field(
        0.2,
        gt=0,
        lt=0.95,
        title="Dev share",
        description="Share for choosing between models. 0.2 for small data, 0.01 is enough for millions.",
    )
    test: float = Field(
        0.2,
        ge=0,
        lt=0.95,
        title="Test share",
        description="Share kept for the final, unbiased judgement. 0 when you need no such judgement.",
    )

    @model_validator(mode="after")
    def _leaves_something_to_train_on(self) -> Split:
        if self.dev + self.test >= 0.95:
            raise ValueError(
                f"Dev and test take {self.dev + self.test:.0%} of the data together; lower one so that "
                "more than 5% is left to train on."
            )
        return self


class Sizes(NamedTuple):
    """Number of rows in each part."""

    train: int
    dev: int
    test: int


class Indices(NamedTuple):
    """Row numbers of each part, shuffled; together they are every row once."""

    train: Ints
    dev: Ints
    test: Ints


def split_indices(m: int, split: Split, seed: int, labels: npt.NDArray[Any] | None = None) -> Indices:
    """Split ``m`` rows at random by the shares of ``split``.

    With ``labels`` (m,), classes keep their proportions in every part (stratified). The sizes are those of
    ``split_sizes``.

    Raises ValueError when there are fewer rows than parts or when ``labels`` has another length.
    """
    n_train, n_dev, _ = split_sizes(m, split)
    order = np.random.default_rng(seed).permutation(m)
    if labels is not None:
        if np.shape(labels) != (m,):
            raise ValueError(f"labels has shape {np.shape(labels)}, but there are {m} rows: expected ({m},).")
        order = _interleave(order, np.asarray(labels))
    train, dev, test = np.split(order, [n_train, n_train + n_dev])
    if labels is None:
        return Indices(train, dev, test)
    # The interleaved order is sorted by rank within the class; shuffle each part again.
    rng = np.random.default_rng([seed, 1])
    return Indices(rng.permutation(train), rng.permutation(dev), rng.permutation(test))


def split_sizes(m: int, split: Split) -> Sizes:
    """Rows in each part of ``m``: round(m * share), except that dev gets at least one row, test too when its
    share is above zero, and train at least one.

    Raises ValueError when there are fewer rows than parts.
    """
    needed = 3 if split.test > 0 else 2
    if m < needed:
        raise ValueError(
            f"{m} rows cannot be split into {needed} parts: at least {needed} rows are needed "
            "(train, dev and test each take one). Add data."
        )
    n_dev = max(1, round(m * split.dev))
    n_test = min(max(1, round(m * split.test)), m - 2) if split.test > 0 else 0
    n_dev = min(n_dev, m - n_test - 1)
    return Sizes(m - n_dev - n_test, n_dev, n_test)


def _interleave(order: Ints, labels: npt.NDArray[Any]) -> Ints:
    """Reorder so that any prefix holds the classes in their proportions, to within one row each.

    Row r (from 0) of a class of size c gets the position r / c; sorting by it deals the classes out
    evenly, the first of each class before all others, so that training sees even the rarest.
    """
    _, codes, counts = np.unique(labels[order], return_inverse=True, return_counts=True)
    by_class = np.argsort(codes, kind="stable")
    starts = np.cumsum(counts) - counts
    rank = np.empty(len(order), dtype=np.intp)
    rank[by_class] = np.arange(len(order)) - np.repeat(starts, counts)
    return order[np.argsort(rank / counts[codes], kind="stable")]
