"""Why random: how many different values of what matters a grid tries, and how many chance does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GridNote:
    """The same number of trials in the unit square both ways, as (x, y) each; `x` is what matters. They try
    `grid_values` and `random_values` different values of it."""

    trials: int
    grid: tuple[Sequence[float], Sequence[float]]
    random: tuple[Sequence[float], Sequence[float]]
    grid_values: int
    random_values: int
    text: str


def grid_note(trials: int = 9, seed: int = 2) -> GridNote:
    """A grid of n points has but sqrt(n) different values of each of two dimensions, chance has n.

    After Bergstra and Bengio 2012, figure 1, https://www.jmlr.org/papers/v13/bergstra12a.html
    """
    side = max(math.isqrt(trials), 1)
    n = side * side
    lines = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(lines, lines)
    drawn = np.random.default_rng(seed).random((2, n))
    text = (
        f"Of {n} trials a grid tries {side} different values of what matters, random search {n}. "
        "Which of the dimensions matter is not known before."
    )
    return GridNote(
        n,
        (x.ravel().tolist(), y.ravel().tolist()),
        (drawn[0].tolist(), drawn[1].tolist()),
        side,
        n,
        text,
    )
