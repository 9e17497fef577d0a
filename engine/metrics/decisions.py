"""Metrics of decisions: right or wrong, and which class is taken for which.

Labels ``y`` and ``predictions`` come in any of the shapes that ``shapes.labelled`` reads. The decision is the
most probable class; of independent labels, those more likely than not.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .shapes import Floats, labelled


class PerClass(NamedTuple):
    """One entry per class, or per label, (n,). ``support`` counts the examples that are of the class."""

    precision: Floats
    recall: Floats
    f1: Floats
    support: npt.NDArray[np.int64]


class _Counts(NamedTuple):
    """Right positives, all predicted and all true ones, each (n,)."""

    hits: Floats
    predicted: Floats
    true: Floats


def accuracy(y: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """The share of right decisions. Plain and clear when all classes are about equally frequent.

    Of independent labels every label of every example is one decision.
    """
    read = labelled(y, predictions)
    right = read.decisions() == read.truth if read.y is None else read.classes() == read.y
    return float(right.mean())


def error(y: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """The share of wrong decisions. The number to compare between train, dev and human performance.

    1 - accuracy.
    """
    return 1 - accuracy(y, predictions)


def top_k(y: npt.ArrayLike, predictions: npt.ArrayLike, k: int = 3) -> float:
    """The share of examples whose class is among the three most probable. For many classes that look alike.

    Among equal probabilities the lower class number goes first, so that k = 1 is the accuracy. Any ``k`` of
    at least 1 may be asked for.
    """
    if k < 1:
        raise ValueError(f"k is {k}, but at least the most probable class is looked at.")
    read = labelled(y, predictions)
    p, true = read.probabilities, read.exclusive()[:, None]
    own = np.take_along_axis(p, true, axis=1)
    ahead = (p > own) | ((p == own) & (np.arange(p.shape[1]) < true))
    return float((ahead.sum(axis=1) < k).mean())


def confusion_matrix(y: npt.ArrayLike, predictions: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """How many examples of which class are taken for which: (n, n), true classes down, predicted across."""
    read = labelled(y, predictions)
    n = read.probabilities.shape[1]
    return np.bincount(read.exclusive() * n + read.classes(), minlength=n * n).reshape(n, n)


def per_class(y: npt.ArrayLike, predictions: npt.ArrayLike) -> PerClass:
    """Precision, recall and F1 of every class: where exactly the network is weak.

    precision = hits / predicted, recall = hits / true, F1 = 2 hits / (predicted + true). Where nothing is
    divided by nothing, as with a class that is never predicted, the value is 0. van Rijsbergen 1979,
    http://www.dcs.gla.ac.uk/Keith/Preface.html
    """
    counts = _counts(y, predictions)
    return PerClass(
        _share(counts.hits, counts.predicted),
        _share(counts.hits, counts.true),
        _share(2 * counts.hits, counts.predicted + counts.true),
        counts.true.astype(np.int64),
    )


Average = Literal["macro", "micro"]


def precision(y: npt.ArrayLike, predictions: npt.ArrayLike, average: Average = "macro") -> float:
    """Of what is called a class, how much is. Look at it when false alarms are costly; mean over classes.

    Macro is the mean over the classes that occur or are predicted, micro counts all decisions together.
    """
    return _averaged("precision", y, predictions, average)


def recall(y: npt.ArrayLike, predictions: npt.ArrayLike, average: Average = "macro") -> float:
    """Of what is a class, how much is found. Look at it when misses are costly; mean over classes.

    Macro is the mean over the classes that occur or are predicted, micro counts all decisions together.
    """
    return _averaged("recall", y, predictions, average)


def f1(y: npt.ArrayLike, predictions: npt.ArrayLike, average: Average = "macro") -> float:
    """Precision and recall in one number, their harmonic mean. For classes that are not equally frequent.

    Macro is the mean over the classes that occur or are predicted, micro counts all decisions together.
    """
    return _averaged("f1", y, predictions, average)


def _averaged(
    name: Literal["precision", "recall", "f1"],
    y: npt.ArrayLike,
    predictions: npt.ArrayLike,
    average: Average,
) -> float:
    counts = _counts(y, predictions)
    if average == "micro":
        counts = _Counts(*(np.array([count.sum()]) for count in counts))
    hits, predicted, true = counts
    below = {"precision": predicted, "recall": true, "f1": (predicted + true) / 2}[name]
    # A class that neither occurs nor is predicted says nothing; without any such class, nothing is wrong.
    known = predicted + true > 0
    return float(_share(hits, below)[known].mean()) if known.any() else 0.0


def _counts(y: npt.ArrayLike, predictions: npt.ArrayLike) -> _Counts:
    read = labelled(y, predictions)
    decided = read.decisions()
    sums = [(decided & read.truth).sum(axis=0), decided.sum(axis=0), read.truth.sum(axis=0)]
    return _Counts(*(total.astype(np.float64) for total in sums))


def _share(part: Floats, whole: Floats) -> Floats:
    """``part / whole``, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
