"""Layers: what a hidden layer computes, forwards and backwards, with the bias folded into the product.

Activations are kept as columns, (fan_in + 1, m) with a last row of ones, and a layer's parameters as one
block (fan_in + 1, units) whose last row is the bias; under batch norm the block is (fan_in + 2, units) and
its last rows are beta and gamma. So z = W^T a is a single matrix product and everything element-wise is
contiguous. A leading cohort axis K is there when K > 1.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field

from .activations import AnyActivation, Relu
from .choices import Choice
from .initializers import AnyInitializer, Auto
from .program import Array, Program, product, transposed

MAX_UNITS = 65_536


class Dense(Choice):
    """A layer in which every unit sees every output of the layer before it.

    a = g(W^T x + b), with W of shape (fan_in, units) and b of shape (units,).
    """

    model_config = ConfigDict(title="Dense")
    kind: Literal["dense"] = "dense"
    units: int = Field(
        32,
        ge=1,
        le=MAX_UNITS,
        title="Units",
        description="Width of the layer. More units fit more (less bias) and cost time; fewer train faster.",
    )
    activation: AnyActivation = Field(
        default_factory=Relu,
        title="Activation",
        description="What bends the layer's output. ReLU is the usual choice; it fixes vanishing gradients.",
    )
    initializer: AnyInitializer = Field(
        default_factory=Auto,
        title="Initialisation",
        description="The first weights. Auto takes what suits the activation, which prevents vanishing and "
        "exploding signals.",
    )

    keep_prob: float = Field(
        1.0,
        gt=0,
        le=1,
        title="Keep",
        description="Dropout: share of units kept on in a step. 0.8 or 0.5 when dev is much worse than "
        "train; 1: off.",
    )
    batch_norm: bool = Field(
        False,
        title="Batch norm",
        description="Centres and scales what enters the activation. Speeds up deep networks, forgives a "
        "rough start.",
    )

    def draw(self, rng: np.random.Generator, fan_in: int) -> npt.NDArray[Any]:
        """First weights of shape (fan_in, units). Biases start at zero."""
        return self.initializer.suited_to(self.activation).draw(rng, fan_in, self.units)

    def linear(self, w: Array, x: Array, z: Array, rows: Array | None = None) -> Program:
        """Calls that compute ``z`` (units, m) from ``x`` (fan_in + 1, m); under batch norm without a bias.

        Where ``rows`` (m, units) is given, the product goes there first and is then copied into ``z``."""
        if self.batch_norm:
            w, x = w[..., :-2, :], x[..., :-1, :]
        if rows is None:
            return [product(transposed(w), x, z)]
        return [partial(np.matmul, transposed(x), w, rows), partial(np.copyto, z, transposed(rows))]

    def linear_backward(self, w: Array, g: Array, x: Array, dz: Array, dx: Array | None) -> Program:
        """Calls that turn ``dz`` (units, m) into the gradients ``g`` like ``w``, and into ``dx`` (fan_in, m)
        unless that is None."""
        weights = w[..., :-2, :] if self.batch_norm else w[..., :-1, :]
        if self.batch_norm:
            program = [product(x[..., :-1, :], transposed(dz), g[..., :-2, :])]
        else:
            program = [product(x, transposed(dz), g)]
        if dx is not None:
            program.append(product(weights, dz, dx))
        return program


LAYERS: dict[str, type[Dense]] = {"dense": Dense}
