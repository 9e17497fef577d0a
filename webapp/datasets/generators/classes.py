"""Points in the plane in classes: what a network learns about them can be seen."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from webapp.datasets.generators.base import Classes, Generator, Noise

Points = tuple[np.ndarray, np.ndarray]


def _codes(n: int, classes: int) -> np.ndarray:
    """Class numbers for `n` points, as equally many of each as can be."""
    return np.arange(n) % classes


def _shaken(x: np.ndarray, y: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """The points (x, y) with normal noise of deviation `noise`, (n, 2)."""
    return np.stack([x, y], axis=1) + rng.normal(0, noise, (len(x), 2))


class Moons(Generator):
    """(cos t, sin t) and (1 - cos t, 1/2 - sin t) for t in [0, π]."""

    kind: ClassVar[str] = "moons"
    title: ClassVar[str] = "Moons"
    teaches: ClassVar[str] = "A straight line gets most of it, a few hidden units get the rest."

    noise: Noise = 0.1

    def points(self, rng: np.random.Generator) -> Points:
        half = _codes(self.n, 2)
        t = rng.uniform(0, np.pi, self.n)
        x = np.where(half == 0, np.cos(t), 1 - np.cos(t))
        y = np.where(half == 0, np.sin(t), 0.5 - np.sin(t))
        return _shaken(x, y, self.noise, rng), half


class Circles(Generator):
    """Rings of radius 1/classes, 2/classes, ..., 1 around one centre."""

    kind: ClassVar[str] = "circles"
    title: ClassVar[str] = "Circles"
    teaches: ClassVar[str] = "Hopeless without a hidden layer, easy with one."

    noise: Noise = 0.05
    classes: Classes = 2

    def points(self, rng: np.random.Generator) -> Points:
        ring = _codes(self.n, self.classes)
        radius, t = (ring + 1) / self.classes, rng.uniform(0, 2 * np.pi, self.n)
        return _shaken(radius * np.cos(t), radius * np.sin(t), self.noise, rng), ring


class Spirals(Generator):
    """Arms r = t, angle = 2π turns t, each turned by 2π/classes against the one before."""

    kind: ClassVar[str] = "spirals"
    title: ClassVar[str] = "Spirals"
    teaches: ClassVar[str] = "Shows what depth, width and patience buy."

    noise: Noise = 0.02
    classes: Classes = 2
    turns: Annotated[float, Field(ge=0.25, le=4, title="Turns")] = 1.5

    def points(self, rng: np.random.Generator) -> Points:
        arm = _codes(self.n, self.classes)
        t = np.sqrt(rng.uniform(0.005, 1, self.n))  # as many points on each bit of length
        angle = 2 * np.pi * (self.turns * t + arm / self.classes)
        return _shaken(t * np.cos(angle), t * np.sin(angle), self.noise, rng), arm


class Blobs(Generator):
    """Round clouds whose centres lie on a circle of radius 1."""

    kind: ClassVar[str] = "blobs"
    title: ClassVar[str] = "Blobs"
    teaches: ClassVar[str] = "Round clouds: softmax alone tells them apart, until noise makes them overlap."

    noise: Noise = 0.25
    classes: Classes = 3

    def points(self, rng: np.random.Generator) -> Points:
        cloud = _codes(self.n, self.classes)
        angle = 2 * np.pi * cloud / self.classes
        return _shaken(np.cos(angle), np.sin(angle), self.noise, rng), cloud


class Xor(Generator):
    """The square from -1 to 1: class B where x1 and x2 have different signs."""

    kind: ClassVar[str] = "xor"
    title: ClassVar[str] = "XOR"
    teaches: ClassVar[str] = "Neither input says anything by itself: the smallest case for a hidden layer."

    noise: Noise = 0.05

    def points(self, rng: np.random.Generator) -> Points:
        different = _codes(self.n, 2)
        x, y = rng.uniform(-1, 1, self.n), rng.uniform(0, 1, self.n)
        y = np.copysign(y, np.where(different == 1, -x, x))
        return _shaken(x, y, self.noise, rng), different
