"""What all heads have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..choices import Choice
from ..program import Array, Program

Encoder = Callable[[Array, Array], None]


class Judgement(NamedTuple):
    """Sums over examples, each (K,) in float64, so that chunks of a part can be added up."""

    cost: Array
    misses: Array


class Head(Choice):
    """The base of all heads.

    The hot loop hands a head ``scores`` (rows, m), whose first n rows are the logits, and ``targets`` of the
    same shape, made by the encoder; so the cost of most heads is one dot product of the two. A leading
    cohort axis K is there on ``scores`` when K > 1; the targets are shared.
    """

    def check_answers(self, name: str, y: Array, n_outputs: int) -> None:
        """Raise ValueError when the answers ``y``, called ``name``, do not fit ``n_outputs`` of this head."""
        raise NotImplementedError

    def rows(self, n: int) -> int:
        """Rows of ``scores`` for ``n`` outputs."""
        raise NotImplementedError

    def encoder(self, n: int, m: int, dtype: np.dtype[Any]) -> Encoder:
        """A function that writes the answers y of batches of ``m`` into targets (batches, rows, m)."""
        raise NotImplementedError

    def bind(self, scores: Array, targets: Array, dz: Array, cost: Array) -> Program:
        """Calls that write the mean cost (K,) and its gradient ``dz`` (n, m) by the logits."""
        raise NotImplementedError

    def predict(self, z: Array) -> Array:
        """Predictions from logits ``z`` (..., n, m): probabilities, or the values themselves."""
        raise NotImplementedError

    def decide(self, z: Array) -> Array:
        """Hard answers (..., m) from logits ``z`` (..., n, m): class numbers, or (..., n, m) where each
        output answers for itself."""
        raise NotImplementedError

    def judge(self, z: Array, y: Array) -> Judgement:
        """Summed cost and misses of logits ``z`` (K, n, m) against answers ``y``."""
        raise NotImplementedError

    def error(self, misses: Array, m: int, n: int, target_scale: float) -> Array:
        """The error of ``m`` examples with ``n`` outputs: the share misclassified, or the RMSE."""
        return misses / m

    def any_answers(self, m: int, n: int) -> Array:
        """Answers of ``m`` examples that fit, for trying out how long a step takes."""
        return np.zeros(m, dtype=np.intp)


def check_width(name: str, y: Array, n_outputs: int) -> None:
    width = 1 if y.ndim == 1 else y.shape[1]
    if width != n_outputs:
        raise ValueError(f"{name} has {width} values per row, but n_outputs is {n_outputs}.")
