"""Points in the plane, drawn by us: what a network learns about them can be seen."""

import numpy as np
import polars as pl

from webapp.datasets.builtin.registry import Builtin

ROWS = 1000


def _points(x: np.ndarray, y: np.ndarray, half: np.ndarray, noise: float, seed: int) -> pl.DataFrame:
    """A table of the points (x, y), with noise of the given deviation, and their class 0 or 1."""
    shaken = np.stack([x, y]) + np.random.default_rng(seed).normal(0, noise, (2, len(x)))
    return pl.DataFrame({"x": shaken[0], "y": shaken[1], "label": half.astype(float)})


def moons() -> pl.DataFrame:
    """Two half circles that interlock: (cos t, sin t) and (1 - cos t, 1/2 - sin t)."""
    t = np.tile(np.linspace(0, np.pi, ROWS // 2), 2)
    half = np.repeat([0, 1], ROWS // 2)
    x = np.where(half == 0, np.cos(t), 1 - np.cos(t))
    y = np.where(half == 0, np.sin(t), 0.5 - np.sin(t))
    return _points(x, y, half, noise=0.15, seed=1)


def circles() -> pl.DataFrame:
    """A circle of radius 1/2 inside one of radius 1."""
    t = np.tile(np.linspace(0, 2 * np.pi, ROWS // 2, endpoint=False), 2)
    half = np.repeat([0, 1], ROWS // 2)
    radius = np.where(half == 0, 1.0, 0.5)
    return _points(radius * np.cos(t), radius * np.sin(t), half, noise=0.08, seed=2)


def spirals() -> pl.DataFrame:
    """Two arms, r = t, that wind one and a half times around each other."""
    t = np.tile(np.sqrt(np.linspace(0.01, 1, ROWS // 2)), 2)
    half = np.repeat([0, 1], ROWS // 2)
    angle = 3 * np.pi * t + np.pi * half
    return _points(t * np.cos(angle), t * np.sin(angle), half, noise=0.02, seed=3)


SHAPES = (
    Builtin(
        key="moons",
        title="Moons",
        rows=ROWS,
        features=2,
        task="binary",
        teaches="two half moons: a straight line gets most of it, a few hidden units get the rest.",
        target="label",
        make=moons,
    ),
    Builtin(
        key="circles",
        title="Circles",
        rows=ROWS,
        features=2,
        task="binary",
        teaches="a ring in a ring: hopeless without a hidden layer, easy with one.",
        target="label",
        make=circles,
    ),
    Builtin(
        key="spirals",
        title="Spirals",
        rows=ROWS,
        features=2,
        task="binary",
        teaches="two arms winding around each other: shows what depth, width and patience buy.",
        target="label",
        make=spirals,
    ),
)
