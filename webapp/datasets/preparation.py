"""A dataset becomes the arrays of one run: split by its seed, fitted on its training part alone."""

from typing import Any

import numpy as np
import numpy.typing as npt

from engine import Data, Spec, split_indices
from webapp.datasets.models import Dataset

Floats = npt.NDArray[np.floating[Any]]
HEADS: dict[str, tuple[str, ...]] = {
    Dataset.Task.BINARY: ("sigmoid", "softmax"),
    Dataset.Task.MULTICLASS: ("softmax",),
    Dataset.Task.REGRESSION: ("squared_error", "huber"),
}


def heads_for(task: str) -> tuple[str, ...]:
    """The kinds of head that can learn a task, the usual one first."""
    return HEADS[task]


def outputs_for(dataset: Dataset, head: str) -> int:
    """The width of the output layer: one per class for softmax, else one."""
    return len(dataset.classes) if head == "softmax" else 1


def prepare(dataset: Dataset, spec: Spec) -> Data:
    """The training and dev parts of `dataset` as `spec` splits and normalises them.

    Missing numbers become the training part's mean, then inputs are normalised; a regression target is
    standardised and its deviation handed on as the target's scale. All of it is learnt from training rows.
    Raises ValueError when there are fewer rows than parts.
    """
    features = np.load(dataset.folder / "features.npy", mmap_mode="r")
    labels = np.load(dataset.folder / "labels.npy")
    is_number = dataset.task == Dataset.Task.REGRESSION
    rows = split_indices(len(labels), spec.split, spec.seed, None if is_number else labels)
    x_train, x_dev = (np.asarray(features[part], dtype=spec.precision) for part in (rows.train, rows.dev))
    impute(x_train, x_dev)
    scaling = spec.normalise.fit(x_train)
    y_train, y_dev = labels[rows.train], labels[rows.dev]
    scale = 1.0
    if is_number:
        y_train, y_dev, scale = standardised(y_train, y_dev, spec.precision)
    return Data(
        scaling.apply(x_train),
        y_train,
        scaling.apply(x_dev),
        y_dev,
        n_outputs=outputs_for(dataset, spec.head.kind),
        target_scale=scale,
    )


def impute(x_train: Floats, *others: Floats) -> None:
    """Replace NaN, in place, by the column's mean over `x_train` (m, n); by 0 where that knows no number."""
    known = ~np.isnan(x_train)
    count = known.sum(axis=0)
    total = np.where(known, x_train, 0).sum(axis=0, dtype=np.float64)
    means = (total / np.maximum(count, 1)).astype(x_train.dtype)
    for x in (x_train, *others):
        np.copyto(x, means, where=np.isnan(x))


def standardised(y_train: Floats, y_dev: Floats, precision: str) -> tuple[Floats, Floats, float]:
    """Both targets shifted and scaled by the mean and deviation of `y_train`, and that deviation."""
    mean, deviation = float(y_train.mean()), float(y_train.std())
    scale = deviation if deviation > 0 else 1.0
    return ((y_train - mean) / scale).astype(precision), ((y_dev - mean) / scale).astype(precision), scale
