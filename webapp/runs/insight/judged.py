"""Charts of the answers: which classes are confused, whether to believe them, where the border runs."""

import numpy as np
from plotly.graph_objects import Figure

from webapp.charts.calibration import calibration
from webapp.charts.confusion_matrix import confusion_matrix
from webapp.charts.decision_boundary import decision_boundary, decision_surface
from webapp.charts.fit import fit
from webapp.datasets.models import Version
from webapp.datasets.preparation import train_rows
from webapp.datasets.preprocessing import Pipeline
from webapp.datasets.recipe import Task
from webapp.runs.insight.answers import MOST_CLASSES
from webapp.runs.insight.kind import (
    Kind,
    only_classes,
    only_exclusive_classes,
    only_numbers,
    only_two_features,
)
from webapp.runs.insight.scene import Scene
from webapp.runs.models import Run

POINTS = 400  # training examples on the plane


def few_exclusive_classes(run: Run) -> str:
    n = len(run.version.classes)
    if not (why := only_exclusive_classes(run)) and n > MOST_CLASSES:
        return f"It shows up to {MOST_CLASSES} classes, and these data have {n:,}."
    return why


def confusion(scene: Scene, option: str) -> Figure | None:
    if "confusion" not in scene.arrays:
        return None
    return confusion_matrix([str(name) for name in scene.run.version.classes], scene.arrays["confusion"])


def reliability(scene: Scene, option: str) -> Figure | None:
    if "calibration/counts" not in scene.arrays:
        return None
    return calibration(
        *(scene.arrays[f"calibration/{name}"] for name in ("confidence", "frequency", "counts"))
    )


def predictions(scene: Scene, option: str) -> Figure | None:
    if "fit/truth" not in scene.arrays:
        return None
    return fit(scene.arrays["fit/truth"], scene.arrays["fit/answers"], scene.run.version.target)


def boundary(scene: Scene, option: str) -> Figure | None:
    arrays, version = scene.arrays, scene.run.version
    if "plane/x" not in arrays:
        return None
    x, y, points, names = arrays["plane/x"], arrays["plane/y"], examples(version), axis_names(version)
    if version.task == Task.REGRESSION:
        return decision_surface(x, y, arrays["plane/value"], points, names)
    sure = arrays["plane/probability"] / 255
    return decision_boundary(x, y, arrays["plane/class"], sure, classes_of(version), points, names)


def classes_of(version: Version) -> list[str]:
    """The classes that the plane is divided into; of several labels the first, and none of it."""
    names = [str(name) for name in version.classes]
    return [f"not {names[0]}", names[0]] if version.task == Task.MULTILABEL else names


def examples(version: Version) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and answer of training examples, evenly spread; none when the arrays are gone."""
    try:
        features = np.load(version.folder / "features.npy", mmap_mode="r")[train_rows(version)]
        labels = np.load(version.folder / "labels.npy", mmap_mode="r")[train_rows(version)]
    except OSError:
        return np.empty(0), np.empty(0), np.empty(0)
    rows = np.linspace(0, len(features) - 1, min(len(features), POINTS)).astype(int)
    x, y = np.asarray(features[rows], np.float64).T
    answers = np.asarray(labels[rows]).reshape(len(rows), -1)[:, 0]
    return x, y, answers


def axis_names(version: Version) -> list[str]:
    """What the two inputs are called; nothing when that is not known any more."""
    try:
        text = (version.folder / "pipeline.json").read_text()
    except OSError:
        return ["", ""]
    return Pipeline.model_validate_json(text).feature_names[:2]


KINDS = (
    Kind(
        "decision_boundary",
        "Decision boundary",
        "What it answers all over the plane: too straight is bias, islands around single examples variance.",
        "Answers",
        boundary,
        source="moment",
        unfit=only_two_features,
        default=True,
        tall=True,
    ),
    Kind(
        "confusion",
        "Confusion matrix",
        "Which class is taken for which on the dev part: collect more of those that are mixed up.",
        "Answers",
        confusion,
        source="moment",
        unfit=few_exclusive_classes,
        default=True,
        judges=True,
        tall=True,
    ),
    Kind(
        "predictions",
        "Predicted and true",
        "Each dev example: off the diagonal at one end, the network misses what is rare there.",
        "Answers",
        predictions,
        source="moment",
        unfit=only_numbers,
        default=True,
        judges=True,
        tall=True,
    ),
    Kind(
        "calibration",
        "Calibration",
        "Whether 80% sure comes true in 80%: below the diagonal it is too sure of itself, from overfitting.",
        "Answers",
        reliability,
        source="moment",
        unfit=only_classes,
        judges=True,
    ),
)
