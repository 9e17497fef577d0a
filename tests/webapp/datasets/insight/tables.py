"""scikit-learn's small tables, and leaks planted in them."""

from importlib import import_module

import numpy as np
import polars as pl

from webapp.datasets.insight.association import Target, class_target, number_target

CLASSES = ("iris", "wine", "breast_cancer", "digits")
ALL = (*CLASSES, "diabetes")


def table(name: str) -> tuple[pl.DataFrame, np.ndarray]:
    """The inputs and the target, class numbers or numbers."""
    bunch = getattr(import_module("sklearn.datasets"), f"load_{name}")()
    return pl.DataFrame({str(n): bunch.data[:, i] for i, n in enumerate(bunch.feature_names)}), bunch.target


def target(y: np.ndarray) -> Target:
    return class_target(y, 0) if y.dtype.kind == "i" else number_target(y, 0)


def planted(kind: str, y: np.ndarray) -> pl.Series:
    """A column that gives `y` away."""
    rng = np.random.default_rng(1)
    match kind:
        case "copy":
            values = y.astype(float)
        case "noisy":
            values = y + rng.normal(0, 0.05 * y.std(), len(y))
        case "renamed":
            values = np.array([f"kind {code}" for code in y])
        case "sorted":  # the number of the row in a file that is sorted by the target
            values = np.argsort(np.argsort(y, kind="stable"), kind="stable").astype(float)
    return pl.Series("leak", values)
