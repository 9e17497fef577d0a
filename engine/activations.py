"""Activations: element-wise functions g(z) and their derivatives, in place on arrays of any shape."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from .choices import BARE_STRING, Choice, registry


class Activation(Choice):
    """The base of all activations."""


class Relu(Activation):
    """Passes positive values, blocks negative ones. The usual first choice: it keeps gradients alive in deep
    networks, where sigmoid and tanh let them vanish.

    g(z) = max(0, z). Nair and Hinton 2010, https://www.cs.toronto.edu/~hinton/absps/reluICML.pdf
    """

    model_config = ConfigDict(title="ReLU")
    kind: Literal["relu"] = "relu"


class LeakyRelu(Activation):
    """ReLU with a small slope below zero. Reach for it when many ReLU units are dead (always zero).

    g(z) = max(z, slope * z). Maas et al. 2013, https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf
    """

    model_config = ConfigDict(title="Leaky ReLU")
    kind: Literal["leaky_relu"] = "leaky_relu"
    slope: float = Field(
        0.01,
        gt=0,
        lt=1,
        title="Slope",
        description="Slope below zero. Small keeps the ReLU character; larger lets more gradient through.",
    )


class Tanh(Activation):
    """Squashes into (-1, 1) around zero. Good in shallow networks and on standardised inputs; its gradient
    vanishes when units saturate.

    g(z) = (e^z - e^-z) / (e^z + e^-z). LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf
    """

    model_config = ConfigDict(title="tanh")
    kind: Literal["tanh"] = "tanh"


class Sigmoid(Activation):
    """Squashes into (0, 1). Mostly for seeing why it was replaced: its gradient is at most 1/4, so deep
    networks of it learn very slowly.

    g(z) = 1 / (1 + e^-z). Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
    """

    model_config = ConfigDict(title="Sigmoid")
    kind: Literal["sigmoid"] = "sigmoid"


class Linear(Activation):
    """Passes everything unchanged. For comparison: with only linear layers a deep network is no more than
    one linear layer.

    g(z) = z.
    """

    model_config = ConfigDict(title="Linear")
    kind: Literal["linear"] = "linear"


AnyActivation = Annotated[
    Relu | LeakyRelu | Tanh | Sigmoid | Linear, Field(discriminator="kind"), BARE_STRING
]
ACTIVATIONS: dict[str, type[Activation]] = registry(AnyActivation)
