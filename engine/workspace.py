"""Workspace: the arrays one batch size needs on its way through the network, made once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .heads import Head
from .layers import Dense
from .program import Array, Program


def flatten_cohort(array: Array) -> Array:
    """A cohort of one as plain matrices, (1, a, b) -> (a, b): NumPy and BLAS are quicker with them."""
    return array[0] if len(array) == 1 else array


class Workspace:
    """Activations and their gradients for batches of ``m`` examples, as columns (K, units + 1, m)."""

    def __init__(self, layers: Sequence[Dense], head: Head, k: int, m: int, dtype: np.dtype[Any]) -> None:
        self.m = m
        self.layers, self.head = layers, head
        self.scores = np.zeros((k, head.rows(layers[-1].units), m), dtype=dtype)
        self.outputs = [_with_ones(k, layer.units, m, dtype) for layer in layers[:-1]]
        self.inputs_to_activation = [self._z(i, dtype) for i in range(len(layers))]
        self._gradients: list[Array] = []

    def _z(self, i: int, dtype: np.dtype[Any]) -> Array:
        """Where layer ``i`` writes z: the head's scores, an array of its own, or in place of a."""
        if i == len(self.layers) - 1:
            return flatten_cohort(self.scores[:, : self.layers[i].units])
        a = self._a(i)
        return np.empty(a.shape, dtype=dtype) if self.layers[i].activation.needs_input else a

    def _a(self, i: int) -> Array:
        return self.logits if i == len(self.layers) - 1 else flatten_cohort(self.outputs[i][:, :-1])

    @property
    def logits(self) -> Array:
        """The output layer's z, (K, n, m), or (n, m) for one network."""
        return flatten_cohort(self.scores[:, : self.layers[-1].units])

    def _inputs(self, x: Array) -> list[Array]:
        """What each layer reads; ``x`` (m, features + 1) with its column of ones is the first, transposed."""
        return [x.T, *(flatten_cohort(output) for output in self.outputs)]

    def forward(self, weights: Sequence[Array], x: Array) -> Program:
        """Calls from a batch ``x`` to the logits."""
        program: Program = []
        for i, (layer, w, read) in enumerate(zip(self.layers, weights, self._inputs(x), strict=True)):
            program += layer.forward(w, read, self.inputs_to_activation[i], self._a(i))
        return program

    def cost(self, targets: Array, cost: Array) -> Program:
        """Calls from the logits to the mean cost (K,) and its gradient by the logits."""
        return self.head.bind(flatten_cohort(self.scores), targets, self._gradient(-1), cost)

    def backward(self, weights: Sequence[Array], gradients: Sequence[Array], x: Array) -> Program:
        """Calls from the gradient by the logits to the gradients of every parameter."""
        program: Program = []
        inputs = self._inputs(x)
        for i in reversed(range(len(self.layers))):
            dx = self._gradient(i - 1) if i else None
            z, a, da = self.inputs_to_activation[i], self._a(i), self._gradient(i)
            program += self.layers[i].backward(weights[i], gradients[i], inputs[i], z, a, da, dx)
        return program

    def _gradient(self, i: int) -> Array:
        """Where the gradient by layer ``i``'s output goes: two buffers in turn, so they stay in the cache."""
        i %= len(self.layers)
        k, _, m = self.scores.shape
        if not self._gradients:
            widths = [layer.units for layer in self.layers]
            sizes = [k * max(widths[parity::2], default=0) * m for parity in (0, 1)]
            self._gradients = [np.zeros(size, dtype=self.scores.dtype) for size in sizes]
        units = self.layers[i].units
        return flatten_cohort(self._gradients[i % 2][: k * units * m].reshape(k, units, m))


def _with_ones(k: int, units: int, m: int, dtype: np.dtype[Any]) -> Array:
    array = np.zeros((k, units + 1, m), dtype=dtype)
    array[:, -1] = 1
    return array
