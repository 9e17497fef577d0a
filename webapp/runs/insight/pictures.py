"""What a snapshot keeps to look at: the first layer's weights as images, and the plane of two features."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine import Spec
from engine.network import Network
from webapp.datasets.models import Version
from webapp.datasets.preparation import scaling_for, train_rows
from webapp.datasets.recipe import Task
from webapp.runs.models.snapshot import Arrays

MOST_UNITS = 36
MOST_BYTES = 1 << 16  # of all images of a snapshot
SIDE = 60  # points of the plane along each axis
MARGIN = 0.08  # of its range that a feature is looked at beyond its ends

Floats = npt.NDArray[np.floating[Any]]


def first_weights(network: Network, shape: tuple[int, ...]) -> Arrays:
    """`images` (units, height, width, channels) in uint8, 128 being zero, and `images/scale` (1,), the weight
    that 1 and 255 stand for: the same for all units, so that they can be compared."""
    weights = network.weight_matrices()[0][0]
    units = max(1, min(MOST_UNITS, weights.shape[1], MOST_BYTES // len(weights)))
    shown = np.nan_to_num(weights[:, :units].T, posinf=0.0, neginf=0.0)
    scale = float(np.abs(shown).max()) or 1.0
    pixels = np.rint(shown * (127 / scale)) + 128
    return {
        "images": pixels.astype(np.uint8).reshape(units, *shape),
        "images/scale": np.array([scale], np.float32),
    }


class Plane(NamedTuple):
    """Points at even distances over two features: `x` and `y` (side,) as the data have them, and `inputs`
    (side * side, 2) as the network takes them, row by row of `y`."""

    x: Floats
    y: Floats
    inputs: Floats


def plane_of(version: Version, spec: Spec) -> Plane:
    """The plane that the training part lies in."""
    stored = np.load(version.folder / "features.npy", mmap_mode="r")[train_rows(version)]
    low, high = stored.min(axis=0).astype(np.float64), stored.max(axis=0).astype(np.float64)
    room = MARGIN * np.where(high > low, high - low, 1.0)
    x, y = np.linspace(low - room, high + room, SIDE).T
    raw = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return Plane(x, y, scaling_for(version, spec).apply(raw.astype(spec.precision)))


def decisions(network: Network, plane: Plane, task: str, offset: float = 0.0, scale: float = 1.0) -> Arrays:
    """What the network answers all over the plane: `plane/value` (side, side) for a regression, in the
    target's unit; else `plane/class` and how sure it is, `plane/probability`, 255 being certain.

    Of two classes, or of the first of several labels, the probability is that of the second, or of the label.
    """
    answers = network.forward(plane.inputs)[0].reshape(SIDE, SIDE, -1)
    named: Arrays = {"plane/x": plane.x.astype(np.float32), "plane/y": plane.y.astype(np.float32)}
    if task == Task.REGRESSION:
        return named | {"plane/value": (offset + scale * answers[..., 0]).astype(np.float32)}
    answers = np.nan_to_num(answers, nan=0.5)
    alone = answers.shape[-1] == 1 or task == Task.MULTILABEL
    chosen = answers[..., 0] > 0.5 if alone else answers.argmax(axis=-1)
    sure = answers[..., 0] if alone else answers[..., 1] if answers.shape[-1] == 2 else answers.max(axis=-1)
    return named | {
        "plane/class": chosen.astype(np.uint16),
        "plane/probability": np.rint(255 * sure).astype(np.uint8),
    }
