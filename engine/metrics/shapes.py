"""What predictions and labels look like, brought to one shape for every metric, or refused with a reason."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


class Labelled(NamedTuple):
    """Labels beside probabilities, for exclusive classes or for independent labels.

    ``truth`` and ``probabilities`` are (m, n): one column per class, or per label. ``y`` (m,) are the class
    numbers, None for independent labels; ``binary`` says that there are two classes and one probability.
    """

    truth: npt.NDArray[np.bool_]
    probabilities: Array
    y: npt.NDArray[np.intp] | None
    binary: bool

    def decisions(self) -> npt.NDArray[np.bool_]:
        """The predicted class of each example, or the labels more likely than not: (m, n)."""
        if self.y is None:
            return np.asarray(self.probabilities > 0.5)
        return _one_column_per_class(self.classes(), self.probabilities.shape[1])

    def classes(self) -> npt.NDArray[np.intp]:
        """The most probable class of each example (m,), the first of equals."""
        return np.asarray(self.probabilities.argmax(axis=1))

    def exclusive(self) -> npt.NDArray[np.intp]:
        """``y``, or a ValueError when the labels are independent."""
        if self.y is None:
            raise ValueError("Examples may have several labels here: this metric needs exclusive classes.")
        return self.y


def labelled(y: npt.ArrayLike, predictions: npt.ArrayLike) -> Labelled:
    """Read labels ``y`` and ``predictions`` of m examples in any of the shapes a head gives them.

    Exclusive classes: y (m,) class numbers, predictions (m, n) with a probability for each class.
    Two classes: y (m,) of 0 and 1, predictions (m,) or (m, 1), the probability of class 1.
    Independent labels: y (m, n) of 0 and 1, predictions (m, n), a probability for each label.
    Integer predictions (m,) are the predicted classes themselves.

    Raises ValueError naming the first row that does not fit.
    """
    y, p = np.asarray(y), np.asarray(predictions)
    _check_rows(y, p)
    if y.ndim == 2 and y.shape[1] > 1:
        return _independent(y, p)
    y = _class_numbers(y.reshape(len(y)))
    if p.ndim == 1 and p.dtype.kind in "iub":
        n = max(int(y.max()), int(p.max()), 1) + 1
        p = _one_column_per_class(_class_numbers(p, "predictions"), n).astype(np.float64)
    binary = p.ndim == 1 or p.shape[1] == 1
    if binary:
        positive = p.reshape(len(p))
        p = np.column_stack([1 - positive, positive])
    _check_labels(y, p.shape[1])
    return Labelled(_one_column_per_class(y, p.shape[1]), p, y, binary)


def numbers(y: npt.ArrayLike, predictions: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Targets and predictions of a regression, each (m, outputs) in float64, from (m,) or (m, outputs)."""
    y, p = np.asarray(y, dtype=np.float64), np.asarray(predictions, dtype=np.float64)
    _check_rows(y, p)
    y, p = y.reshape(len(y), -1), p.reshape(len(p), -1)
    if y.shape != p.shape:
        raise ValueError(f"There are {y.shape[1]} targets per row, but {p.shape[1]} predictions.")
    return y, p


def _independent(y: Array, p: Array) -> Labelled:
    if y.shape != p.shape:
        raise ValueError(
            f"y has shape {y.shape}, but predictions {p.shape}: one of each per label is needed."
        )
    wrong = np.argwhere((y != 0) & (y != 1))
    if wrong.size:
        row, column = wrong[0]
        raise ValueError(f"y has {y[row, column]} in row {row}, column {column}: a label is 0 or 1.")
    return Labelled(y > 0.5, p, None, binary=False)


def _check_rows(y: Array, p: Array) -> None:
    if y.ndim not in (1, 2) or p.ndim not in (1, 2) or len(y) != len(p):
        raise ValueError(f"y has shape {y.shape} and predictions {p.shape}: one row of each per example.")
    if 0 in y.shape or 0 in p.shape:
        raise ValueError("There is nothing to judge: at least one example is needed.")
    for name, array in (("y", y), ("predictions", p)):
        wrong = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
        if wrong.size:
            raise ValueError(f"{name} has {array[wrong[0]]} in row {wrong[0]}, expected ordinary numbers.")


def _class_numbers(y: Array, name: str = "y") -> npt.NDArray[np.intp]:
    wrong = np.flatnonzero((y < 0) | (y != np.floor(y)))
    if wrong.size:
        raise ValueError(f"{name} has {y[wrong[0]]} in row {wrong[0]}: classes are whole numbers from 0.")
    return y.astype(np.intp)


def _check_labels(y: npt.NDArray[np.intp], n: int) -> None:
    wrong = np.flatnonzero(y >= n)
    if wrong.size:
        raise ValueError(f"y has {y[wrong[0]]} in row {wrong[0]}, but the classes are 0 to {n - 1}.")


def _one_column_per_class(y: npt.NDArray[np.intp], n: int) -> npt.NDArray[np.bool_]:
    return np.equal(y[:, None], np.arange(n))
