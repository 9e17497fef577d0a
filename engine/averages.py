"""Averages: the exponentially weighted average of a series, corrected for its cold start."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]
State = dict[str, list[float]]

#: Points averaged by one matrix product: longer blocks do more arithmetic, shorter ones more Python.
_BLOCK = 64


def window(beta: float) -> float:
    """About how many points an average with ``beta`` looks back over: 1 / (1 - beta)."""
    return 1 / (1 - _checked(beta))


def beta_for(window: float) -> float:
    """The beta that looks back over ``window`` points (at least 1): 1 - 1 / window."""
    if not 1 <= window < math.inf:
        raise ValueError(f"window is {window}, but an average looks back over at least 1 point.")
    return 1 - 1 / window


def exponential_average(values: npt.ArrayLike, beta: float, bias_correction: bool = True) -> Series:
    """The average at every point of a whole series ``values`` (T,) or (T, K): see ExponentialAverage."""
    return ExponentialAverage(beta, bias_correction).extend(values)


class ExponentialAverage:
    """The running average of one series, or of K side by side, that can be read in pieces.

    v_t = beta v_{t-1} + (1 - beta) x_t from v_0 = 0, divided by (1 - beta^t) when corrected: without the
    correction the first points are drawn towards zero. A point that is not finite is a gap: the average is
    NaN there and goes on behind it as if it had not been. Kingma and Ba 2015, section 3,
    https://arxiv.org/abs/1412.6980
    """

    def __init__(self, beta: float, bias_correction: bool = True, state: Mapping[str, Any] | None = None):
        """``state`` goes on where another average with the same settings stood."""
        self.beta, self.bias_correction = _checked(beta), bias_correction
        self._v: list[float] = list(state["v"]) if state else []
        self._t: list[float] = list(state["t"]) if state else []

    @property
    def state(self) -> State:
        """Where the average stands, as JSON takes it: v_t and t of every series; empty before the first."""
        return {"v": list(self._v), "t": list(self._t)}

    def extend(self, values: npt.ArrayLike) -> Series:
        """The averages at the next points ``values`` (T,) or (T, K), of the same shape, in float64.

        Raises ValueError when there are other series than before.
        """
        x = np.asarray(values, dtype=np.float64)
        if x.ndim not in (1, 2):
            raise ValueError(f"values has shape {x.shape}, expected (points,) or (points, series).")
        columns = x.reshape(len(x), math.prod(x.shape[1:]))
        if not self._v:
            self._v, self._t = [0.0] * columns.shape[1], [0.0] * columns.shape[1]
        if len(self._v) != columns.shape[1]:
            raise ValueError(f"values has {columns.shape[1]} series, but this average is of {len(self._v)}.")
        averages = np.full(columns.shape, np.nan)
        for k, column in enumerate(columns.T):
            known = np.isfinite(column)
            averages[known, k] = self._average(k, column[known])
        return averages.reshape(x.shape)

    def _average(self, k: int, x: Series) -> Series:
        """Averages of series ``k`` at its next points ``x``, all of them finite."""
        if not x.size:
            return x
        v = _scan(x, self.beta, self._v[k])
        t = self._t[k] + np.arange(1, len(x) + 1)
        self._v[k], self._t[k] = float(v[-1]), float(t[-1])
        # 1 - beta^t through expm1: near beta = 1 the plain difference loses half of its digits.
        return v / -np.expm1(t * math.log(self.beta)) if self.bias_correction and self.beta else v


def _scan(x: Series, beta: float, v: float) -> Series:
    """v_t = beta v_{t-1} + (1 - beta) x_t at every point of ``x`` (T,), starting from ``v``.

    Blocks are averaged from zero by one product with a triangle of powers, then joined end to start.
    """
    i = np.arange(_BLOCK)
    triangle = np.tril((1 - beta) * beta ** np.maximum(i[:, None] - i, 0).astype(np.float64))
    padded = np.zeros((-(-len(x) // _BLOCK), _BLOCK))
    padded.reshape(-1)[: len(x)] = x
    averaged: Series = padded @ triangle.T
    starts = _starts(averaged[:, -1].tolist(), beta**_BLOCK, v)
    averaged += np.outer(starts, beta ** (i + 1.0))
    return averaged.reshape(-1)[: len(x)]


def _starts(ends: Sequence[float], decay: float, v: float) -> list[float]:
    """What each block starts from, given the ``ends`` of all blocks averaged from zero."""
    starts = []
    for end in ends:
        starts.append(v)
        v = decay * v + end
    return starts


def _checked(beta: float) -> float:
    if not 0 <= beta < 1:
        raise ValueError(f"beta is {beta}, but must be at least 0 and less than 1.")
    return beta
