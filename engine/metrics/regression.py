"""Metrics of regression: how far predictions are from their targets.

Targets ``y`` and ``predictions`` are (m,) or (m, outputs), in the target's own units.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .shapes import numbers


def rmse(y: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """The usual distance from the target, in its own units; large misses count most.

    sqrt(mean((p - y)^2)) over all examples and outputs.
    """
    y, p = numbers(y, predictions)
    return math.sqrt(np.square(p - y).mean())


def mae(y: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """The mean distance from the target, in its own units. One outlier does not rule it: compare with RMSE.

    mean(abs(p - y)) over all examples and outputs.
    """
    y, p = numbers(y, predictions)
    return float(np.abs(p - y).mean())


def r2(y: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """The share of the target's variance that is explained: 1 is perfect, 0 no better than its mean.

    1 - sum((p - y)^2) / sum((y - mean y)^2), the mean over outputs. For a target that never varies, 1 when it
    is predicted exactly, else 0.
    """
    y, p = numbers(y, predictions)
    left = np.square(p - y).sum(axis=0)
    varies = y.max(axis=0) > y.min(axis=0)
    total = np.square(y - y.mean(axis=0)).sum(axis=0)
    explained = 1 - left / np.where(varies, total, 1.0)
    return float(np.where(varies, explained, left == 0).mean())
