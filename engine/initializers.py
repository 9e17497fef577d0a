"""Initializers: the first weights of a layer. Biases always start at zero."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field
from typing_extensions import override

from .choices import BARE_STRING, Choice, registry


class Initializer(Choice):
    """The base of all initializers."""

    def deviation(self, fan_in: int) -> float:
        """Standard deviation of the weights of a layer with ``fan_in`` inputs."""
        raise NotImplementedError

    def draw(self, rng: np.random.Generator, fan_in: int, units: int) -> npt.NDArray[Any]:
        """Weights of shape (fan_in, units), in float64 so that both precisions start alike."""
        weights = rng.standard_normal((fan_in, units))
        weights *= self.deviation(fan_in)
        return weights


class Zeros(Initializer):
    """All weights zero. Only to see symmetry at work: every unit of a layer learns the same and the network
    never improves.

    w = 0.
    """

    model_config = ConfigDict(title="Zeros")
    kind: Literal["zeros"] = "zeros"

    @override
    def deviation(self, fan_in: int) -> float:
        return 0.0

    @override
    def draw(self, rng: np.random.Generator, fan_in: int, units: int) -> npt.NDArray[Any]:
        return np.zeros((fan_in, units))


class Random(Initializer):
    """Normal numbers times a scale of your choice. For experiments: too large saturates or explodes, too
    small makes signals vanish with depth.

    w ~ scale * N(0, 1).
    """

    model_config = ConfigDict(title="Random")
    kind: Literal["random"] = "random"
    scale: float = Field(
        0.01,
        gt=0,
        le=100,
        title="Scale",
        description="Standard deviation of the first weights. 0.01 is the classic small start; 10 shows what "
        "goes wrong with large ones.",
    )

    @override
    def deviation(self, fan_in: int) -> float:
        return self.scale


class Xavier(Initializer):
    """Keeps the size of signals steady through tanh, sigmoid and linear layers; prevents vanishing and
    exploding gradients there.

    w ~ N(0, 1 / fan_in). Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html, in the
    forward-only form that is usual in teaching.
    """

    model_config = ConfigDict(title="Xavier")
    kind: Literal["xavier"] = "xavier"

    @override
    def deviation(self, fan_in: int) -> float:
        return math.sqrt(1 / fan_in)


class He(Initializer):
    """Keeps the size of signals steady through ReLU layers, which drop half of it; the usual first choice
    with ReLU and its relatives.

    w ~ N(0, 2 / fan_in). He et al. 2015, https://arxiv.org/abs/1502.01852
    """

    model_config = ConfigDict(title="He")
    kind: Literal["he"] = "he"

    @override
    def deviation(self, fan_in: int) -> float:
        return math.sqrt(2 / fan_in)


AnyInitializer = Annotated[Zeros | Random | Xavier | He, Field(discriminator="kind"), BARE_STRING]
INITIALIZERS: dict[str, type[Initializer]] = registry(AnyInitializer)
