"""Randomness: one independent stream per purpose, all from the spec's seed."""

from __future__ import annotations

from typing import Literal

import numpy as np

Purpose = Literal["initialisation", "shuffling", "dropout", "augmentation"]
# New purposes go at the end: a stream's place in this row is what makes old runs repeatable.
_PURPOSES: tuple[Purpose, ...] = ("initialisation", "shuffling", "dropout", "augmentation")


def stream(seed: int, purpose: Purpose) -> np.random.Generator:
    """The generator of one purpose; the same seed gives the same numbers, whatever the others drew."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_PURPOSES.index(purpose),)))
