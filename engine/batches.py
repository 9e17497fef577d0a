"""Batches: mini-batches gathered from the training part into prebound slots, in an order drawn per epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from .data import Data
from .heads import Head
from .program import Array, Program, zeros

Bind = Callable[[Array, Array], Program]

#: Small batches are gathered several at a time, as many as stay in the cache, which spares calls.
GATHER_BYTES = 1 << 16
MAX_SLOTS = 32


def n_batches(n_train: int, batch_size: int) -> int:
    """Steps per epoch: the last batch is kept, though it may be smaller."""
    return -(-n_train // batch_size)


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
    """All batches of an epoch. ``make_bind(m)`` gives the function that binds a slot of ``m`` examples."""

    def __init__(
        self,
        data: Data,
        head: Head,
        batch_size: int,
        dtype: np.dtype[Any],
        make_bind: Callable[[int], Bind],
        augment: Augment = None,
    ) -> None:
        whole, rest = divmod(data.n_train, batch_size)
        batch_bytes = batch_size * (data.n_features + 1) * dtype.itemsize
        count = max(1, min(GATHER_BYTES // batch_bytes, MAX_SLOTS, whole))
        self.steps = n_batches(data.n_train, batch_size)
        self.n_train = data.n_train
        self.full = Slots(data, head, batch_size, count, dtype, make_bind(batch_size), augment)
        self.last = Slots(data, head, rest, 1, dtype, make_bind(rest), augment) if rest else None

    def rows(self, order: Array, batch: int) -> Array:
        """The rows of one batch of the epoch over the examples in ``order``."""
        return order[batch * self.full.m : (batch + 1) * self.full.m]

    def epoch(self, order: Array, first: int = 0) -> Iterator[Program]:
        """The programs of one epoch over the examples in ``order`` (n_train,), from batch ``first`` on; each
        slot is filled just before its program is handed out."""
        step = self.full.m * self.full.count
        end = self.n_train - (self.last.m if self.last else 0)
        # An epoch taken up again gathers as before, so that every batch lies where it would have lain.
        begin, skip = divmod(first, self.full.count)
        for start in range(begin * step, end, step):
            yield from self.full.gather(order[start : min(start + step, end)])[skip:]
            skip = 0
        if self.last and first < self.steps:
            yield from self.last.gather(order[end:])
