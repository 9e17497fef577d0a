"""Optimizers, in order of increasing complexity: what turns a gradient into a step."""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import ConfigDict, Field
from typing_extensions import override

from .choices import BARE_STRING, Choice, registry
from .program import Array, Program

Factors = tuple[Array | float, ...]


class UsualRates(NamedTuple):
    """Learning rates that are usual: the smallest, the largest, and one to start with."""

    low: float
    high: float
    start: float


class Optimizer(Choice):
    """The base of all optimizers.

    What differs between the networks of a cohort or changes with time goes through ``factors``; what is
    done to every parameter goes through ``update``. Moments are stored unscaled, the (1 - beta) goes into
    the step: that saves an operation on every parameter.
    """

    moments: ClassVar[int] = 0
    usual_rates: ClassVar[UsualRates] = UsualRates(1e-3, 1.0, 0.1)

    def factors(self, alpha: Array, t: Array) -> Factors:
        """What ``update`` needs at steps ``t`` (T,), counted from 1, with learning rates ``alpha`` (T,)."""
        raise NotImplementedError

    @staticmethod
    def update(w: Array, g: Array, scratch: Array, factors: tuple[Array, ...], *moments: Array) -> Program:
        """Calls that update parameters ``w`` from gradients ``g``, all of one shape. They may overwrite ``g``
        and ``scratch``."""
        raise NotImplementedError


class GradientDescent(Optimizer):
    """A plain step against the gradient. The simplest; needs a well-chosen learning rate and is slow in
    narrow valleys.

    w -= alpha * g.
    """

    model_config = ConfigDict(title="Gradient descent")
    kind: Literal["gradient_descent"] = "gradient_descent"

    @override
    def factors(self, alpha: Array, t: Array) -> Factors:
        return (alpha,)

    @override
    @staticmethod
    def update(w: Array, g: Array, scratch: Array, factors: tuple[Array, ...], *moments: Array) -> Program:
        (step,) = factors
        return [partial(np.multiply, g, step, g), partial(np.subtract, w, g, w)]


class Momentum(Optimizer):
    """A ball rolling downhill: averages the gradients, so zigzags cancel and steady directions add up. Faster
    than plain descent in narrow valleys.

    v = beta * v + (1 - beta) * g;  w -= alpha * v. Polyak 1964, in the averaging form,
    https://doi.org/10.1016/0041-5553(64)90137-5
    """

    model_config = ConfigDict(title="Momentum")
    kind: Literal["momentum"] = "momentum"
    beta: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Beta",
        description="Friction of the average, over about 1 / (1 - beta) steps. Raise it when the cost "
        "zigzags, lower it when it overshoots.",
    )
    moments: ClassVar[int] = 1

    @override
    def factors(self, alpha: Array, t: Array) -> Factors:
        return self.beta, alpha * (1 - self.beta)

    @override
    @staticmethod
    def update(w: Array, g: Array, scratch: Array, factors: tuple[Array, ...], *moments: Array) -> Program:
        (beta, step), (v,) = factors, moments
        return [
            partial(np.multiply, v, beta, v),
            partial(np.add, v, g, v),
            partial(np.multiply, v, step, g),
            partial(np.subtract, w, g, w),
        ]


class Rmsprop(Optimizer):
    """Divides each step by the recent size of that weight's gradient. Helps when directions differ much in
    steepness; allows larger learning rates.

    s = beta * s + (1 - beta) * g^2;  w -= alpha * g / (sqrt(s) + epsilon). Hinton 2012,
    https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
    """

    model_config = ConfigDict(title="RMSprop")
    kind: Literal["rmsprop"] = "rmsprop"
    beta: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Beta",
        description="Memory of the squared gradients, over about 1 / (1 - beta) steps. Raise it when steps "
        "are erratic.",
    )
    epsilon: float = Field(
        1e-8,
        gt=0,
        le=1,
        title="Epsilon",
        description="Keeps the division from blowing up. Raise it (1e-4) only when steps explode where "
        "gradients are tiny.",
    )
    moments: ClassVar[int] = 1
    usual_rates: ClassVar[UsualRates] = UsualRates(1e-5, 0.02, 0.001)

    @override
    def factors(self, alpha: Array, t: Array) -> Factors:
        root = np.sqrt(1 - self.beta)
        return self.beta, alpha / root, self.epsilon / root

    @override
    @staticmethod
    def update(w: Array, g: Array, scratch: Array, factors: tuple[Array, ...], *moments: Array) -> Program:
        (beta, step, epsilon), (s,) = factors, moments
        return [
            partial(np.multiply, s, beta, s),
            partial(np.multiply, g, g, scratch),
            partial(np.add, s, scratch, s),
            partial(np.sqrt, s, scratch),
            partial(np.add, scratch, epsilon, scratch),
            partial(np.divide, g, scratch, g),
            partial(np.multiply, g, step, g),
            partial(np.subtract, w, g, w),
        ]


class Adam(Optimizer):
    """Momentum and RMSprop together, corrected for their cold start. Works well nearly everywhere with a
    learning rate around 0.001: the usual first choice.

    m = beta1 * m + (1 - beta1) * g;  v = beta2 * v + (1 - beta2) * g^2;
    w -= alpha * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
    Kingma and Ba 2015, https://arxiv.org/abs/1412.6980
    """

    model_config = ConfigDict(title="Adam")
    kind: Literal["adam"] = "adam"
    beta1: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Beta 1",
        description="Memory of the gradient (momentum). 0.9 is nearly always right; lower it when training "
        "overshoots.",
    )
    beta2: float = Field(
        0.999,
        ge=0,
        lt=1,
        title="Beta 2",
        description="Memory of the squared gradient. 0.999 is nearly always right; 0.99 reacts faster to "
        "changing gradients.",
    )
    epsilon: float = Field(
        1e-8,
        gt=0,
        le=1,
        title="Epsilon",
        description="Keeps the division from blowing up. Raise it (1e-4) only when late training becomes "
        "unstable.",
    )
    moments: ClassVar[int] = 2
    usual_rates: ClassVar[UsualRates] = UsualRates(1e-5, 0.02, 0.001)

    @override
    def factors(self, alpha: Array, t: Array) -> Factors:
        # Both corrections and both (1 - beta) folded into the step and epsilon.
        root = np.sqrt((1 - self.beta2) / (1 - self.beta2**t))
        mean = (1 - self.beta1) / (1 - self.beta1**t)
        return self.beta1, self.beta2, alpha * mean / root, self.epsilon / root

    @override
    @staticmethod
    def update(w: Array, g: Array, scratch: Array, factors: tuple[Array, ...], *moments: Array) -> Program:
        (beta1, beta2, step, epsilon), (m, v) = factors, moments
        return [
            partial(np.multiply, m, beta1, m),
            partial(np.add, m, g, m),
            partial(np.multiply, v, beta2, v),
            partial(np.multiply, g, g, g),
            partial(np.add, v, g, v),
            partial(np.sqrt, v, g),
            partial(np.add, g, epsilon, g),
            partial(np.divide, m, g, g),
            partial(np.multiply, g, step, g),
            partial(np.subtract, w, g, w),
        ]


AnyOptimizer = Annotated[
    GradientDescent | Momentum | Rmsprop | Adam, Field(discriminator="kind"), BARE_STRING
]
OPTIMIZERS: dict[str, type[Optimizer]] = registry(AnyOptimizer)
