"""Dropout: masks that switch units off at random while training, drawn anew for every batch.

Inverted dropout: what is kept is divided by keep_prob, so that evaluation needs no dropout and no scaling.
Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from .program import Array, Call, Program, scalar, zeros

#: keep_prob is met in steps of 1 / 65536: two random bytes decide on a unit.
_LEVELS = 1 << 16


class Dropout:
    """Draws the masks of K networks, each from a generator of its own."""

    def __init__(self, generators: Sequence[np.random.Generator]) -> None:
        self.generators = list(generators)

    def mask(self, keep_probs: Sequence[float], shape: tuple[int, int], like: Array) -> tuple[Array, Program]:
        """A mask (K, *shape) of 0 and 1 / keep_prob, and the calls that draw it.

        A member with a keep_prob of 1 draws nothing, as it would alone.
        """
        mask = zeros((len(keep_probs), *shape), like.dtype)
        mask.fill(1)
        drawn = zip(self.generators, keep_probs, mask, strict=True)
        return mask, [_draw(rng, keep, out) for rng, keep, out in drawn if keep < 1]


def _draw(rng: np.random.Generator, keep_prob: float, out: Array) -> Call:
    """A call that fills ``out``; raw bits take a third of the time of uniform numbers."""
    words, n = -(-out.size // 4), out.size
    raw: Callable[[int], Array] = rng.bit_generator.random_raw
    threshold = np.uint16(min(round(keep_prob * _LEVELS), _LEVELS - 1))
    largest = float(np.finfo(out.dtype).max)  # of a keep_prob next to nothing
    kept, scale = np.empty(n, dtype=bool), scalar(min(1 / keep_prob, largest), out)
    less, multiply, flat = np.less, np.multiply, out.reshape(-1)

    def draw() -> None:
        less(raw(words).view(np.uint16)[:n], threshold, kept)
        multiply(kept, scale, flat)

    return draw


def dropped(source: Array, mask: Array, out: Array) -> Call:
    """A call that writes what the mask leaves of ``source``."""
    return partial(np.multiply, source, mask, out)
