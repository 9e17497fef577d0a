"""Batches: mini-batches gathered from the training part into prebound slots, in an order drawn per epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .data import Data
from .heads import Head
from .program import Array, Program

Bind = Callable[[Array, Array], Program]

#: Small batches are gathered several at a time, as many as stay in the cache, which spares calls.
GATHER_BYTES = 1 << 16
MAX_SLOTS = 32


def n_batches(n_train: int, batch_size: int) -> int:
    """Steps per epoch: the last batch is kept, though it may be smaller."""
    return -(-n_train // batch_size)


class Slots:
    """Room for up to ``count`` batches of ``m`` examples, each with the program that learns from it."""

    def __init__(self, data: Data, head: Head, m: int, count: int, dtype: np.dtype[Any], bind: Bind) -> None:
        self.m, self.count, self.data = m, count, data
        n = data.n_features
        self.rows = np.empty((count * m, n), dtype=data.x_train.dtype)
        self.inputs = np.ones((count, m, n + 1), dtype=dtype)
        self.targets = np.empty((count, head.rows(data.n_outputs), m), dtype=dtype)
        self.encode = head.encoder(data.n_outputs, m, dtype)
        self.programs = [bind(x, t) for x, t in zip(self.inputs, self.targets, strict=True)]

    def gather(self, order: Array) -> list[Program]:
        """Fill the slots with the examples ``order`` (count' * m,) and return their programs."""
        count = len(order) // self.m
        rows = self.rows[: len(order)]
        # mode="clip" writes straight into ``out``; the default would go through a copy.
        self.data.x_train.take(order, 0, rows, "clip")
        self.inputs[:count, :, :-1] = rows.reshape(count, self.m, -1)
        self.encode(self.data.y_train.take(order, 0), self.targets[:count])
        return self.programs[:count]


class Batches:
    """All batches of an epoch. ``make_bind(m)`` gives the function that binds a slot of ``m`` examples."""

    def __init__(
        self, data: Data, head: Head, batch_size: int, dtype: np.dtype[Any], make_bind: Callable[[int], Bind]
    ) -> None:
        whole, rest = divmod(data.n_train, batch_size)
        batch_bytes = batch_size * (data.n_features + 1) * dtype.itemsize
        count = max(1, min(GATHER_BYTES // batch_bytes, MAX_SLOTS, whole))
        self.steps = n_batches(data.n_train, batch_size)
        self.n_train = data.n_train
        self.full = Slots(data, head, batch_size, count, dtype, make_bind(batch_size))
        self.last = Slots(data, head, rest, 1, dtype, make_bind(rest)) if rest else None

    def epoch(self, order: Array) -> Iterator[Program]:
        """The programs of one epoch over the examples in ``order`` (n_train,); each slot is filled just
        before its program is handed out."""
        step = self.full.m * self.full.count
        end = self.n_train - (self.last.m if self.last else 0)
        for start in range(0, end, step):
            yield from self.full.gather(order[start : min(start + step, end)])
        if self.last:
            yield from self.last.gather(order[end:])
