"""Initializers: the first weights of a layer. Biases always start at zero."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field
from typing_extensions import override

from .activations import Activation
from .choices import BARE_STRING, Choice, registry

Distribution = Literal["normal", "uniform"]


def _distribution() -> Any:
    return Field(
        "normal",
        title="Distribution",
        description="Shape of the random numbers, of the same deviation: the bell curve, or evenly "
        "between two bounds, without outliers.",
    )


class Initializer(Choice):
    """The base of all initializers."""

    def suited_to(self, activation: Activation) -> Initializer:
        """What draws the weights of a layer with this activation: itself, or ``auto``'s pick."""
        return self

    def deviation(self, fan_in: int, units: int) -> float:
        """Standard deviation of the weights of a layer with ``fan_in`` inputs and ``units`` outputs."""
        raise NotImplementedError

    def draw(self, rng: np.random.Generator, fan_in: int, units: int) -> npt.NDArray[Any]:
        """Weights of shape (fan_in, units), in float64 so that both precisions start alike."""
        deviation = self.deviation(fan_in, units)
        if getattr(self, "distribution", "normal") == "uniform":
            bound = math.sqrt(3) * deviation
            return rng.uniform(-bound, bound, (fan_in, units))
        weights = rng.standard_normal((fan_in, units))
        weights *= deviation
        return weights


class Auto(Initializer):
    """Picks by the activation: He for ReLU and its relatives, Xavier for tanh, sigmoid and linear layers.
    Leave it unless you study initialisation."""

    model_config = ConfigDict(title="Auto")
    kind: Literal["auto"] = "auto"

    @override
    def suited_to(self, activation: Activation) -> Initializer:
        return He() if activation.suits == "he" else Xavier()


class Zeros(Initializer):
    """All weights zero. Only to see symmetry at work: every unit of a layer learns the same and the network
    never improves.

    w = 0.
    """

    model_config = ConfigDict(title="Zeros")
    kind: Literal["zeros"] = "zeros"

    @override
    def deviation(self, fan_in: int, units: int) -> float:
        return 0.0

    @override
    def draw(self, rng: np.random.Generator, fan_in: int, units: int) -> npt.NDArray[Any]:
        return np.zeros((fan_in, units))


class Random(Initializer):
    """Random numbers times a scale of your choice. For experiments: too large saturates or explodes, too
    small makes signals vanish with depth.

    w ~ scale * N(0, 1), or uniform of the same deviation.
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
    distribution: Distribution = _distribution()

    @override
    def deviation(self, fan_in: int, units: int) -> float:
        return self.scale


class Xavier(Initializer):
    """Keeps the size of signals steady through tanh, sigmoid and linear layers; prevents vanishing and
    exploding gradients there.

    Variance 1 / fan_in: the forward-only form of Glorot and Bengio 2010 that is usual in teaching,
    https://proceedings.mlr.press/v9/glorot10a.html
    """

    model_config = ConfigDict(title="Xavier")
    kind: Literal["xavier"] = "xavier"
    distribution: Distribution = _distribution()

    @override
    def deviation(self, fan_in: int, units: int) -> float:
        return math.sqrt(1 / fan_in)


class Glorot(Initializer):
    """Xavier as first published: a compromise that keeps signals and gradients steady both. For tanh and
    sigmoid when neighbouring layers differ much in width.

    Variance 2 / (fan_in + units). Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
    """

    model_config = ConfigDict(title="Glorot")
    kind: Literal["glorot"] = "glorot"
    distribution: Distribution = _distribution()

    @override
    def deviation(self, fan_in: int, units: int) -> float:
        return math.sqrt(2 / (fan_in + units))


class He(Initializer):
    """Keeps the size of signals steady through ReLU layers, which drop half of it; the usual first choice
    with ReLU and its relatives.

    Variance 2 / fan_in. He et al. 2015, https://arxiv.org/abs/1502.01852
    """

    model_config = ConfigDict(title="He")
    kind: Literal["he"] = "he"
    distribution: Distribution = _distribution()

    @override
    def deviation(self, fan_in: int, units: int) -> float:
        return math.sqrt(2 / fan_in)


AnyInitializer = Annotated[
    Auto | He | Xavier | Glorot | Random | Zeros, Field(discriminator="kind"), BARE_STRING
]
INITIALIZERS: dict[str, type[Initializer]] = registry(AnyInitializer)
