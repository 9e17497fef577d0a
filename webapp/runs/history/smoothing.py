"""Smoothing a series: done before thinning, so that it does not depend on what is shown of the series."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

LARGEST = 0.9999


def smooth(values: NDArray[np.floating], beta: float) -> NDArray[np.float64]:
    """The bias-corrected exponentially weighted average of a series (n,).

    v_t = beta v_(t-1) + (1 - beta) x_t from v_0 = 0, divided by 1 - beta^t, where t counts the values that
    are numbers: a gap is skipped, and stays one.
    """
    # `adjust` divides by the sum of the weights so far, which is that correction
    numbers = pl.Series(values, dtype=pl.Float64, strict=False).fill_nan(None)
    return numbers.ewm_mean(alpha=1 - beta, adjust=True, ignore_nulls=True).to_numpy()
