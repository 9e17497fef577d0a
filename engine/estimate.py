"""Estimates: what a run will cost, before anything large is allocated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .architecture import blocks
from .batches import GATHER_BYTES, MAX_SLOTS
from .data import Data
from .network import chunk_size
from .program import BLOCK
from .spec import Spec

#: The training cost and error of an epoch are measured on this many examples at most, always the same, unless
#: a Trainer is given another number.
MAX_EVALUATED = 10_000


class Estimate(NamedTuple):
    """``layers`` holds (name, (fan_in, units), n_parameters) from the first hidden layer to the output;
    ``memory_bytes`` counts ``input_bytes``, which a memory map spares."""

    n_parameters: int
    memory_bytes: int
    layers: list[tuple[str, tuple[int, int], int]]
    input_bytes: int


def estimate(
    spec: Spec, n_features: int, n_outputs: int, n_train: int, n_dev: int = 0, members: int = 1
) -> Estimate:
    """Parameters of one network and memory of a run, from Python integers alone: any size will do.

    The memory is that of the training and dev inputs, the parameters with gradients and moments, and the
    workspaces; Python and its libraries (about 100 MB) come on top.
    """
    found = blocks(spec, n_features, n_outputs)
    p = found[-1].stop
    itemsize = 4 if spec.precision == "float32" else 8
    stopping = spec.early_stopping
    aside = stopping.kind == "patience" and (stopping.restore_best or members > 1)
    scratches = 2 if spec.l1 or spec.l2 else 1  # of the update, and of the penalties
    elements = p * (2 + spec.optimizer.moments + aside) + scratches * min(BLOCK, p)
    elements += _workspace_elements(spec, n_features, n_outputs, n_train, members)
    elements *= members
    inputs = (n_train + n_dev) * n_features * itemsize
    layers = [(block.name, (block.fan_in, block.units), block.size) for block in found]
    return Estimate(p, inputs + elements * itemsize, layers, inputs)


def _workspace_elements(spec: Spec, n_features: int, n_outputs: int, n_train: int, members: int) -> int:
    """Numbers a member keeps for the full batch, the smaller last one, and the evaluation's chunk."""
    units = [layer.units for layer in spec.layers]
    # Of each hidden layer: a, its gradient, and about two arrays for the activation's own use.
    evaluating = 4 * sum(units) + 3 * n_outputs
    evaluating += units[0]  # the first layer's product as rows
    # Batch norm keeps what it normalised and a scratch copy; dropout a mask and what it leaves.
    evaluating += 2 * sum(layer.units for layer in spec.layers if layer.batch_norm)
    per_example = evaluating + 2 * sum(layer.units for layer in spec.layers if layer.keep_prob < 1)
    per_example += 2 * n_features if spec.input_keep_prob < 1 else 0
    batch = min(spec.batch_for(n_train), n_train)
    row_bytes = max(1, batch * (n_features + 1) * 4)
    slots = max(1, min(GATHER_BYTES // row_bytes, MAX_SLOTS, n_train // max(1, batch)))
    last = n_train % batch if batch else 0
    chunk = chunk_size(sum(units) + n_outputs + n_features, members)
    gathered = (slots * batch + last) * (2 * n_features + n_outputs)
    return (batch + last) * per_example + gathered + chunk * (evaluating + 2 * n_features)


def refuse_too_large(specs: Sequence[Spec], data: Data, limit: int | None) -> None:
    """Raise ValueError when a run would need more than ``limit`` bytes."""
    if limit is None:
        return
    found = estimate(
        specs[0], data.n_features, data.n_outputs, data.n_train, len(data.x_dev), members=len(specs)
    )
    needed = found.memory_bytes
    if needed > limit:
        raise ValueError(
            f"This run needs about {needed / 2**20:,.0f} MiB of memory, and memory_limit is "
            f"{limit / 2**20:,.0f} MiB: lower the units of the widest layers, batch_size or the members."
        )


def evaluated_rows(n_train: int, most: int = MAX_EVALUATED) -> npt.NDArray[np.intp] | None:
    """The rows evaluated when there are more than ``most``, evenly spread; None when all are."""
    if n_train <= most:
        return None
    return np.linspace(0, n_train - 1, most).astype(np.intp)
