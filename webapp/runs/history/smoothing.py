"""Smoothing a series: done before thinning, so that it does not depend on what is shown of the series."""

from math import ceil, log

import numpy as np
import polars as pl
from numpy.typing import NDArray

LARGEST = 0.9999
FORGOTTEN = 1e-20  # a weight that changes no sum any more


def reach(beta: float) -> int:
    """How many values back one has no weight any more."""
    return ceil(log(FORGOTTEN) / log(beta)) if beta else 1


class Average:
    """The bias-corrected exponentially weighted average of a series that comes in pieces.

    v_t = beta v_(t-1) + (1 - beta) x_t from v_0 = 0, divided by 1 - beta^t, where t counts the values that
    are numbers: a gap is skipped, and stays one. In other words the mean of all values so far, in which the
    one that lies k values back has the weight beta^k.
    """

    def __init__(self, beta: float) -> None:
        self.beta = beta
        self.mean = self.weight = 0.0  # of all values so far

    def go_on(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """The averages at the next values (n,)."""
        numbers = pl.Series(values, dtype=pl.Float64, strict=False).fill_nan(None)
        # `adjust` divides by the sum of the weights, which is the correction
        averages = numbers.ewm_mean(alpha=1 - self.beta, adjust=True, ignore_nulls=True).to_numpy()
        count = np.cumsum(~np.isnan(values))
        if self.weight:
            averages = self._with_earlier(averages, count)
        if len(count) and count[-1]:
            self.weight = self.beta ** int(count[-1]) * self.weight + self._weight(count[-1])
            self.mean = float(averages[np.searchsorted(count, count[-1])])
        return averages

    def _with_earlier(self, averages: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
        """The averages with what came before the piece, as far as it still has any weight."""
        until = np.searchsorted(count, reach(self.beta), side="right")
        here, old = self._weight(count[:until]), self.beta ** count[:until] * self.weight
        averages = averages.copy()
        averages[:until] = (old * self.mean + here * averages[:until]) / (old + here)
        return averages

    def _weight(self, count: NDArray[np.int64]) -> NDArray[np.float64]:
        """The sum of the weights of so many values."""
        return (1 - self.beta**count) / (1 - self.beta)


def smooth(values: NDArray[np.floating], beta: float) -> NDArray[np.float64]:
    """The averages of a whole series (n,)."""
    return Average(beta).go_on(values)
