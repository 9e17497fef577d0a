"""Heads: the output layer's function, its cost and the cost's gradient with respect to the logits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from .choices import BARE_STRING, Choice, registry


class Head(Choice):
    """The base of all heads."""


class SoftmaxHead(Head):
    """One class out of several: a probability for each, adding up to one. For every task with two or more
    exclusive classes.

    p = softmax(z), cost = -mean(log p[class]).
    """

    model_config = ConfigDict(title="Softmax")
    kind: Literal["softmax"] = "softmax"


class SigmoidHead(Head):
    """One yes or no: a single probability. For tasks with two classes.

    p = 1 / (1 + e^-z), cost = -mean(y log p + (1 - y) log(1 - p)).
    """

    model_config = ConfigDict(title="Sigmoid")
    kind: Literal["sigmoid"] = "sigmoid"


class SquaredErrorHead(Head):
    """A number, or several: the plain output judged by its squared distance. For regression.

    cost = mean((z - y)^2 / 2), summed over the outputs.
    """

    model_config = ConfigDict(title="Squared error")
    kind: Literal["squared_error"] = "squared_error"


AnyHead = Annotated[SoftmaxHead | SigmoidHead | SquaredErrorHead, Field(discriminator="kind"), BARE_STRING]
HEADS: dict[str, type[Head]] = registry(AnyHead)
