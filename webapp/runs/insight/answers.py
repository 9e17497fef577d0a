"""What a snapshot keeps of the answers on the dev part: metrics, confusion, calibration, misses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import Data, metrics
from engine.network import Network
from webapp.datasets.recipe import Task
from webapp.runs.history.columns import finite
from webapp.runs.insight.layers import Numbers
from webapp.runs.models.snapshot import Arrays

MOST_JUDGED = 5_000  # examples of the dev part
MOST_CLASSES = 100  # up to which a confusion matrix is kept
MOST_POINTS = 1_000  # predictions beside their targets

Array = npt.NDArray[Any]


def suiting(task: str) -> dict[str, metrics.Metric]:
    """The metrics of a task, by name."""
    if task == Task.REGRESSION:
        return metrics.REGRESSION
    if task == Task.MULTILABEL:
        return {name: metric for name, metric in metrics.CLASSIFICATION.items() if name != "top_3"}
    return metrics.CLASSIFICATION


class Judge:
    """Looks at the same examples of the dev part every time, evenly spread when there are very many."""

    def __init__(self, data: Data, task: str, offset: float = 0.0) -> None:
        """`offset` is what a regression's targets were lowered by before they were divided by their scale."""
        n = len(data.x_dev)
        rows = np.linspace(0, n - 1, min(n, MOST_JUDGED)).astype(np.intp)
        self.task, self.offset, self.scale = task, offset, data.target_scale
        self.x, self.y, self.total = data.x_dev[rows], np.asarray(data.y_dev)[rows], n

    def judge(self, network: Network) -> tuple[Numbers, Arrays]:
        """Numbers such as `metrics.f1`, and arrays such as `confusion`; none without examples to judge or
        when the answers are no numbers any more."""
        if not len(self.x):
            return {}, {}
        answers = network.forward(self.x)[0]
        if not np.isfinite(answers).all():
            return {}, {}
        numbers: Numbers = {"judged": len(self.x), "judged_of": self.total}
        if self.task == Task.REGRESSION:
            truth, answers = (self.offset + self.scale * self._flat(values) for values in (self.y, answers))
            return numbers | self._metrics(truth, answers), _misses(truth, answers)
        return numbers | self._metrics(self.y, answers), self._details(answers)

    def _flat(self, values: Array) -> Array:
        return np.asarray(values, np.float64).reshape(len(values), -1)[:, 0]

    def _metrics(self, truth: Array, answers: Array) -> Numbers:
        return {
            f"metrics.{name}": _tried(metric.function, truth, answers)
            for name, metric in suiting(self.task).items()
        }

    def _details(self, answers: Array) -> Arrays:
        bins = metrics.reliability(self.y, answers)
        named = {
            "calibration/confidence": bins.confidence,
            "calibration/frequency": bins.frequency,
            "calibration/counts": bins.counts,
        }
        if self.task != Task.MULTILABEL and max(2, answers.shape[1]) <= MOST_CLASSES:
            named["confusion"] = metrics.confusion_matrix(self.y, answers).astype(np.uint32)
        return named


def _misses(truth: Array, answers: Array) -> Arrays:
    rows = np.linspace(0, len(truth) - 1, min(len(truth), MOST_POINTS)).astype(np.intp)
    return {"fit/truth": truth[rows].astype(np.float32), "fit/answers": answers[rows].astype(np.float32)}


def _tried(function: Callable[[Array, Array], float], truth: Array, answers: Array) -> float | None:
    """The metric, or None where it says nothing of these examples, as when all are of one class."""
    try:
        return finite(float(function(truth, answers)))
    except ValueError:
        return None
