"""The area under the ROC curve of a cross-validated classifier, and how far off it may be."""

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

Array = npt.NDArray[Any]


class Area(NamedTuple):
    """An area under the ROC curve and the ends of its interval of confidence."""

    auc: float
    low: float
    high: float


class Fold(NamedTuple):
    """A classifier's scores of rows it was not trained on: those of the one part, those of the other."""

    negative: Array
    positive: Array


def cross_validated_area(folds: Sequence[Fold], level: float) -> Area:
    """The mean area over k folds, with an interval that holds it with at least the probability ``level``.

    Scores of different folds are never compared. The variance within a fold is that of DeLong, DeLong and
    Clarke-Pearson 1988, https://doi.org/10.2307/2531595, or where that is larger the one that holds when
    both parts are alike, (p + q + 1) / 12pq: in small folds the first is often too small. Folds are not
    independent, for each helps to train the others: so the mean variance is multiplied by 1 / k + 1 / (k - 1)
    in place of 1 / k. Nadeau and Bengio 2003, https://doi.org/10.1023/A:1024068626366
    """
    areas, variances = zip(*(_area(fold) for fold in folds), strict=True)
    auc, k = float(np.mean(areas)), len(folds)
    variance = float(np.mean(variances)) * (1 / k + 1 / (k - 1))
    reach = float(norm.isf((1 - level) / 2)) * sqrt(variance)
    return Area(auc, max(0.0, auc - reach), min(1.0, auc + reach))


def _area(fold: Fold) -> tuple[float, float]:
    """The area and its variance. Needs two scores of each part."""
    q, p = len(fold.negative), len(fold.positive)
    ranks = rankdata(np.concatenate(fold))
    # The share of the other part's scores that each score exceeds.
    below_positive = (ranks[q:] - rankdata(fold.positive)) / q
    below_negative = (ranks[:q] - rankdata(fold.negative)) / p
    delong = below_positive.var(ddof=1) / p + below_negative.var(ddof=1) / q
    return float(below_positive.mean()), max(float(delong), (p + q + 1) / (12 * p * q))
