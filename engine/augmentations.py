"""Augmentations: new images out of old ones, made while training. They fix variance (overfitting).

Every augmentation changes each image of a batch by its own random amount and leaves labels alone. Choose
those that keep an image's meaning: a mirrored 3 is no 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field
from typing_extensions import override

from .choices import BARE_STRING, Choice, registry
from .program import Array
from .resampling import Bends, Matrices, Resampler, Shape, smooth_fields, unmoved

Limits = tuple[npt.ArrayLike, npt.ArrayLike]
#: Pixels changed together. Smaller pieces cost more in calls than they gain by staying in the cache.
TOGETHER = 1 << 16


class Augmentation(Choice):
    """The base of all augmentations. ``strength`` names the field whose 0 means that nothing is changed."""

    strength: ClassVar[str]


class Move(Augmentation):
    """The base of augmentations that move pixels along straight lines."""

    def moves(self, rng: np.random.Generator, m: int, shape: Shape) -> Matrices:
        """One random move for each of ``m`` images, (m, 3, 3): see resampling."""
        raise NotImplementedError


class Bend(Augmentation):
    """The base of augmentations that move every pixel its own way."""

    def bends(self, rng: np.random.Generator, m: int, shape: Shape) -> Bends:
        """Pixels down, and right, of itself at which each pixel reads, each (m, height, width)."""
        raise NotImplementedError


class Recolour(Augmentation):
    """The base of augmentations that change values where they are."""

    def recolour(self, rng: np.random.Generator, images: Array, span: Array) -> None:
        """Change ``images`` (m, height, width, channels) in place; ``span`` (channels,) is high - low."""
        raise NotImplementedError


class Flip(Move):
    """Mirrors images. Doubles the data where left and right, or up and down, mean the same; not for digits
    and letters.

    (y, x) -> (y, -x), or (-y, x).
    """

    model_config = ConfigDict(title="Flip")
    kind: Literal["flip"] = "flip"
    direction: Literal["horizontal", "vertical"] = Field(
        "horizontal",
        title="Direction",
        description="Horizontal swaps left and right, vertical up and down. Both suit views from above.",
    )
    probability: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Probability",
        description="Share of images mirrored. 0.5 shows both sides alike and fixes the most variance.",
    )
    strength: ClassVar[str] = "probability"

    @override
    def moves(self, rng: np.random.Generator, m: int, shape: Shape) -> Matrices:
        moves = unmoved(m)
        axis = 1 if self.direction == "horizontal" else 0
        moves[:, axis, axis] = np.where(rng.random(m) < self.probability, -1.0, 1.0)
        return moves


class Rotate(Move):
    """Turns images about their centre. For things photographed or written at a slant.

    (y, x) -> (y cos t + x sin t, x cos t - y sin t), t uniform in -degrees .. degrees.
    """

    model_config = ConfigDict(title="Rotate")
    kind: Literal["rotate"] = "rotate"
    degrees: float = Field(
        10.0,
        ge=0,
        le=180,
        title="Degrees",
        description="Largest turn either way. 10 suits digits, 180 images seen from above; more fixes more "
        "variance.",
    )
    strength: ClassVar[str] = "degrees"

    @override
    def moves(self, rng: np.random.Generator, m: int, shape: Shape) -> Matrices:
        angle = rng.uniform(-1, 1, m) * math.radians(self.degrees)
        moves = unmoved(m)
        moves[:, 0, 0] = moves[:, 1, 1] = np.cos(angle)
        moves[:, 0, 1] = np.sin(angle)
        moves[:, 1, 0] = -moves[:, 0, 1]
        return moves


class Shift(Move):
    """Pushes images aside. For things that are not always in the middle.

    (y, x) -> (y + a height, x + b width), a and b uniform in -share .. share.
    """

    model_config = ConfigDict(title="Shift")
    kind: Literal["shift"] = "shift"
    share: float = Field(
        0.1,
        ge=0,
        le=0.5,
        title="Share",
        description="Largest push either way, as a share of the image. Raise it against variance until "
        "things leave the picture.",
    )
    strength: ClassVar[str] = "share"

    @override
    def moves(self, rng: np.random.Generator, m: int, shape: Shape) -> Matrices:
        moves = unmoved(m)
        moves[:, :2, 2] = rng.uniform(-1, 1, (m, 2)) * self.share * (shape.height, shape.width)
        return moves


class Scale(Move):
    """Makes what is in the image larger or smaller. For things seen from nearer and farther.

    (y, x) -> (y, x) / s, log s uniform in -log(1 + zoom) .. log(1 + zoom).
    """

    model_config = ConfigDict(title="Scale")
    kind: Literal["scale"] = "scale"
    zoom: float = Field(
        0.1,
        ge=0,
        le=3,
        title="Zoom",
        description="0.1 is from 1.1 times smaller to 1.1 times larger. Raise it against variance when sizes "
        "differ.",
    )
    strength: ClassVar[str] = "zoom"

    @override
    def moves(self, rng: np.random.Generator, m: int, shape: Shape) -> Matrices:
        moves = unmoved(m)
        moves[:, 0, 0] = moves[:, 1, 1] = np.exp(rng.uniform(-1, 1, m) * math.log1p(self.zoom))
        return moves


class Crop(Move):
    """Cuts a random window out of the image and enlarges it to full size. Teaches to recognise things by a
    part of them.

    (y, x) -> (1 - c) (y, x) + a place that keeps the window inside, c uniform in 0 .. share.
    """

    model_config = ConfigDict(title="Crop")
    kind: Literal["crop"] = "crop"
    share: float = Field(
        0.15,
        ge=0,
        le=0.9,
        title="Share",
        description="Largest part of each side cut away. Raise it against variance while a window still "
        "shows what it is.",
    )
    strength: ClassVar[str] = "share"

    @override
    def moves(self, rng: np.random.Generator, m: int, shape: Shape) -> Matrices:
        moves = unmoved(m)
        cut = rng.uniform(0, 1, m) * self.share
        room = np.array([shape.height - 1, shape.width - 1]) / 2
        moves[:, 0, 0] = moves[:, 1, 1] = 1 - cut
        moves[:, :2, 2] = rng.uniform(-1, 1, (m, 2)) * cut[:, None] * room
        return moves


class Elastic(Bend):
    """Bends images like rubber. Imitates the unsteadiness of a hand: the strongest augmentation for writing.

    Each pixel is read at a smooth random distance. Simard et al. 2003,
    https://doi.org/10.1109/ICDAR.2003.1227801
    """

    model_config = ConfigDict(title="Elastic distortion")
    kind: Literal["elastic"] = "elastic"
    displacement: float = Field(
        0.04,
        ge=0,
        le=0.5,
        title="Displacement",
        description="Usual distance moved, as a share of the shorter side. Raise it against variance; too "
        "much tears shapes.",
    )
    smoothness: float = Field(
        0.14,
        ge=0.02,
        le=1,
        title="Smoothness",
        description="Size of the bends, as a share of the shorter side. Smaller ripples, larger sways.",
    )
    strength: ClassVar[str] = "displacement"

    @override
    def bends(self, rng: np.random.Generator, m: int, shape: Shape) -> Bends:
        side = min(shape.height, shape.width)
        scale, deviation = max(1.0, self.smoothness * side), self.displacement * side
        fields = [smooth_fields(rng, m, shape.height, shape.width, scale, deviation) for _ in range(2)]
        return fields[0], fields[1]


class Noise(Recolour):
    """Adds grain to every pixel. Keeps a network from relying on exact values; for images from poor sensors.

    v -> v + (high - low) deviation N(0, 1).
    """

    model_config = ConfigDict(title="Noise")
    kind: Literal["noise"] = "noise"
    deviation: float = Field(
        0.05,
        ge=0,
        le=1,
        title="Deviation",
        description="Size of the grain, as a share of the value range. 0.05 is visible; raise it against "
        "variance.",
    )
    strength: ClassVar[str] = "deviation"

    @override
    def recolour(self, rng: np.random.Generator, images: Array, span: Array) -> None:
        grain = rng.standard_normal(images.shape, dtype=images.dtype.type)
        grain *= (self.deviation * span).astype(images.dtype)
        images += grain


class Brightness(Recolour):
    """Makes whole images lighter or darker. For photographs taken in different light.

    v -> v + (high - low) b, b uniform in -amount .. amount, one for each image.
    """

    model_config = ConfigDict(title="Brightness")
    kind: Literal["brightness"] = "brightness"
    amount: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Amount",
        description="Largest change either way, as a share of the value range. Raise it against variance "
        "when light differs.",
    )
    strength: ClassVar[str] = "amount"

    @override
    def recolour(self, rng: np.random.Generator, images: Array, span: Array) -> None:
        change = rng.uniform(-1, 1, (len(images), 1, 1, 1)) * self.amount * span
        images += change.astype(images.dtype)


AnyAugmentation = Annotated[
    Flip | Rotate | Shift | Scale | Crop | Elastic | Noise | Brightness,
    Field(discriminator="kind"),
    BARE_STRING,
]
AUGMENTATIONS: dict[str, type[Augmentation]] = registry(AnyAugmentation)


def value_limits(x: Array, shape: Sequence[int]) -> tuple[Array, Array]:
    """Lowest and highest value of each channel, (channels,), in training images ``x``, see ``augment``."""
    images = _images(x, Shape(*shape))
    return images.min(axis=(0, 1, 2)), images.max(axis=(0, 1, 2))


class Augmenter:
    """Changes batches of images at random; make one and use it for every batch.

    ``shape`` is (height, width, channels) of an image. Moves are composed in the order of ``steps`` and read
    once, bends on top of them; then values are changed in the order of ``steps``. They stay within
    ``limits``, low and high as numbers or (channels,): give the ``value_limits`` of the training part;
    without them each batch's own hold.
    """

    def __init__(
        self,
        shape: Sequence[int],
        steps: Sequence[Augmentation],
        dtype: npt.DTypeLike = np.float32,
        limits: Limits | None = None,
    ) -> None:
        self.shape, self.dtype, self.limits = Shape(*shape), np.dtype(dtype), limits
        self._moves = [step for step in steps if isinstance(step, Move)]
        self._bends = [step for step in steps if isinstance(step, Bend)]
        self._recolours = [step for step in steps if isinstance(step, Recolour)]
        self._together = max(1, TOGETHER // (self.shape.height * self.shape.width))
        self._resampler = Resampler(self._together, self.shape, self.dtype)

    def __call__(self, batch: Array, rng: np.random.Generator, out: Array | None = None) -> Array:
        """A changed copy of ``batch``, see ``augment``."""
        images = _images(batch, self.shape)
        out = np.empty(batch.shape, dtype=self.dtype) if out is None else out
        _check_dtypes(self.dtype, batch, out)
        results = np.reshape(out, images.shape, copy=False)
        low, high = (np.asarray(a, self.dtype) for a in self.limits or value_limits(batch, self.shape))
        for start in range(0, len(images), self._together):
            part = slice(start, start + self._together)
            np.clip(self._changed(images[part], rng, high - low), low, high, out=results[part])
        return out

    def _changed(self, images: Array, rng: np.random.Generator, span: Array) -> Array:
        m, shape = len(images), self.shape
        if self._moves or self._bends:
            moves = reduce(np.matmul, [step.moves(rng, m, shape) for step in self._moves], unmoved(m))
            bends = [step.bends(rng, m, shape) for step in self._bends]
            images = self._resampler(images, moves, bends)
        elif self._recolours:
            images = images.copy()
        for step in self._recolours:
            step.recolour(rng, images, span)
        return images


def augment(
    batch: Array,
    shape: Sequence[int],
    steps: Sequence[Augmentation],
    rng: np.random.Generator,
    out: Array | None = None,
    limits: Limits | None = None,
) -> Array:
    """A randomly changed copy of the images in ``batch``, in its shape and dtype; see Augmenter.

    ``batch`` is (m, height, width, channels), or (m, height * width * channels) with the numbers in that
    order. ``out`` receives the result and may be ``batch`` itself. Raises ValueError when the batch does not
    fit its shape or holds no floats.
    """
    return Augmenter(shape, steps, batch.dtype, limits)(batch, rng, out)


def _images(batch: Array, shape: Shape) -> Array:
    """``batch`` as (m, height, width, channels), a view where possible."""
    flat = math.prod(shape)
    if batch.shape[1:] not in (shape, (flat,)) or not flat:
        expected = " or ".join(str(("m", *each)).replace("'m'", "m") for each in (shape, (flat,)))
        raise ValueError(f"The batch has shape {batch.shape}, expected {expected}.")
    return batch.reshape(len(batch), *shape)


def _check_dtypes(dtype: np.dtype[Any], batch: Array, out: Array) -> None:
    if dtype.kind != "f":
        raise ValueError(f"Images of dtype {dtype} cannot be augmented: convert them to float32 or float64.")
    if batch.dtype != dtype:
        raise ValueError(f"The batch has dtype {batch.dtype}, but {dtype} was announced.")
    if out.shape != batch.shape or out.dtype != dtype:
        raise ValueError(f"out is {out.dtype} {out.shape}, but the batch is {dtype} {batch.shape}.")
