"""Batches: mini-batches gathered from the training part into prebound slots, in an order drawn per epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from .augmentations import Augmenter, value_limits
from .data import Data
from .heads import Head
from .program import Array, Program, zeros
from .spec import Spec
from .timeline import n_batches

Bind = Callable[[Array, Array], Program]

#: Small batches are gathered several at a time, as many as stay in the cache, which spares calls.
GATHER_BYTES = 1 << 16
MAX_SLOTS = 32


#: Changes a batch of inputs (m, n) at random; None leaves them alone.
Augment = Callable[[Array], Array] | None


class Slots:
    """Room for up to ``count`` batches of ``m`` examples, each with the program that learns from it."""

    def __init__(
        self,
        data: Data,
        head: Head,
        m: int,
        count: int,
        dtype: np.dtype[Any],
        bind: Bind,
        augment: Augment = None,
    ) -> None:
        self.m, self.count, self.data = m, count, data
        n = data.n_features
        self.rows = zeros((count * m, n), data.x_train.dtype)
        self.inputs = zeros((count, m, n + 1), dtype)
        self.inputs[..., -1] = 1
        self.targets = zeros((count, head.rows(data.n_outputs), m), dtype)
        self.encode = head.encoder(data.n_outputs, m, dtype)
        self.programs = [bind(x, t) for x, t in zip(self.inputs, self.targets, strict=True)]
        if augment is not None:
            for rows, x, program in zip(
                self.rows.reshape(count, m, n), self.inputs, self.programs, strict=True
            ):
                program.insert(0, partial(_augmented, augment, rows, x[:, :-1]))

    def gather(self, order: Array) -> list[Program]:
        """Fill the slots with the examples ``order`` (count' * m,) and return their programs."""
        count = len(order) // self.m
        rows = self.rows[: len(order)]
        # mode="clip" writes straight into ``out``; the default would go through a copy.
        self.data.x_train.take(order, 0, rows, "clip")
        self.inputs[:count, :, :-1] = rows.reshape(count, self.m, -1)
        self.encode(self.data.y_train.take(order, 0), self.targets[:count])
        return self.programs[:count]


def _augmented(augment: Callable[[Array], Array], rows: Array, out: Array) -> None:
    out[...] = augment(rows)


class Batches:
    """All batches of an epoch, or of the rest of one that begins at the example ``start``.

    ``make_bind(m)`` gives the function that binds a slot of ``m`` examples."""

    def __init__(
        self,
        data: Data,
        head: Head,
        batch_size: int,
        dtype: np.dtype[Any],
        make_bind: Callable[[int], Bind],
        augment: Augment = None,
        start: int = 0,
    ) -> None:
        self.size, self.start, self.n_train = batch_size, start, data.n_train
        self.steps = n_batches(data.n_train - start, batch_size)
        whole, rest = divmod(data.n_train - start, batch_size)
        batch_bytes = batch_size * (data.n_features + 1) * dtype.itemsize
        count = max(1, min(GATHER_BYTES // batch_bytes, MAX_SLOTS, whole))
        self.full = (
            Slots(data, head, batch_size, count, dtype, make_bind(batch_size), augment) if whole else None
        )
        self.last = Slots(data, head, rest, 1, dtype, make_bind(rest), augment) if rest else None

    def position(self, batch: int) -> int:
        """Examples of the epoch that are over after so many of these batches."""
        return min(self.start + batch * self.size, self.n_train)

    def rows(self, order: Array, batch: int) -> Array:
        """The rows of one batch of the epoch over the examples in ``order``."""
        return order[self.position(batch) : self.position(batch + 1)]

    def epoch(self, order: Array, first: int = 0) -> Iterator[Program]:
        """The programs of an epoch over the examples in ``order`` (n_train,), from batch ``first`` on; each
        slot is filled just before its program is handed out."""
        end = self.n_train - (self.last.m if self.last else 0)
        if self.full:
            step = self.size * self.full.count
            # An epoch taken up again gathers as before, so that every batch lies where it would have lain.
            begin, skip = divmod(first, self.full.count)
            for start in range(self.start + begin * step, end, step):
                yield from self.full.gather(order[start : min(start + step, end)])[skip:]
                skip = 0
        if self.last and first < self.steps:
            yield from self.last.gather(order[end:])


def augmentation(
    spec: Spec, data: Data, dtype: np.dtype[Any], rng: np.random.Generator
) -> Callable[[Array], Array] | None:
    """What changes a batch of inputs (m, n) at random; None when nothing does."""
    if not spec.augmentations:
        return None
    if data.image_shape is None:
        raise ValueError(
            "augmentations need images: give Data an image_shape (height, width, channels), or remove them."
        )
    limits = value_limits(data.x_train, data.image_shape)
    augmenter = Augmenter(data.image_shape, spec.augmentations, dtype, limits)
    return lambda rows: augmenter(rows.astype(dtype, copy=False), rng)


def checked_order(order: Array, n_train: int) -> Array:
    """An epoch's ``order`` when it is one of ``n_train`` rows; raises ValueError when it is not."""
    if order.shape != (n_train,) or order.dtype.kind not in "iu":
        raise ValueError(
            f"order has shape {order.shape} and dtype {order.dtype}, expected {n_train} row numbers."
        )
    if order.min() < 0 or order.max() >= n_train:
        raise ValueError(f"order holds {order.min()} to {order.max()}, but rows are 0 to {n_train - 1}.")
    return order
