"""Activations: element-wise functions g(z) and their derivatives, in place on arrays of any shape."""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field
from typing_extensions import override

from .choices import BARE_STRING, Choice, registry
from .program import Array, Program, constant, scalar


class Activation(Choice):
    """The base of all activations.

    ``z`` and ``a`` are one and the same array unless the class sets ``needs_input``.
    """

    needs_input: ClassVar[bool] = False

    def forward(self, z: Array, a: Array) -> Program:
        """Calls that write g(z) into ``a``."""
        raise NotImplementedError

    def backward(self, z: Array, a: Array, da: Array) -> Program:
        """Calls that multiply ``da`` by g'(z) in place. They may overwrite ``z`` and ``a``."""
        raise NotImplementedError


class Relu(Activation):
    """Passes positive values, blocks negative ones. The usual first choice: it keeps gradients alive in deep
    networks, where sigmoid and tanh let them vanish.

    g(z) = max(0, z). Nair and Hinton 2010, https://www.cs.toronto.edu/~hinton/absps/reluICML.pdf
    """

    model_config = ConfigDict(title="ReLU")
    kind: Literal["relu"] = "relu"

    @override
    def forward(self, z: Array, a: Array) -> Program:
        zeros, maximum = constant(0, z), np.maximum
        return [lambda: maximum(z, zeros, out=a)]

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        # Read as integers, the bits of a positive float are at least 1, so min(bits, 1) is g'(z), and
        # multiplying the bits of da by 0 or 1 is exact. A third faster than the ways through booleans.
        bits = np.dtype(f"u{a.itemsize}")
        active, slopes = a.view(bits), da.view(bits)
        ones, minimum = constant(1, active), np.minimum
        return [lambda: minimum(active, ones, out=active), partial(np.multiply, slopes, active, slopes)]


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
    needs_input: ClassVar[bool] = True

    @override
    def forward(self, z: Array, a: Array) -> Program:
        maximum = np.maximum
        return [partial(np.multiply, z, scalar(self.slope, z), a), lambda: maximum(z, a, out=a)]

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        positive = np.empty(z.shape, dtype=bool)
        return [
            partial(np.greater, z, scalar(0, z), positive),
            partial(np.copyto, a, positive),
            partial(np.multiply, a, scalar(1 - self.slope, a), a),
            partial(np.add, a, scalar(self.slope, a), a),
            partial(np.multiply, da, a, da),
        ]


class Tanh(Activation):
    """Squashes into (-1, 1) around zero. Good in shallow networks and on standardised inputs; its gradient
    vanishes when units saturate.

    g(z) = (e^z - e^-z) / (e^z + e^-z). LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf
    """

    model_config = ConfigDict(title="tanh")
    kind: Literal["tanh"] = "tanh"

    @override
    def forward(self, z: Array, a: Array) -> Program:
        return [partial(np.tanh, z, a)]

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        # g' = 1 - a^2
        return [
            partial(np.multiply, a, a, a),
            partial(np.multiply, a, da, a),
            partial(np.subtract, da, a, da),
        ]


class Sigmoid(Activation):
    """Squashes into (0, 1). Mostly for seeing why it was replaced: its gradient is at most 1/4, so deep
    networks of it learn very slowly.

    g(z) = 1 / (1 + e^-z). Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
    """

    model_config = ConfigDict(title="Sigmoid")
    kind: Literal["sigmoid"] = "sigmoid"

    @override
    def forward(self, z: Array, a: Array) -> Program:
        return [
            partial(np.negative, z, a),
            partial(np.exp, a, a),
            partial(np.add, a, scalar(1, a), a),
            partial(np.reciprocal, a, a),
        ]

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        # g' = a (1 - a)
        return [
            partial(np.multiply, da, a, da),
            partial(np.subtract, scalar(1, a), a, a),
            partial(np.multiply, da, a, da),
        ]


class Linear(Activation):
    """Passes everything unchanged. For comparison: with only linear layers a deep network is no more than
    one linear layer.

    g(z) = z.
    """

    model_config = ConfigDict(title="Linear")
    kind: Literal["linear"] = "linear"

    @override
    def forward(self, z: Array, a: Array) -> Program:
        return []

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        return []


AnyActivation = Annotated[
    Relu | LeakyRelu | Tanh | Sigmoid | Linear, Field(discriminator="kind"), BARE_STRING
]
ACTIVATIONS: dict[str, type[Activation]] = registry(AnyActivation)
