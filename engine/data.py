"""Data: the arrays of the training and dev parts, checked once so that training need not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .spec import Spec

Array = npt.NDArray[Any]
_CHUNK_BYTES = 1 << 24


@dataclass(frozen=True, eq=False)
class Data:
    """Inputs x (m, n) of any real dtype (a memory map too) and answers y of the training and dev parts.

    y is int (m,) with classes 0 .. n_outputs - 1 for softmax, 0 or 1 (m,) for sigmoid, and float (m,) or
    (m, n_outputs) for squared error. ``target_scale`` brings a regression error back to the target's own
    units, when the target was divided by it. ``image_shape`` is (height, width, channels) where the rows are
    images, which augmentation asks for.

    Raises ValueError, naming the array and the first bad row and column (counted from 0).
    """

    x_train: Array
    y_train: Array
    x_dev: Array
    y_dev: Array
    n_outputs: int
    target_scale: float = 1.0
    image_shape: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        for name in ("x_train", "y_train", "x_dev", "y_dev"):
            # Rows are gathered from the array as it lies in memory, which asks for C order.
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name)))
        if self.n_outputs < 1:
            raise ValueError(f"n_outputs is {self.n_outputs}, but a network needs at least one output.")
        for part in ("train", "dev"):
            _check_inputs(f"x_{part}", getattr(self, f"x_{part}"))
            _check_answers(part, getattr(self, f"x_{part}"), getattr(self, f"y_{part}"))
        if self.image_shape is not None and math.prod(self.image_shape) != self.x_train.shape[1]:
            raise ValueError(
                f"image_shape is {self.image_shape}, {math.prod(self.image_shape)} values, but x_train has "
                f"{self.x_train.shape[1]} columns: they must be the same."
            )
        if self.x_train.shape[1] != self.x_dev.shape[1]:
            raise ValueError(
                f"x_train has {self.x_train.shape[1]} columns, but x_dev has {self.x_dev.shape[1]}: "
                "both parts need the same features."
            )

    @property
    def n_features(self) -> int:
        """Columns of the inputs."""
        return int(self.x_train.shape[1])

    @property
    def n_train(self) -> int:
        """Rows of the training part."""
        return len(self.x_train)

    def check_head(self, spec: Spec) -> None:
        """Raise ValueError when the answers do not fit the spec's head."""
        for name, y in (("y_train", self.y_train), ("y_dev", self.y_dev)):
            spec.head.check_answers(name, y, self.n_outputs)


def _check_inputs(name: str, x: Array) -> None:
    if x.ndim != 2:
        raise ValueError(f"{name} has shape {x.shape}, expected (rows, features).")
    if 0 in x.shape:
        raise ValueError(f"{name} has shape {x.shape}: at least one row and one feature are needed.")
    _check_numbers(name, x)


def _check_answers(part: str, x: Array, y: Array) -> None:
    if y.ndim not in (1, 2) or len(y) != len(x):
        raise ValueError(f"y_{part} has shape {y.shape}, but x_{part} has {len(x)} rows: one answer per row.")
    _check_numbers(f"y_{part}", y)


def _check_numbers(name: str, array: Array) -> None:
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} has dtype {array.dtype}, expected real numbers (float or integer).")
    if array.dtype.kind != "f":
        return
    for start, rows in _chunks(array):
        if not np.isfinite(rows).all():
            row, *column = np.argwhere(~np.isfinite(rows))[0]
            place = f"row {start + row}" + (f", column {column[0]}" if column else "")
            value = rows[(row, *column)]
            raise ValueError(f"{name} has {value} in {place}: fill in or drop missing and infinite values.")


def _chunks(array: Array) -> Iterator[tuple[int, Array]]:
    """Slices of rows of bounded size, so that a memory map is never read whole."""
    size = max(1, _CHUNK_BYTES // max(1, array[:1].nbytes))
    for start in range(0, len(array), size):
        yield start, array[start : start + size]
