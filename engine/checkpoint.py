"""Checkpoints: a training run in a file, to be taken up as if it had never been left.

safetensors: the arrays, and as metadata the specs and everything that is not an array, in JSON. Under
the same number of BLAS threads, kernels and NumPy, all recorded, what follows is the same bit by bit.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from .data import Data
from .early_stopping import Watch
from .environment import difference, environment
from .events import Resumed
from .program import Array
from .spec import Spec
from .training import Order, Trainer

FORMAT = "hone-checkpoint-1"
_COUNTERS = ("step", "epoch", "position", "within")


def to_bytes(trainer: Trainer) -> bytes:
    """The state of a run, after any of its events."""
    arrays = {name: np.ascontiguousarray(array) for name, array in _arrays(trainer).items()}
    shapes = {name: list(array.shape) for name, array in arrays.items()}
    meta = {
        "specs": [spec.model_dump(mode="json") for spec in trainer.specs],
        "members": trainer.members,
        "counters": {name: getattr(trainer, name) for name in _COUNTERS},
        "batches_seen": trainer.network.statistics.seen,
        "generators": {
            "order": trainer.order_state,
            "augmentation": trainer.augmentation.bit_generator.state,
            "dropout": [rng.bit_generator.state for rng in trainer.dropout.generators],
        },
        "data": _shape_of(trainer.data),
        "environment": environment(),
        "shapes": shapes,
    }
    # safetensors has no use for empty arrays; their shapes bring them back.
    kept = {name: array for name, array in arrays.items() if array.size}
    return serialise(kept, {"format": FORMAT, "state": json.dumps(meta)})


def save(trainer: Trainer, path: str | Path) -> None:
    """Write a checkpoint; a file of that name is replaced as a whole, or not at all."""
    write(to_bytes(trainer), path)


def write(content: bytes, path: str | Path) -> str:
    """Write a file as a whole or not at all; the SHA-256 of its content."""
    path = Path(path)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
    return hashlib.sha256(content).hexdigest()


def load(
    path: str | Path, data: Data, *, order: Order | None = None, statistics_every: int | None = None
) -> Trainer:
    """The run of a checkpoint file on the same ``data``; its first event is ``Resumed``. ``order`` and
    ``statistics_every`` are those of ``Trainer``.

    Raises ValueError when the file is no whole checkpoint or belongs to data of another shape.
    """
    return from_bytes(Path(path).read_bytes(), data, order=order, statistics_every=statistics_every)


def from_bytes(
    content: bytes, data: Data, *, order: Order | None = None, statistics_every: int | None = None
) -> Trainer:
    """The run of a checkpoint, see ``load``."""
    arrays, meta = _read(content)
    if meta["data"] != _shape_of(data):
        raise ValueError(f"The checkpoint belongs to data of {meta['data']}, but this is {_shape_of(data)}.")
    specs = [Spec.model_validate(spec) for spec in meta["specs"]]
    trainer = Trainer(specs, data, order=order, statistics_every=statistics_every)
    _put_back(trainer, arrays, meta)
    changed = difference(meta["environment"], environment())
    trainer.take_up(Resumed(trainer.step, trainer.epoch, not changed, changed))
    return trainer


def read_specs(content: bytes) -> list[Spec]:
    """The specs of a checkpoint, without taking it up."""
    return [Spec.model_validate(spec) for spec in _read(content)[1]["specs"]]


def _arrays(trainer: Trainer) -> dict[str, Array]:
    """Every array of a run's state, live."""
    plateaus, watch = trainer.descent.plateaus, trainer.watch
    return {
        "parameters": trainer.network.theta,
        "moments": trainer.descent.moments,
        "statistics": trainer.network.statistics.kept,
        "cost": trainer.cost,
        **{f"plateaus.{name}": getattr(plateaus, name) for name in ("scale", "best", "waited")},
        **{f"watch.{name}": getattr(watch, name) for name in Watch.ARRAYS},
    }


def _put_back(trainer: Trainer, arrays: dict[str, Array], meta: dict[str, Any]) -> None:
    # A cohort that has shrunk keeps rows set aside that a single network would not.
    for name in ("theta", "statistics"):
        setattr(trainer.watch, name, np.zeros_like(arrays[f"watch.{name}"]))
    for name, array in _arrays(trainer).items():
        if array.shape != arrays[name].shape or array.dtype != arrays[name].dtype:
            raise ValueError(f"The checkpoint is damaged: {name} has shape {arrays[name].shape}.")
        array[...] = arrays[name]
    for name, value in meta["counters"].items():
        setattr(trainer, name, value)
    trainer.members = list(meta["members"])
    trainer.network.statistics.seen = meta["batches_seen"]
    generators = meta["generators"]
    trainer.order_state = generators["order"]
    trainer.augmentation.bit_generator.state = generators["augmentation"]
    for rng, state in zip(trainer.dropout.generators, generators["dropout"], strict=True):
        rng.bit_generator.state = state


def _read(content: bytes) -> tuple[dict[str, Array], dict[str, Any]]:
    try:
        arrays = parse(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length]).get("__metadata__", {})
        if header.get("format") != FORMAT:
            raise ValueError("This is no checkpoint of a training run: its format is another.")
        meta = json.loads(header["state"])
        shapes = meta["shapes"].items()
    except (SafetensorError, KeyError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"This is no whole checkpoint: {error}.") from error
    dtypes = {"watch.theta": arrays["parameters"].dtype, "watch.statistics": arrays["parameters"].dtype}
    empty = {
        name: np.zeros(shape, dtype=dtypes.get(name, arrays["parameters"].dtype))
        for name, shape in shapes
        if name not in arrays
    }
    return arrays | empty, meta


def _shape_of(data: Data) -> dict[str, int]:
    return {"n_train": data.n_train, "n_features": data.n_features, "n_outputs": data.n_outputs}
