"""Batch norm: each unit's pre-activations brought to mean 0, variance 1, then shifted and scaled as learnt.

y = gamma * (z - mean) / sqrt(variance + epsilon) + beta, over the examples of the batch while training, with
statistics kept for later when evaluating. Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict, Field

from .choices import Choice
from .program import Array, Program, product, scalar, zeros, zeros_like


class BatchNorm(Choice):
    """How layers with batch norm keep their statistics for test time, for single examples have none."""

    model_config = ConfigDict(title="Batch norm")
    momentum: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Momentum",
        description="Memory of the running mean and variance, over about 1 / (1 - momentum) steps. Raise it "
        "for small batches.",
    )
    epsilon: float = Field(
        1e-5,
        gt=0,
        le=1,
        title="Epsilon",
        description="Added to the variance. Keeps units that hardly vary from being blown up.",
    )
    statistics: Literal["running", "population"] = Field(
        "running",
        title="Statistics",
        description="For evaluating: running averages of the batches, or exact ones of the training part, "
        "which takes longer.",
    )


class Norm:
    """The arrays of one layer's batch norm for batches of ``m`` examples.

    ``x`` (K, units, m) holds z, then what is normalised; ``gamma``, ``beta`` (K, units, 1) are parameters and
    ``mean``, ``variance`` (K, units, 1) the batch's statistics, written, or those evaluated with, read.
    """

    def __init__(
        self, x: Array, gamma: Array, beta: Array, mean: Array, variance: Array, epsilon: float
    ) -> None:
        self.x, self.gamma, self.beta, self.mean, self.variance = x, gamma, beta, mean, variance
        self.inverse = np.ones_like(np.ascontiguousarray(variance))
        self.epsilon = scalar(epsilon, x)
        self._scratch = zeros_like(x)
        self._sum = np.ones((x.shape[-1], 1), dtype=x.dtype)
        self._average = self._sum / self._sum.dtype.type(x.shape[-1])

    def forward(self, y: Array) -> Program:
        """Calls that normalise ``x`` over the batch and write the outcome into ``y``."""
        x, scratch = self.x, self._scratch
        return [
            product(x, self._average, self.mean),
            partial(np.subtract, x, self.mean, x),
            partial(np.multiply, x, x, scratch),
            product(scratch, self._average, self.variance),
            *self._invert(),
            partial(np.multiply, x, self.inverse, x),
            partial(np.multiply, x, self.gamma, y),
            partial(np.add, y, self.beta, y),
        ]

    def evaluate(self, y: Array) -> Program:
        """Calls that normalise ``x`` by the statistics given and write the outcome into ``y``."""
        shift = np.empty_like(self.inverse)
        return [
            *self._invert(),
            partial(np.multiply, self.inverse, self.gamma, self.inverse),
            partial(np.multiply, self.mean, self.inverse, shift),
            partial(np.subtract, self.beta, shift, shift),
            partial(np.multiply, self.x, self.inverse, y),
            partial(np.add, y, shift, y),
        ]

    def _invert(self) -> Program:
        return [
            partial(np.add, self.variance, self.epsilon, self.inverse),
            partial(np.sqrt, self.inverse, self.inverse),
            partial(np.reciprocal, self.inverse, self.inverse),
        ]

    def backward(self, dy: Array, dgamma: Array, dbeta: Array) -> Program:
        """Calls that turn ``dy`` into the gradient by z in place, and write those by gamma and beta.

        dz = gamma / deviation * (dy - mean(dy) - x * mean(dy * x)).
        """
        x, scratch, mean = self.x, self._scratch, np.empty_like(self.inverse)
        per_example = scalar(1 / x.shape[-1], x)
        return [
            product(dy, self._sum, dbeta),
            partial(np.multiply, dy, x, scratch),
            product(scratch, self._sum, dgamma),
            partial(np.multiply, dbeta, per_example, mean),
            partial(np.subtract, dy, mean, dy),
            partial(np.multiply, dgamma, per_example, mean),
            partial(np.multiply, x, mean, x),
            partial(np.subtract, dy, x, dy),
            partial(np.multiply, self.inverse, self.gamma, self.inverse),
            partial(np.multiply, dy, self.inverse, dy),
        ]


class Statistics:
    """Means and variances of all batch norms of K networks, in flat rows (K, units of all such layers).

    ``running`` averages are corrected for their start: the weight of step t is (1 - momentum) /
    (1 - momentum^t), so the first batch counts whole and nothing is left of the zeros they start from.
    """

    def __init__(self, k: int, layers: Sequence[Any], dtype: np.dtype[Any], settings: BatchNorm) -> None:
        self.settings = settings
        self._places: list[slice | None] = []
        width = 0
        for layer in layers:
            stop = width + layer.units if layer.batch_norm else width
            self._places.append(slice(width, stop) if layer.batch_norm else None)
            width = stop
        #: (2, K, width): means and variances, kept and of the last batch.
        self.kept = zeros((2, k, width), dtype)
        self.kept[1] = 1
        self.batch = zeros_like(self.kept)
        self.seen = 0

    def of(self, layer: int, which: Array) -> tuple[Array, Array]:
        """Mean and variance (K, units, 1) of a layer, live in ``which``: ``kept`` or ``batch``."""
        mean, variance = which[:, :, self._places[layer], None]
        return mean, variance

    def update(self) -> Program:
        """Calls that take the last batch into the running averages."""
        if not self.kept.shape[-1] or self.settings.statistics == "population":
            return []
        weight = np.zeros((), dtype=self.kept.dtype)
        momentum = self.settings.momentum

        def count() -> None:
            self.seen += 1
            weight[()] = (1 - momentum) / (1 - momentum**self.seen)

        kept, batch = self.kept, self.batch
        return [
            count,
            partial(np.subtract, batch, kept, batch),
            partial(np.multiply, batch, weight, batch),
            partial(np.add, kept, batch, kept),
        ]

    def by_name(self, names: Sequence[str]) -> dict[str, Array]:
        """``layers.0.running_mean`` and ``layers.0.running_variance`` (K, units), live."""
        named: dict[str, Array] = {}
        for layer, (name, place) in enumerate(zip(names, self._places, strict=True)):
            if place is not None:
                mean, variance = self.of(layer, self.kept)
                named |= {f"{name}.running_mean": mean[..., 0], f"{name}.running_variance": variance[..., 0]}
        return named

    def drop(self, member: int) -> None:
        """Forget a member; the last one takes its place."""
        self.kept[:, member] = self.kept[:, -1]
        self.kept, self.batch = self.kept[:, :-1], self.batch[:, :-1]
