"""A generator's points as a small drawing: circles for SVG, and the class or the tenth each belongs to."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.datasets.generators.base import Generator

POINTS = 400
WIDTH, HEIGHT, MARGIN = 320, 200, 10
SHADES = 8  # of a number to predict, from the lowest to the highest


@dataclass(frozen=True)
class Drawing:
    """Where the circles are, in SVG's units, and what colours them: classes or shades."""

    circles: list[dict[str, Any]]
    has_classes: bool
    width: int = WIDTH
    height: int = HEIGHT


def preview(generator: Generator) -> Drawing:
    """The first points that this generator draws for as many rows as the drawing has points."""
    few = generator.model_copy(update={"n": min(generator.n, POINTS)})
    inputs, answers = few.draw()
    has_classes = answers.dtype.kind == "i"
    if inputs.shape[1] == 1:
        places, colours = np.stack([inputs[:, 0], answers], axis=1), np.zeros(len(answers), int)
        x, y = _within(places[:, 0], WIDTH, MARGIN), HEIGHT - _within(places[:, 1], HEIGHT, MARGIN)
    else:
        colours = answers if has_classes else _shades(answers)
        x, y = _square(inputs[:, 0], WIDTH), HEIGHT - _square(inputs[:, 1], HEIGHT)
    circles = [
        {"x": f"{a:.1f}", "y": f"{b:.1f}", "colour": int(c)} for a, b, c in zip(x, y, colours, strict=True)
    ]
    return Drawing(circles, has_classes or inputs.shape[1] == 1)


def _within(values: np.ndarray, length: int, margin: float) -> np.ndarray:
    """Values spread from `margin` to `length` - `margin`; equal ones in the middle."""
    low, high = values.min(), values.max()
    if low == high:
        return np.full(len(values), length / 2)
    return margin + (length - 2 * margin) * (values - low) / (high - low)


def _square(values: np.ndarray, length: int) -> np.ndarray:
    """Values spread over the middle of `length`, as long as the drawing is high: shapes keep their form."""
    return _within(values, length, MARGIN + (length - HEIGHT) / 2)


def _shades(values: np.ndarray) -> np.ndarray:
    """0 for the lowest eighth of the range of values to 7 for the highest."""
    return np.minimum(_within(values, SHADES, 0).astype(int), SHADES - 1)
