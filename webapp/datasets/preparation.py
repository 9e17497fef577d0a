"""A version of a dataset becomes the arrays of one run: its parts, normalised by the training part alone."""

import os
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.conf import settings

from engine import Data, Estimate, Spec, estimate
from engine.normalise import Scaling
from webapp.datasets.models import Version
from webapp.datasets.recipe import Task

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.floating[Any]]
HEADS: dict[str, tuple[str, ...]] = {
    Task.BINARY: ("sigmoid", "softmax"),
    Task.MULTICLASS: ("softmax",),
    Task.MULTILABEL: ("sigmoid",),
    Task.REGRESSION: ("squared_error", "huber"),
}
CHUNK_BYTES = 1 << 26
PIXEL = 255.0  # the largest value of a stored pixel


def heads_for(task: str) -> tuple[str, ...]:
    """The kinds of head that can learn a task, the usual one first."""
    return HEADS[task]


def outputs_for(version: Version, head: str) -> int:
    """The width of the output layer: one per class for softmax, one per label for many labels, else one."""
    each = head == "softmax" or version.task == Task.MULTILABEL
    return len(version.classes) if each else 1


def estimate_for(version: Version, spec: Spec) -> Estimate:
    """What a run of `spec` takes; inputs that stay on the disk take no memory."""
    outputs = outputs_for(version, spec.head.kind)
    found = estimate(spec, version.n_features, outputs, version.n_train, version.n_dev)
    spared = found.input_bytes if is_mapped(version, spec) else 0
    return found._replace(memory_bytes=found.memory_bytes - spared)


def is_mapped(version: Version, spec: Spec) -> bool:
    """Whether the inputs are read from the disk while training, because memory is too small for them."""
    itemsize = np.dtype(spec.precision).itemsize
    needed = (version.n_train + version.n_dev) * version.n_features * itemsize
    return needed > settings.HONE_RUN_MEMORY_BYTES // 2


def prepare(version: Version, spec: Spec) -> Data:
    """The training and dev parts of `version`, normalised as `spec` says.

    Pixels are brought to 0 .. 1 first; a regression target is standardised and its deviation handed on as the
    target's scale. All of it is learnt from training rows.
    """
    x_train, x_dev = inputs(version, spec)
    answers, scale = answers_of(version, spec)
    return Data(
        x_train,
        answers[train_rows(version)],
        x_dev,
        answers[dev_rows(version)],
        n_outputs=outputs_for(version, spec.head.kind),
        target_scale=scale,
        image_shape=tuple(version.image_shape) if version.image_shape else None,
    )


class TestPart(NamedTuple):
    """What a trained network is judged by, once: inputs (m, n), answers (m,), and the target's scale."""

    __test__ = False  # for pytest: not a test

    x: Floats
    y: Array
    target_scale: float


def prepare_test(version: Version, spec: Spec) -> TestPart:
    """The test part of `version`, treated as the training part was."""
    stored = np.load(version.folder / "features.npy", mmap_mode="r")[test_rows(version)]
    scaled = np.empty(stored.shape, spec.precision)
    _scale(stored, scaling_for(version, spec), scaled)
    answers, scale = answers_of(version, spec)
    return TestPart(scaled, answers[test_rows(version)], scale)


def answers_of(version: Version, spec: Spec) -> tuple[Array, float]:
    """The answers of all rows as the network sees them, and the target's scale: a regression target is
    shifted and divided by the mean and deviation of its training part."""
    labels = np.load(version.folder / "labels.npy")
    if version.task == Task.MULTILABEL:
        return labels.astype(np.int64), 1.0  # stored as float32; a head takes class numbers
    if version.task != Task.REGRESSION:
        return labels, 1.0
    train = labels[train_rows(version)]
    scale = float(train.std()) or 1.0
    return ((labels - train.mean()) / scale).astype(spec.precision), scale


def train_rows(version: Version) -> slice:
    """The training part in the arrays, which are in the order of the split."""
    return slice(0, version.n_train)


def dev_rows(version: Version) -> slice:
    return slice(version.n_train, version.n_train + version.n_dev)


def test_rows(version: Version) -> slice:
    return slice(version.n_train + version.n_dev, version.n_rows)


def inputs(version: Version, spec: Spec) -> tuple[Floats, Floats]:
    """Normalised inputs of the training and the dev part, (m, n) each; memory maps when they are large."""
    stored = np.load(version.folder / "features.npy", mmap_mode="r")
    scaling = scaling_for(version, spec)
    rows = stored[: version.n_train + version.n_dev]
    if is_mapped(version, spec):
        name = f"scaled-{spec.normalise.kind}-{spec.precision}.npy"
        scaled = _mapped(rows, scaling, version.folder / name, spec.precision)
    else:
        scaled = np.empty(rows.shape, spec.precision)
        _scale(rows, scaling, scaled)
    return scaled[train_rows(version)], scaled[dev_rows(version)]


def scaling_for(version: Version, spec: Spec) -> Scaling:
    """What turns stored inputs into those a network sees, learnt from the training part."""
    stored = np.load(version.folder / "features.npy", mmap_mode="r")
    return spec.normalise.fit(stored[train_rows(version)], PIXEL if stored.dtype == np.uint8 else 1.0)


def _scale(rows: Array, scaling: Scaling, out: Floats) -> None:
    """Write scaled `rows` (m, n) into `out`, a bounded number of them at a time."""
    step = max(1, CHUNK_BYTES // max(1, rows.shape[1] * out.itemsize))
    for start in range(0, len(rows), step):
        out[start : start + step] = scaling.apply(rows[start : start + step].astype(out.dtype))


def _mapped(rows: Array, scaling: Scaling, path: Path, precision: str) -> Floats:
    """The scaled rows as a memory map of `path`, written on the first call and found there later."""
    if not path.exists():
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        os.close(handle)
        try:
            out = np.lib.format.open_memmap(name, mode="w+", dtype=precision, shape=rows.shape)
            _scale(rows, scaling, out)
            out.flush()
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    return np.load(path, mmap_mode="r")
