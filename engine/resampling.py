"""Resampling: images read from other places than their pixels', all moves in one pass.

A move says for each pixel of the result where in the original to read, as a matrix (3, 3) that takes
(y, x, 1) to (y, x, 1), in pixels from the centre of the image. Reading twice in a row blurs twice, so moves
are composed first and read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .program import Array

Matrices = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Bends = tuple[Floats, Floats]


class Shape(NamedTuple):
    """The size of one image, and the numbers per pixel: 1 for grey, 3 for colour."""

    height: int
    width: int
    channels: int


def unmoved(m: int) -> Matrices:
    """``m`` moves (m, 3, 3) that leave every pixel where it is."""
    return np.tile(np.eye(3), (m, 1, 1))


class Resampler:
    """Reads up to ``m`` images at once, with m * height * width below 2^24, in arrays made once."""

    def __init__(self, m: int, shape: Shape, dtype: np.dtype[Any]) -> None:
        self.m, self.shape = m, shape
        n = m * shape.height * shape.width
        # A pixel in the last row or column has neighbours of weight 0 behind it, so there must be some.
        self._pixels = np.zeros((shape.channels, n + shape.width + 1), dtype=dtype)
        self._result = np.empty((shape.channels, n), dtype=dtype)
        self._values = np.empty((2, n), dtype=dtype)
        self._places, self._corners = np.empty((2, 2, n), dtype=np.float32)
        self._at = np.empty(n, dtype=np.intp)
        self._starts = np.arange(0, n, shape.height * shape.width, dtype=np.float32)

    def __call__(self, images: Array, moves: Matrices, bends: Sequence[Bends] = ()) -> Array:
        """``images`` (k, height, width, channels) with k at most m, each after its move (k, 3, 3).

        ``bends`` are pixels down and pixels right of itself, each (k, height, width), at which each pixel of
        the result reads, before it is moved. Between pixels values are interpolated bilinearly; beyond the
        edge the edge's hold. The next call overwrites the result.
        """
        k, (height, width, channels) = len(images), self.shape
        n = k * height * width
        np.copyto(self._pixels[:, :n].reshape(channels, k, height, width), np.moveaxis(images, -1, 0))
        self._place(self._places[:, :n].reshape(2, k, height, width), moves, bends)
        self._find_corners(n)
        for pixels, result in zip(self._pixels, self._result, strict=True):
            self._read(pixels, result[:n])
        return np.moveaxis(self._result[:, :n].reshape(channels, k, height, width), 0, -1)

    def _place(self, places: Floats, moves: Matrices, bends: Sequence[Bends]) -> None:
        """Write the rows and columns of the original at which to read to ``places`` (2, k, height, width)."""
        scratch = self._corners[0, : places[0].size].reshape(places[0].shape)
        down, right = _from_centre(self.shape.height)[:, None], _from_centre(self.shape.width)
        for place, move, size in zip(
            places, moves.astype(np.float32).swapaxes(0, 1), self.shape, strict=False
        ):
            by_y, by_x, fixed = move.T[:, :, None, None]
            np.add(by_y * down, by_x * right + (fixed + np.float32((size - 1) / 2)), out=place)
            for y, x in bends:
                place += np.multiply(by_y, y, out=scratch)
                place += np.multiply(by_x, x, out=scratch)
            np.clip(place, 0, size - 1, out=place)

    def _find_corners(self, n: int) -> None:
        """Turn places into the pixel above and left of them, and their distance from it, down and right."""
        (y, x), (above, left) = self._places[:, :n], self._corners[:, :n]
        for place, corner in ((y, above), (x, left)):
            np.floor(place, out=corner)
            np.subtract(place, corner, out=place)
        np.multiply(above, np.float32(self.shape.width), out=above)
        np.add(above, left, out=above)
        of_image = above.reshape(-1, self.shape.height * self.shape.width)
        of_image += self._starts[: len(of_image), None]
        np.copyto(self._at[:n], above, casting="unsafe")
        np.subtract(np.float32(1), self._places[:, :n], out=self._corners[:, :n])

    def _read(self, pixels: Array, out: Array) -> None:
        """One channel: the four neighbours of each place, weighted by how near they are."""
        n = len(out)
        beside = self._values[0, :n]
        self._read_row(pixels, out)
        self._read_row(pixels[self.shape.width :], beside)
        # Weights that add up to one, rather than steps from one neighbour, reproduce a pixel exactly.
        np.multiply(out, self._corners[0, :n], out=out)
        np.multiply(beside, self._places[0, :n], out=beside)
        np.add(out, beside, out=out)

    def _read_row(self, pixels: Array, out: Array) -> None:
        n = len(out)
        at, right = self._at[:n], self._values[1, :n]
        pixels.take(at, out=out, mode="clip")  # anything but "raise" spares a copy; none is out of bounds
        pixels[1:].take(at, out=right, mode="clip")
        np.multiply(out, self._corners[1, :n], out=out)
        np.multiply(right, self._places[1, :n], out=right)
        np.add(out, right, out=out)


def _from_centre(size: int) -> Floats:
    return np.arange(size, dtype=np.float32) - np.float32((size - 1) / 2)


def smooth_fields(
    rng: np.random.Generator, count: int, height: int, width: int, scale: float, deviation: float
) -> Floats:
    """Random smooth fields (count, height, width) of mean 0 and one deviation everywhere.

    Normal numbers on a coarse grid under Gaussian bells of width ``scale`` in pixels.
    """
    rows, columns = _bells(height, scale) * np.float32(deviation), _bells(width, scale)
    coarse = rng.standard_normal((rows.shape[1] * count, columns.shape[1]), dtype=np.float32)
    stretched = (coarse @ columns.T).reshape(rows.shape[1], count * width)
    fields: Floats = (rows @ stretched).reshape(height, count, width)
    return fields.swapaxes(0, 1)


@lru_cache(maxsize=32)
def _bells(size: int, scale: float) -> Floats:
    """What each point of a grid, ``scale`` apart, adds to each pixel: (size, points), rows of norm 1."""
    points = np.arange(-2, ceil((size - 1) / scale) + 3) * scale
    bells = np.exp(-0.5 * ((np.arange(size)[:, None] - points) / scale) ** 2)
    return np.asarray(bells / np.linalg.norm(bells, axis=1, keepdims=True), dtype=np.float32)
