"""Heads for numbers: squared error and Huber."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict, Field
from typing_extensions import override

from ..program import Array, Call, Program, scalar
from .base import Encoder, Head, Judgement, check_width


class RegressionHead(Head):
    """What the heads for numbers share: the plain output is the answer, its error the root mean square."""

    @override
    def check_answers(self, name: str, y: Array, n_outputs: int) -> None:
        check_width(name, y, n_outputs)

    @override
    def rows(self, n: int) -> int:
        return n

    @override
    def encoder(self, n: int, m: int, dtype: np.dtype[Any]) -> Encoder:
        def encode(y: Array, out: Array) -> None:
            np.copyto(out, y.reshape(-1, m, n).swapaxes(1, 2), casting="unsafe")

        return encode

    def cost_of(self, distance: Array) -> Array:
        """The cost of each distance z - y."""
        raise NotImplementedError

    @override
    def predict(self, z: Array) -> Array:
        return z.copy()

    @override
    def decide(self, z: Array) -> Array:
        return z[..., 0, :].copy() if z.shape[-2] == 1 else z.copy()

    @override
    def judge(self, z: Array, y: Array) -> Judgement:
        distance = z - y.reshape(z.shape[-1], -1).T
        cost, squares = self.cost_of(distance), np.square(distance)
        return Judgement(*(each.sum(axis=(-2, -1), dtype=np.float64) for each in (cost, squares)))

    @override
    def error(self, misses: Array, m: int, n: int, target_scale: float) -> Array:
        """Root of the mean squared distance, in the target's own units."""
        rmse: Array = np.sqrt(misses / (m * n)) * target_scale
        return rmse

    @override
    def any_answers(self, m: int, n: int) -> Array:
        return np.zeros((m, n), dtype=np.intp)


class SquaredErrorHead(RegressionHead):
    """A number, or several: the plain output judged by its squared distance. For regression.

    cost = mean((z - y)^2 / 2), summed over the outputs.
    """

    model_config = ConfigDict(title="Squared error")
    kind: Literal["squared_error"] = "squared_error"

    @override
    def bind(self, scores: Array, targets: Array, dz: Array, cost: Array) -> Program:
        return [
            partial(np.subtract, scores, targets, scores),
            partial(np.multiply, scores, scalar(1 / dz.shape[-1], dz), dz),
            _dot(scores, dz, cost),
            partial(np.multiply, cost, scalar(0.5, cost), cost),
        ]

    @override
    def cost_of(self, distance: Array) -> Array:
        half: Array = np.square(distance) / 2
        return half


class HuberHead(RegressionHead):
    """Squared error near the answer, plain distance far from it. For regression where outliers would pull too
    hard.

    cost = mean(r^2 / 2 where |r| <= delta, else delta * (|r| - delta / 2)) with r = z - y, summed over the
    outputs. Huber 1964, https://doi.org/10.1214/aoms/1177703732
    """

    model_config = ConfigDict(title="Huber")
    kind: Literal["huber"] = "huber"
    delta: float = Field(
        1.0,
        gt=0,
        le=1e6,
        title="Delta",
        description="Distance from which an answer is an outlier, in units of the (standardised) target.",
    )

    @override
    def bind(self, scores: Array, targets: Array, dz: Array, cost: Array) -> Program:
        # With c = clip(r, -delta, delta) the cost is c * (r - c / 2) and its gradient c.
        half = np.empty_like(dz)
        return [
            partial(np.subtract, scores, targets, scores),
            partial(np.minimum, scores, scalar(self.delta, dz), out=dz),
            partial(np.maximum, dz, scalar(-self.delta, dz), out=dz),
            partial(np.multiply, dz, scalar(0.5, dz), half),
            partial(np.subtract, scores, half, scores),
            partial(np.multiply, dz, scalar(1 / dz.shape[-1], dz), dz),
            _dot(scores, dz, cost),
        ]

    @override
    def cost_of(self, distance: Array) -> Array:
        clipped = np.clip(distance, -self.delta, self.delta)
        cost: Array = clipped * (distance - clipped / 2)
        return cost


def _dot(a: Array, b: Array, cost: Array) -> Call:
    """A call that writes the dot product of each member's ``a`` and ``b`` into ``cost`` (K,)."""
    k = len(cost)
    return partial(np.matmul, a.reshape(k, 1, -1), b.reshape(k, -1, 1), cost.reshape(k, 1, 1))
