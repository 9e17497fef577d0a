"""Metrics: how good predictions are. Each is a function of labels and predictions, registered once here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy.typing as npt

from .decisions import PerClass, accuracy, confusion_matrix, error, f1, per_class, precision, recall, top_k
from .probabilities import Reliability, calibration_error, log_loss, reliability, roc_auc
from .regression import mae, r2, rmse
from .shapes import labelled, numbers


class Metric(NamedTuple):
    """A number that judges predictions: ``function(y, predictions)``, and which end of it is good."""

    function: Callable[[npt.ArrayLike, npt.ArrayLike], float]
    title: str
    better: Literal["higher", "lower"]

    @property
    def help(self) -> str:
        """What it says and when to look at it: the first paragraph of the function's docstring."""
        return " ".join((inspect.getdoc(self.function) or "").split("\n\n")[0].split())


CLASSIFICATION: dict[str, Metric] = {
    "error": Metric(error, "Error", "lower"),
    "accuracy": Metric(accuracy, "Accuracy", "higher"),
    "top_3": Metric(top_k, "Top 3", "higher"),
    "precision": Metric(precision, "Precision", "higher"),
    "recall": Metric(recall, "Recall", "higher"),
    "f1": Metric(f1, "F1", "higher"),
    "roc_auc": Metric(roc_auc, "ROC AUC", "higher"),
    "log_loss": Metric(log_loss, "Log loss", "lower"),
    "calibration_error": Metric(calibration_error, "Calibration error", "lower"),
}

REGRESSION: dict[str, Metric] = {
    "rmse": Metric(rmse, "RMSE", "lower"),
    "mae": Metric(mae, "MAE", "lower"),
    "r2": Metric(r2, "R²", "higher"),
}

#: Judgements that are more than one number: each a function of labels and predictions of a classification.
DETAILS: dict[str, Callable[[npt.ArrayLike, npt.ArrayLike], Any]] = {
    "confusion_matrix": confusion_matrix,
    "per_class": per_class,
    "reliability": reliability,
}

__all__ = [
    "CLASSIFICATION",
    "DETAILS",
    "REGRESSION",
    "Metric",
    "PerClass",
    "Reliability",
    "accuracy",
    "calibration_error",
    "confusion_matrix",
    "error",
    "f1",
    "labelled",
    "log_loss",
    "mae",
    "numbers",
    "per_class",
    "precision",
    "r2",
    "recall",
    "reliability",
    "rmse",
    "roc_auc",
    "top_k",
]
