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
    #: Whether the last factor is what all weights are multiplied by before the step (decoupled decay).
    decays: ClassVar[bool] = False
    usual_rates: ClassVar[UsualRates] = UsualRates(1e-3, 1.0, 0.1)

    def factors(self, alpha: Array, t: Array) -> Factors:
        """What ``update`` needs at steps ``t`` (T,), counted from 1, with learning rates ``alpha`` (T,)."""
        raise NotImplementedError

    def scales(self, t: int) -> tuple[float, ...]:
        """What each moment, as it is stored after ``t`` steps, has to be multiplied by for the average that
        the formula speaks of."""
        return (1.0,) * self.moments

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

    v = beta * v + (1 - beta) * g;  w -= alpha * v, or classic: v = beta * v + g. Polyak 1964,
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
    form: Literal["averaging", "classic"] = Field(
        "averaging",
        title="Form",
        description="Averaging keeps the size of a step; classic sums gradients, so its steps are "
        "1 / (1 - beta) times as long.",
    )
    moments: ClassVar[int] = 1

    @override
    def factors(self, alpha: Array, t: Array) -> Factors:
        return self.beta, alpha * self.scales(1)[0]

    @override
    def scales(self, t: int) -> tuple[float, ...]:
        return (1 - self.beta if self.form == "averaging" else 1.0,)

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


class Nesterov(Optimizer):
    """Momentum that looks ahead: it steps by the gradient where momentum is about to lead. A little steadier
    than momentum at high beta.

    v = beta * v + g;  w -= alpha * (g + beta * v). Sutskever et al. 2013, rewritten for gradients at w,
    https://proceedings.mlr.press/v28/sutskever13.html
    """

    model_config = ConfigDict(title="Nesterov")
    kind: Literal["nesterov"] = "nesterov"
    beta: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Beta",
        description="Memory of past gradients. Steps become 1 / (1 - beta) times as long, so lower the "
        "learning rate with it.",
    )
    moments: ClassVar[int] = 1
    usual_rates: ClassVar[UsualRates] = UsualRates(1e-4, 0.3, 0.01)

    @override
    def factors(self, alpha: Array, t: Array) -> Factors:
        return self.beta, alpha

    @override
    @staticmethod
    def update(w: Array, g: Array, scratch: Array, factors: tuple[Array, ...], *moments: Array) -> Program:
        (beta, step), (v,) = factors, moments
        return [
            partial(np.multiply, v, beta, v),
            partial(np.add, v, g, v),
            partial(np.multiply, v, beta, scratch),
            partial(np.add, g, scratch, g),
            partial(np.multiply, g, step, g),
            partial(np.subtract, w, g, w),
        ]


class Adagrad(Optimizer):
    """Divides each step by the root of all squared gradients so far, so rates fall by themselves. For sparse
    inputs; slows down in long runs.

    s += g^2;  w -= alpha * g / (sqrt(s) + epsilon). Duchi et al. 2011,
    https://jmlr.org/papers/v12/duchi11a.html
    """

    model_config = ConfigDict(title="Adagrad")
    kind: Literal["adagrad"] = "adagrad"
    epsilon: float = Field(
        1e-8,
        gt=0,
        le=1,
        title="Epsilon",
        description="Keeps the division from blowing up. Raise it only when the first steps are too long.",
    )
    moments: ClassVar[int] = 1
    usual_rates: ClassVar[UsualRates] = UsualRates(1e-4, 0.5, 0.01)

    @override
    def factors(self, alpha: Array, t: Array) -> Factors:
        return alpha, self.epsilon

    @override
    @staticmethod
    def update(w: Array, g: Array, scratch: Array, factors: tuple[Array, ...], *moments: Array) -> Program:
        (step, epsilon), (s,) = factors, moments
        return [
            partial(np.multiply, g, g, scratch),
            partial(np.add, s, scratch, s),
            partial(np.sqrt, s, scratch),
            partial(np.add, scratch, epsilon, scratch),
            partial(np.divide, g, scratch, g),
            partial(np.multiply, g, step, g),
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
    def scales(self, t: int) -> tuple[float, ...]:
        return (1 - self.beta,)

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


class _Adaptive(Optimizer):
    """The constants that Adam and its variants share."""

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
    bias_correction: bool = Field(
        True,
        title="Bias correction",
        description="Makes up for averages that start at zero. Turn it off only to see the odd first steps "
        "without it.",
    )
    moments: ClassVar[int] = 2
    usual_rates: ClassVar[UsualRates] = UsualRates(1e-5, 0.02, 0.001)

    @override
    def factors(self, alpha: Array, t: Array) -> Factors:
        # Both corrections and both (1 - beta) folded into the step and epsilon.
        mean, square = self._corrected(self.beta1, t), self._corrected(self.beta2, t)
        root = np.sqrt(square)
        return self.beta1, self.beta2, alpha * mean / root, self.epsilon / root

    @override
    def scales(self, t: int) -> tuple[float, ...]:
        mean, square = float(self._corrected(self.beta1, t)), float(self._corrected(self.beta2, t))
        return (mean, *(self.moments - 1) * (square,))

    def _corrected(self, beta: float, t: Array | int) -> Array | float:
        return (1 - beta) / (1 - beta**t) if self.bias_correction else (1 - beta) / np.ones_like(t)


class Adam(_Adaptive):
    """Momentum and RMSprop together, corrected for their cold start. Works well nearly everywhere with a
    learning rate around 0.001: the usual first choice.

    m = beta1 * m + (1 - beta1) * g;  v = beta2 * v + (1 - beta2) * g^2;
    w -= alpha * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
    Kingma and Ba 2015, https://arxiv.org/abs/1412.6980
    """

    model_config = ConfigDict(title="Adam")
    kind: Literal["adam"] = "adam"

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


class AdamW(Adam):
    """Adam with decoupled weight decay: all weights shrink a little before each step, apart from the
    gradient. Regularises Adam better than L2 does.

    w *= 1 - alpha * weight_decay, biases left alone; then Adam's step. Loshchilov and Hutter 2019,
    https://arxiv.org/abs/1711.05101
    """

    model_config = ConfigDict(title="AdamW")
    kind: Literal["adamw"] = "adamw"  # type: ignore[assignment]
    weight_decay: float = Field(
        0.01,
        ge=0,
        le=10,
        title="Weight decay",
        description="Share of each weight, times the learning rate, that a step takes away. Raise it against "
        "overfitting (variance).",
    )
    decays: ClassVar[bool] = True

    @override
    def factors(self, alpha: Array, t: Array) -> Factors:
        return *super().factors(alpha, t), 1 - alpha * self.weight_decay

    @override
    @staticmethod
    def update(w: Array, g: Array, scratch: Array, factors: tuple[Array, ...], *moments: Array) -> Program:
        return Adam.update(w, g, scratch, factors[:-1], *moments)


class AmsGrad(_Adaptive):
    """Adam whose divisor never shrinks. Reach for it when Adam's cost rises again late in training.

    As Adam, dividing by the largest v so far. Reddi et al. 2018, https://arxiv.org/abs/1904.09237
    """

    model_config = ConfigDict(title="AMSGrad")
    kind: Literal["amsgrad"] = "amsgrad"
    moments: ClassVar[int] = 3

    @override
    @staticmethod
    def update(w: Array, g: Array, scratch: Array, factors: tuple[Array, ...], *moments: Array) -> Program:
        (beta1, beta2, step, epsilon), (m, v, largest) = factors, moments
        return [
            partial(np.multiply, m, beta1, m),
            partial(np.add, m, g, m),
            partial(np.multiply, v, beta2, v),
            partial(np.multiply, g, g, g),
            partial(np.add, v, g, v),
            partial(np.maximum, largest, v, out=largest),
            partial(np.sqrt, largest, g),
            partial(np.add, g, epsilon, g),
            partial(np.divide, m, g, g),
            partial(np.multiply, g, step, g),
            partial(np.subtract, w, g, w),
        ]


AnyOptimizer = Annotated[
    GradientDescent | Momentum | Nesterov | Adagrad | Rmsprop | Adam | AdamW | AmsGrad,
    Field(discriminator="kind"),
    BARE_STRING,
]
OPTIMIZERS: dict[str, type[Optimizer]] = registry(AnyOptimizer)
