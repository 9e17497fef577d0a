"""Workspace: the arrays one batch size needs on its way through the network, made once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from .batch_norm import Norm
from .dropout import Dropout, dropped
from .program import CACHE_LINE, Array, Program, transposed, zeros, zeros_like

if TYPE_CHECKING:
    from .network import Network

#: Multiplications up to which OpenBLAS has kernels that take transposed matrices as they are.
SMALL_PRODUCT = 1_000_000


def flatten_cohort(array: Array) -> Array:
    """A cohort of one as plain matrices, (1, a, b) -> (a, b): NumPy and BLAS are quicker with them."""
    return array[0] if len(array) == 1 else array


class Workspace:
    """Activations and their gradients for batches of ``m`` examples, as columns (K, units + 1, m).

    ``training`` lets batch norms use the batch's own statistics, and ``dropout`` drops units; without them
    it is for evaluating.
    """

    def __init__(
        self, network: Network, m: int, *, training: bool = False, dropout: Dropout | None = None
    ) -> None:
        self.m, self.training = m, training
        self.network, self.layers, self.head = network, network.layers, network.head
        k, dtype, layers = network.k, network.dtype, network.layers
        self.scores = zeros((k, self.head.rows(layers[-1].units), m), dtype)
        self.outputs = [_with_ones(k, layer.units, m, dtype) for layer in layers[:-1]]
        self._draws: list[Program] = [[] for _ in layers]
        self._masks = [self._mask(i, dropout) for i in range(len(layers) - 1)] + [None]
        self.activations = [self._a(i) for i in range(len(layers))]
        self.inputs_to_activation = [
            zeros_like(a) if layer.activation.needs_input else a
            for layer, a in zip(layers, self.activations, strict=True)
        ]
        self.norms = [self._norm(i) for i in range(len(layers))]
        self._rows = self._rows_of_first()
        self._bind_inputs(dropout)
        self._gradients: list[Array] = []

    def _mask(self, i: int, dropout: Dropout | None) -> Array | None:
        """The dropout mask (K, units, m) of layer ``i``, or None when nothing is dropped."""
        keep = [spec.layers[i].keep_prob for spec in self.network.specs]
        if dropout is None or min(keep) == 1:
            return None
        mask, self._draws[i] = dropout.mask(keep, (self.layers[i].units, self.m), self.scores)
        return flatten_cohort(mask)

    def _a(self, i: int) -> Array:
        """Where layer ``i``'s activations go: straight to the next layer, unless some are to be dropped."""
        if i == len(self.layers) - 1:
            return self.logits
        output = flatten_cohort(self.outputs[i][:, :-1])
        return output if self._masks[i] is None else zeros_like(output)

    def _norm(self, i: int) -> Norm | None:
        if not self.layers[i].batch_norm:
            return None
        statistics, w = self.network.statistics, self.network.weights[i]
        mean, variance = statistics.of(i, statistics.batch if self.training else statistics.kept)
        return Norm(
            zeros_like(self.activations[i]),
            gamma=w[..., -1, :, None],
            beta=w[..., -2, :, None],
            mean=flatten_cohort(mean),
            variance=flatten_cohort(variance),
            epsilon=statistics.settings.epsilon,
        )

    def _rows_of_first(self) -> Array | None:
        """Where the first layer's product goes as rows (K, m, units) on its way to columns; None if small.

        Its inputs are rows, which BLAS would transpose when asked for columns. That takes longer than to
        transpose what comes out. Rows an odd number of cache lines apart do not push each other out of the
        cache when read column by column."""
        k, units, m = self.network.k, self.layers[0].units, self.m
        if m * self.network.n_features * units <= SMALL_PRODUCT:
            return None
        per_line = CACHE_LINE // self.scores.itemsize
        lines = -(-units // per_line) | 1
        return flatten_cohort(zeros((k, m, lines * per_line), self.scores.dtype)[..., :units])

    def _bind_inputs(self, dropout: Dropout | None) -> None:
        """When inputs are dropped: a masked copy of the batch for each member, (K, m, features + 1)."""
        keep = [spec.input_keep_prob for spec in self.network.specs]
        self._masked_inputs: Array | None = None
        self._input_draws: Program = []
        if dropout is not None and min(keep) < 1:
            n = self.network.n_features
            mask, self._input_draws = dropout.mask(keep, (self.m, n), self.scores)
            self._input_mask = flatten_cohort(mask)
            self._masked_inputs = flatten_cohort(np.ones((len(keep), self.m, n + 1), dtype=mask.dtype))

    @property
    def logits(self) -> Array:
        """The output layer's z, (K, n, m), or (n, m) for one network."""
        return flatten_cohort(self.scores[:, : self.layers[-1].units])

    def _inputs(self, x: Array) -> list[Array]:
        """What each layer reads; ``x`` (m, features + 1) with its column of ones is the first, transposed."""
        first = transposed(x if self._masked_inputs is None else self._masked_inputs)
        return [first, *(flatten_cohort(output) for output in self.outputs)]

    def forward(self, x: Array) -> Program:
        """Calls from a batch ``x`` to the logits."""
        program: Program = [*self._input_draws]
        if self._masked_inputs is not None:
            program.append(dropped(x[:, :-1], self._input_mask, self._masked_inputs[..., :-1]))
        for i, (w, read) in enumerate(zip(self.network.weights, self._inputs(x), strict=True)):
            program += self._forward(i, w, read)
        return program

    def _forward(self, i: int, w: Array, read: Array) -> Program:
        layer, norm, mask = self.layers[i], self.norms[i], self._masks[i]
        z, a = self.inputs_to_activation[i], self.activations[i]
        program = layer.linear(w, read, z if norm is None else norm.x, None if i else self._rows)
        if norm is not None:
            program += norm.forward(z) if self.training else norm.evaluate(z)
        if self._is_whole(i) and layer.activation.keeps_one:
            z = a = self.outputs[i]
        program += layer.activation.forward(z, a)
        if mask is not None:
            program += [*self._draws[i], dropped(a, mask, flatten_cohort(self.outputs[i][:, :-1]))]
        return program

    def _is_whole(self, i: int) -> bool:
        """Whether layer ``i``'s activation works on the rows of ones, too, in a cohort: NumPy is several
        times faster with small arrays when there are no gaps between them."""
        hidden, gaps = i < len(self.outputs), len(self.scores) > 1
        in_place = self.inputs_to_activation[i] is self.activations[i]
        return hidden and gaps and in_place and self._masks[i] is None

    def cost(self, targets: Array, cost: Array) -> Program:
        """Calls from the logits to the mean cost (K,) and its gradient by the logits."""
        return self.head.bind(flatten_cohort(self.scores), targets, self._gradient(-1), cost)

    def backward(self, x: Array) -> Program:
        """Calls from the gradient by the logits to the gradients of every parameter."""
        program: Program = []
        inputs = self._inputs(x)
        for i in reversed(range(len(self.layers))):
            program += self._backward(i, inputs[i])
        return program

    def _backward(self, i: int, read: Array) -> Program:
        layer, norm, mask, da = self.layers[i], self.norms[i], self._masks[i], self._gradient(i)
        w, g = self.network.weights[i], self.network.weight_gradients[i]
        program = [] if mask is None else [dropped(da, mask, da)]
        if self._is_whole(i):
            a = self.outputs[i]
            program += [*layer.activation.backward(a, a, self._whole_gradient(i)), partial(a[:, -1].fill, 1)]
        else:
            program += layer.activation.backward(self.inputs_to_activation[i], self.activations[i], da)
        if norm is not None:
            program += norm.backward(da, dgamma=g[..., -1, :, None], dbeta=g[..., -2, :, None])
        return program + layer.linear_backward(w, g, read, da, self._gradient(i - 1) if i else None)

    def _gradient(self, i: int) -> Array:
        """Where the gradient by layer ``i``'s output goes: two buffers in turn, so they stay in the cache."""
        i %= len(self.layers)
        whole = self._whole_gradient(i)
        return flatten_cohort(whole[:, :-1] if self._is_whole(i) else whole)

    def _whole_gradient(self, i: int) -> Array:
        """The same with a row for the ones where the activation works on them; nobody reads it."""
        k, _, m = self.scores.shape
        rows = [layer.units + self._is_whole(j) for j, layer in enumerate(self.layers)]
        if not self._gradients:
            sizes = [k * max(rows[parity::2], default=0) * m for parity in (0, 1)]
            self._gradients = [zeros((size,), self.scores.dtype) for size in sizes]
        return self._gradients[i % 2][: k * rows[i] * m].reshape(k, rows[i], m)


def _with_ones(k: int, units: int, m: int, dtype: np.dtype[np.generic]) -> Array:
    array = zeros((k, units + 1, m), dtype)
    array[:, -1] = 1
    return array
