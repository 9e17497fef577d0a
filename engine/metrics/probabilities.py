"""Metrics of probabilities: how well they rank, and whether they can be believed.

Labels ``y`` and ``predictions`` come in any of the shapes that ``shapes.labelled`` reads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .shapes import Array, Floats, Labelled, labelled


class Reliability(NamedTuple):
    """How often predictions of a confidence come true, bin by bin.

    ``edges`` (bins + 1,) of the confidence; per bin (bins,) its mean ``confidence``, the ``frequency`` with
    which it came true (both NaN in an empty bin) and ``counts``, the number of predictions.
    """

    edges: Floats
    confidence: Floats
    frequency: Floats
    counts: npt.NDArray[np.int64]

    @property
    def error(self) -> float:
        """The expected calibration error: the mean of abs(frequency - confidence), weighted by counts."""
        filled = self.counts > 0
        gaps = np.abs(self.frequency - self.confidence)[filled]
        return float(gaps @ self.counts[filled] / self.counts.sum())


def roc_auc(y: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """How probable it is that an example of a class is ranked above one that is not. Needs no threshold, so
    it suits rare classes; 0.5 is guessing.

    The area under the receiver operating characteristic, by ranks: (R - p (p + 1) / 2) / (p q) with R the sum
    of the ranks of the p positives among p + q examples; equal probabilities share their mean rank. With more
    than two classes, or independent labels, the mean over each against the rest, leaving out those for which
    all examples are alike; NaN when that leaves none. Hanley and McNeil 1982,
    https://doi.org/10.1148/radiology.143.1.7063747
    """
    read = labelled(y, predictions)
    first = 1 if read.binary else 0
    areas = [_area(t, p) for t, p in zip(read.truth.T[first:], read.probabilities.T[first:], strict=True)]
    known = [area for area in areas if not math.isnan(area)]
    return sum(known) / len(known) if known else math.nan


def _area(positive: npt.NDArray[np.bool_], scores: Array) -> float:
    p, q = int(positive.sum()), int((~positive).sum())
    if not p or not q:
        return math.nan
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = count.cumsum() - (count - 1) / 2
    return float((mean_rank[place][positive].sum() - p * (p + 1) / 2) / (p * q))


def log_loss(y: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """The mean of -log(probability of what is true). Punishes being wrong and sure; the cost that softmax and
    sigmoid heads train on.

    Probabilities are kept off 0 and 1 by the rounding of their precision, so that the result is finite. Of
    independent labels, the mean over all labels.
    """
    read = _probable(y, predictions)
    eps = np.finfo(read.probabilities.dtype).eps
    p = np.clip(read.probabilities, eps, 1 - eps)
    chosen = np.where(read.truth, p, 1 - p) if read.y is None else p[read.truth]
    return float(-np.log(chosen.astype(np.float64)).mean())


def reliability(y: npt.ArrayLike, predictions: npt.ArrayLike, bins: int = 10) -> Reliability:
    """Can the probabilities be believed: of all predictions made with 80%, do 80% come true.

    With one probability for two classes, and with independent labels, a prediction is the probability of 1;
    with several classes it is that of the most probable one. Bins have equal width and hold their upper edge.
    Guo et al. 2017, https://arxiv.org/abs/1706.04599
    """
    if bins < 1:
        raise ValueError(f"bins is {bins}, but at least one is needed.")
    confidence, came_true = _confidence(_probable(y, predictions))
    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], confidence)
    counts = np.bincount(place, minlength=bins)
    filled = np.where(counts, counts, np.nan)
    mean_confidence = np.bincount(place, confidence, bins) / filled
    return Reliability(edges, mean_confidence, np.bincount(place, came_true, bins) / filled, counts)


def calibration_error(y: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """How far confidence is from truth, in ten bins. Large when a network is surer of itself than it should
    be, which comes with overfitting.

    sum over bins of count / m * abs(frequency - confidence). Guo et al. 2017, https://arxiv.org/abs/1706.04599
    """
    return reliability(y, predictions).error


def _confidence(read: Labelled) -> tuple[Floats, Floats]:
    """Every prediction's confidence and whether it came true, as 0 or 1."""
    p, truth = read.probabilities, read.truth
    if read.binary:
        p, truth = p[:, 1], truth[:, 1]
    elif read.y is not None:
        p, truth = p.max(axis=1), read.classes() == read.y
    return p.reshape(-1).astype(np.float64), truth.reshape(-1).astype(np.float64)


def _probable(y: npt.ArrayLike, predictions: npt.ArrayLike) -> Labelled:
    """The labels, or a ValueError naming the first row that holds no probability."""
    read = labelled(y, predictions)
    wrong = np.flatnonzero(((read.probabilities < 0) | (read.probabilities > 1)).any(axis=1))
    if wrong.size:
        row = read.probabilities[wrong[0]]
        raise ValueError(f"predictions has {row} in row {wrong[0]}: a probability is from 0 to 1.")
    return read
