"""Layers: what a hidden layer computes, forwards and backwards, with the bias folded into the product.

Activations are kept as columns, (fan_in + 1, m) with a last row of ones, and a layer's parameters as one
block (fan_in + 1, units) whose last row is the bias; so z = W^T a is a single matrix product and everything
element-wise is contiguous. A leading cohort axis K is there when K > 1.
"""

from __future__ import annotations

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

    def draw(self, rng: np.random.Generator, fan_in: int) -> npt.NDArray[Any]:
        """First weights of shape (fan_in, units). Biases start at zero."""
        return self.initializer.suited_to(self.activation).draw(rng, fan_in, self.units)

    def forward(self, w: Array, x: Array, z: Array, a: Array) -> Program:
        """Calls that compute ``z`` and ``a`` (units, m) from ``x`` (fan_in + 1, m)."""
        return [product(transposed(w), x, z), *self.activation.forward(z, a)]

    def backward(
        self, w: Array, g: Array, x: Array, z: Array, a: Array, da: Array, dx: Array | None
    ) -> Program:
        """Calls that turn ``da`` (units, m) into the gradients ``g`` like ``w``, and into ``dx`` (fan_in, m)
        unless that is None."""
        program = [*self.activation.backward(z, a, da), product(x, transposed(da), g)]
        if dx is not None:
            program.append(product(w[..., :-1, :], da, dx))
        return program


LAYERS: dict[str, type[Dense]] = {"dense": Dense}
