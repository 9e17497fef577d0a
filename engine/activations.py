"""Activations: element-wise functions g(z) and their derivatives, in place on arrays of any shape."""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field
from typing_extensions import override

from .choices import BARE_STRING, Choice, registry
from .program import Array, Program, constant, scalar, zeros_like


class Activation(Choice):
    """The base of all activations.

    ``z`` and ``a`` are one and the same array unless the class sets ``needs_input``. ``keeps_one`` says that
    g(1) = 1. ``suits`` names the initializer that keeps signals steady through it, which is what ``auto``
    draws by.
    """

    needs_input: ClassVar[bool] = False
    keeps_one: ClassVar[bool] = False
    suits: ClassVar[Literal["he", "xavier"]] = "he"

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
    keeps_one: ClassVar[bool] = True

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
    suits: ClassVar[Literal["he", "xavier"]] = "xavier"

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
    suits: ClassVar[Literal["he", "xavier"]] = "xavier"

    @override
    def forward(self, z: Array, a: Array) -> Program:
        return _sigmoid(z, a)

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
    suits: ClassVar[Literal["he", "xavier"]] = "xavier"

    @override
    def forward(self, z: Array, a: Array) -> Program:
        return []

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        return []


class Elu(Activation):
    """ReLU with a smooth bend that levels off below zero. Reach for it when ReLU units die or outputs should
    average near zero.

    g(z) = z above zero, alpha * (e^z - 1) below. Clevert et al. 2016, https://arxiv.org/abs/1511.07289
    """

    model_config = ConfigDict(title="ELU")
    kind: Literal["elu"] = "elu"
    alpha: float = Field(
        1.0,
        gt=0,
        le=10,
        title="Alpha",
        description="Depth of the plateau below zero: outputs stay above -alpha. 1 keeps the bend smooth.",
    )

    @override
    def forward(self, z: Array, a: Array) -> Program:
        below = zeros_like(z)
        return [
            partial(np.minimum, z, scalar(0, z), out=below),
            partial(np.expm1, below, below),
            partial(np.multiply, below, scalar(self.alpha, z), below),
            partial(np.maximum, z, constant(0, z), out=a),
            partial(np.add, a, below, a),
        ]

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        # g' = 1 above zero, a + alpha below
        positive = np.empty(z.shape, dtype=bool)
        return [
            partial(np.greater, a, scalar(0, a), positive),
            partial(np.add, a, scalar(self.alpha, a), a),
            partial(np.copyto, a, scalar(1, a), where=positive),
            partial(np.multiply, da, a, da),
        ]


class Gelu(Activation):
    """A smooth ReLU that lets a little through just below zero. Usual in transformers; worth a try where ReLU
    learns well and a smoother fit is wanted.

    g(z) = z / 2 * (1 + tanh(sqrt(2 / pi) * (z + 0.044715 z^3))), the usual form without the error function.
    Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415
    """

    model_config = ConfigDict(title="GELU")
    kind: Literal["gelu"] = "gelu"
    needs_input: ClassVar[bool] = True

    @override
    def forward(self, z: Array, a: Array) -> Program:
        return [
            *_gelu_tanh(z, a),
            partial(np.add, a, scalar(1, a), a),
            partial(np.multiply, a, scalar(0.5, a), a),
            partial(np.multiply, a, z, a),
        ]

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        # With t the tanh and u its argument, g' = (1 + t) / 2 * (1 + z u' (1 - t)) and
        # z u' = sqrt(2 / pi) * (z + 3 * 0.044715 z^3).
        slope = zeros_like(z)
        return [
            *_gelu_tanh(z, a),
            *_gelu_argument(z, slope, 3 * _GELU_CUBIC),
            partial(np.subtract, scalar(1, a), a, z),
            partial(np.multiply, slope, z, slope),
            partial(np.add, slope, scalar(1, a), slope),
            partial(np.add, a, scalar(1, a), a),
            partial(np.multiply, a, scalar(0.5, a), a),
            partial(np.multiply, slope, a, slope),
            partial(np.multiply, da, slope, da),
        ]


_GELU_CUBIC = 0.044715


def _gelu_argument(z: Array, out: Array, cubic: float) -> Program:
    """Calls that write sqrt(2 / pi) * (z + cubic * z^3)."""
    return [
        partial(np.multiply, z, z, out),
        partial(np.multiply, out, scalar(cubic, z), out),
        partial(np.add, out, scalar(1, z), out),
        partial(np.multiply, out, z, out),
        partial(np.multiply, out, scalar(np.sqrt(2 / np.pi), z), out),
    ]


def _gelu_tanh(z: Array, out: Array) -> Program:
    return [*_gelu_argument(z, out, _GELU_CUBIC), partial(np.tanh, out, out)]


class Silu(Activation):
    """z times its sigmoid, also called swish: smooth, and dips slightly below zero. Worth a try in deep
    networks in place of ReLU.

    g(z) = z / (1 + e^-z). Ramachandran et al. 2017, https://arxiv.org/abs/1710.05941
    """

    model_config = ConfigDict(title="SiLU")
    kind: Literal["silu"] = "silu"
    needs_input: ClassVar[bool] = True

    @override
    def forward(self, z: Array, a: Array) -> Program:
        return [*_sigmoid(z, a), partial(np.multiply, a, z, a)]

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        # With s the sigmoid, g' = s * (1 + z (1 - s)).
        slope = zeros_like(z)
        return [
            *_sigmoid(z, a),
            partial(np.subtract, scalar(1, a), a, slope),
            partial(np.multiply, slope, z, slope),
            partial(np.add, slope, scalar(1, a), slope),
            partial(np.multiply, slope, a, slope),
            partial(np.multiply, da, slope, da),
        ]


class Softplus(Activation):
    """A ReLU without the corner: always positive, always with a gradient. For outputs that must stay
    positive; slower than ReLU.

    g(z) = log(1 + e^z). Dugas et al. 2001, https://papers.nips.cc/paper/1920
    """

    model_config = ConfigDict(title="Softplus")
    kind: Literal["softplus"] = "softplus"

    @override
    def forward(self, z: Array, a: Array) -> Program:
        return [partial(np.logaddexp, z, scalar(0, z), a)]

    @override
    def backward(self, z: Array, a: Array, da: Array) -> Program:
        # g' = 1 / (1 + e^-z) = 1 - e^-a
        return [
            partial(np.negative, a, a),
            partial(np.expm1, a, a),
            partial(np.multiply, da, a, da),
            partial(np.negative, da, da),
        ]


def _sigmoid(z: Array, out: Array) -> Program:
    """Calls that write 1 / (1 + e^-z)."""
    return [
        partial(np.negative, z, out),
        partial(np.exp, out, out),
        partial(np.add, out, scalar(1, out), out),
        partial(np.reciprocal, out, out),
    ]


AnyActivation = Annotated[
    Relu | LeakyRelu | Elu | Gelu | Silu | Softplus | Tanh | Sigmoid | Linear,
    Field(discriminator="kind"),
    BARE_STRING,
]
ACTIVATIONS: dict[str, type[Activation]] = registry(AnyActivation)
