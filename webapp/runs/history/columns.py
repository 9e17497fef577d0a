"""The columns of a run's history: what a chunk holds, and how it is packed.

A chunk holds two tables. `steps` has one row per mini-batch step, consecutive from the chunk's first step:
its cost, and the seconds since a worker took the run. `epochs` has one row per epoch that ended in the chunk.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors.numpy import load, save

STEPS = {"cost": np.dtype("f4"), "seconds": np.dtype("f4")}
EPOCHS = {
    "epoch": np.dtype("i8"),
    "step": np.dtype("i8"),
    "train_cost": np.dtype("f8"),
    "train_error": np.dtype("f8"),
    "dev_cost": np.dtype("f8"),
    "dev_error": np.dtype("f8"),
}

Table = dict[str, NDArray[np.generic]]


class Columns(NamedTuple):
    """Both tables, name -> values, a row at the same place in each column."""

    steps: Table
    epochs: Table


def pack(steps: Mapping[str, ArrayLike], epochs: Mapping[str, ArrayLike]) -> bytes:
    """Both tables as one safetensors block; `steps` without its step numbers, which are consecutive.

    A value that is not finite becomes NaN here, once: it is no number, and a gap in a curve.
    """
    named = {f"steps.{name}": np.asarray(steps[name], dtype) for name, dtype in STEPS.items()}
    named |= {f"epochs.{name}": np.asarray(epochs[name], dtype) for name, dtype in EPOCHS.items()}
    for values in named.values():
        if values.dtype.kind == "f":
            values[~np.isfinite(values)] = np.nan
    return save(named)


def unpack(first_step: int, block: bytes) -> Columns:
    """The tables that `pack` packed, `steps` with its step numbers from `first_step` on."""
    named = load(bytes(block))
    steps: Table = {name: named[f"steps.{name}"] for name in STEPS}
    steps["step"] = np.arange(first_step, first_step + len(steps["cost"]))
    return Columns(steps, {name: named[f"epochs.{name}"] for name in EPOCHS})


def join(parts: Sequence[Columns]) -> Columns:
    """The parts one below the other; no parts make empty tables."""
    parts = parts or [unpack(1, EMPTY)]
    steps, epochs = zip(*parts, strict=True)
    return Columns(_stack(steps), _stack(epochs))


def finite(value: float) -> float | None:
    """The value, or None where it is no number: for places that hold a single one."""
    return value if isfinite(value) else None


def _stack(tables: Sequence[Table]) -> Table:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


EMPTY = pack({name: [] for name in STEPS}, {name: [] for name in EPOCHS})
