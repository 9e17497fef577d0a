"""Optimizers, in order of increasing complexity: what turns a gradient into a step."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from .choices import BARE_STRING, Choice, registry


class Optimizer(Choice):
    """The base of all optimizers."""


class GradientDescent(Optimizer):
    """A plain step against the gradient. The simplest; needs a well-chosen learning rate and is slow in
    narrow valleys.

    w -= alpha * g.
    """

    model_config = ConfigDict(title="Gradient descent")
    kind: Literal["gradient_descent"] = "gradient_descent"


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


AnyOptimizer = Annotated[
    GradientDescent | Momentum | Rmsprop | Adam, Field(discriminator="kind"), BARE_STRING
]
OPTIMIZERS: dict[str, type[Optimizer]] = registry(AnyOptimizer)
