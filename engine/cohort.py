"""Cohorts: which specs can train together, and what may be changed while they do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from .architecture import blocks
from .data import Data
from .environment import cache_bytes
from .estimate import refuse_too_large
from .problems import problems
from .spec import Spec

_SHARED = (
    "head",
    "batch_size",
    "full_batch",
    "shuffle",
    "epochs",
    "precision",
    "batch_norm",
    "early_stopping",
    "augmentations",
)


def check_cohort(specs: Sequence[Spec]) -> None:
    """Raise ValueError naming the first field in which the specs differ though a cohort must share it."""
    if not specs:
        raise ValueError("There is nothing to train: give at least one spec.")
    for member, spec in enumerate(specs):
        for field in _SHARED:
            _refuse_difference(field, getattr(specs[0], field), getattr(spec, field), member)
        _refuse_difference("optimizer.kind", specs[0].optimizer.kind, spec.optimizer.kind, member)
        _refuse_difference("layers", _architecture(specs[0]), _architecture(spec), member)


def cohort_key(spec: Spec) -> str:
    """A text that is the same for specs that can train together and differs for all others; so are the seed,
    which decides on the order of the examples, and what is done to the inputs beforehand."""
    shared = [getattr(spec, field) for field in (*_SHARED, "seed", "normalise")]
    return repr([*shared, spec.optimizer.kind, _architecture(spec)])


def _architecture(spec: Spec) -> list[str]:
    norm = {True: " batch_norm", False: ""}
    return [f"{layer.units} {layer.activation}{norm[layer.batch_norm]}" for layer in spec.layers]


def _refuse_difference(field: str, first: object, other: object, member: int) -> None:
    if other != first:
        raise ValueError(
            f"Networks trained together must share {field}: spec 0 has {first}, spec {member} has {other}."
        )


def check_fits(spec: Spec, n_train: int) -> None:
    """Raise ValueError when a batch is larger than the ``n_train`` training examples."""
    if spec.batch_for(n_train) > n_train:
        raise ValueError(
            f"batch_size is {spec.batch_size}, but the training part has {n_train} examples: "
            f"choose at most {n_train}."
        )


def cohort_size(
    spec: Spec, n_features: int, n_outputs: int, n_train: int, *, cache: int | None = None
) -> int:
    """How many networks like ``spec`` to train together: as many as a core's ``cache`` (bytes) holds.

    Together they share the calls, so small networks gain several times their speed; once parameters,
    gradients, moments and activations leave the cache, more networks gain nothing. At least 1.
    """
    parameters = blocks(spec, n_features, n_outputs)[-1].stop * (2 + spec.optimizer.moments)
    # Of every unit and example the activation and its gradient; the head keeps one more.
    units = 2 * sum(layer.units for layer in spec.layers) + 3 * n_outputs
    itemsize = 4 if spec.precision == "float32" else 8
    member = itemsize * (parameters + min(spec.batch_for(n_train), n_train) * units)
    return max(1, (cache or cache_bytes()) // member)


def check_run(specs: Sequence[Spec], data: Data, memory_limit: int | None) -> None:
    """Raise ValueError when specs cannot train together, do not fit the data, or need too many bytes."""
    check_cohort(specs)
    check_fits(specs[0], data.n_train)
    data.check_head(specs[0])
    refuse_too_large(specs, data, memory_limit)


def check_epochs(spec: Spec, epoch: int) -> None:
    """Raise ValueError when a run that has begun its ``epoch`` cannot end where ``spec`` says."""
    if spec.epochs < epoch:
        raise ValueError(
            f"epochs is {spec.epochs}, but epoch {epoch} has begun: choose at least {epoch}, and it will be "
            "the last."
        )


#: What a running training can take on: everything that leaves the network and its data as they are.
CHANGEABLE = re.compile(
    r"learning_rate|schedule(\..+)?|optimizer\.(?!kind$)\w+|l[12]|max_norm|clip_(norm|value)|epochs"
    r"|input_keep_prob|layers\.\d+\.keep_prob|batch_norm\.momentum|batch_size|full_batch|augmentations"
    r"|early_stopping(\.(metric|patience|min_delta|restore_best))?"
)


def changed(spec: Spec, values: Mapping[str, object]) -> Spec:
    """``spec`` with the ``values`` by path, such as ``{"learning_rate": 0.01, "layers.0.keep_prob": 0.8}``.

    Raises ValueError naming a path that is unknown or cannot change while training, or a value out of range.
    """
    content = spec.model_dump()
    for path, value in values.items():
        if not CHANGEABLE.fullmatch(path):
            raise ValueError(
                f"{path} cannot be changed while training. What can: learning_rate, schedule, the "
                "optimizer's constants, l2, l1, max_norm, clip_norm, clip_value, keep_prob, "
                "batch_norm.momentum, epochs, batch_size, full_batch, augmentations, early_stopping."
            )
        _put(content, path, value.model_dump() if isinstance(value, BaseModel) else value)
    try:
        return Spec.model_validate(content)
    except ValidationError as error:
        found = problems(error)
        raise ValueError(" ".join(f"{each.field}: {each.message}" for each in found)) from error


def _put(content: Any, path: str, value: object) -> None:
    """Set the value at a dotted path of nested dicts and sequences."""
    *parents, last = path.split(".")
    for part in parents:
        if isinstance(content, dict) and part in content:
            content = content[part]
        elif isinstance(content, list | tuple) and part.isdecimal() and int(part) < len(content):
            content = content[int(part)]
        else:
            raise ValueError(f"There is no {path}: {part} is unknown.")
    if not isinstance(content, dict):
        raise ValueError(f"There is no {path}: {'.'.join(parents)} is {content!r}, which has no settings.")
    content[last] = {"kind": value} if isinstance(value, str) and path in _BY_NAME else value


#: Whose kind alone may be given, as a name.
_BY_NAME = ("schedule", "early_stopping")
