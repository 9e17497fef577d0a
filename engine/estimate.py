"""Estimates: what a run will cost, before anything large is allocated."""

from __future__ import annotations

import time
from itertools import islice
from typing import NamedTuple

import numpy as np

from .architecture import blocks
from .batches import GATHER_BYTES, MAX_SLOTS, n_batches
from .data import Data
from .initializers import Zeros
from .network import chunk_size
from .program import BLOCK
from .spec import Spec
from .training import MAX_EVALUATED, Trainer


class Estimate(NamedTuple):
    """``layers`` holds (name, (fan_in, units), n_parameters) from the first hidden layer to the output."""

    n_parameters: int
    memory_bytes: int
    layers: list[tuple[str, tuple[int, int], int]]


def estimate(spec: Spec, n_features: int, n_outputs: int, n_train: int) -> Estimate:
    """Parameters and memory of a run, from Python integers alone: any size will do.

    The memory is that of the training and dev inputs, the parameters with gradients and moments, and the
    workspaces; Python and its libraries (about 100 MB) come on top.
    """
    found = blocks(spec, n_features, n_outputs)
    p = found[-1].stop
    itemsize = 4 if spec.precision == "float32" else 8
    elements = p * (2 + spec.optimizer.moments) + min(BLOCK, p)
    elements += _workspace_elements(spec, n_features, n_outputs, n_train)
    inputs = round(n_train * n_features * (1 + _dev_share(spec))) * itemsize
    layers = [(block.name, (block.fan_in, block.units), block.size) for block in found]
    return Estimate(p, inputs + elements * itemsize, layers)


def _dev_share(spec: Spec) -> float:
    """Dev examples per training example."""
    return spec.split.dev / (1 - spec.split.dev - spec.split.test)


def _workspace_elements(spec: Spec, n_features: int, n_outputs: int, n_train: int) -> int:
    """Numbers kept for the full batch, the smaller last one, and the evaluation's chunk."""
    units = [layer.units for layer in spec.layers]
    # Of each hidden layer: a, its gradient, and about two arrays for the activation's own use.
    evaluating = 4 * sum(units) + 3 * n_outputs
    # Batch norm keeps what it normalised and a scratch copy; dropout a mask and what it leaves.
    evaluating += 2 * sum(layer.units for layer in spec.layers if layer.batch_norm)
    per_example = evaluating + 2 * sum(layer.units for layer in spec.layers if layer.keep_prob < 1)
    per_example += 2 * n_features if spec.input_keep_prob < 1 else 0
    batch = min(spec.batch_size, n_train)
    row_bytes = max(1, batch * (n_features + 1) * 4)
    slots = max(1, min(GATHER_BYTES // row_bytes, MAX_SLOTS, n_train // max(1, batch)))
    last = n_train % batch if batch else 0
    chunk = chunk_size(sum(units) + n_outputs + n_features)
    gathered = (slots * batch + last) * (2 * n_features + n_outputs)
    return (batch + last) * per_example + gathered + chunk * (evaluating + 2 * n_features)


#: Above this many parameters, or multiplications in a step, the time is computed, not measured.
_MAX_MEASURED = 2_000_000
_MAX_STEP = 100_000_000


def measure_seconds_per_epoch(
    spec: Spec, n_features: int, n_outputs: int, n_train: int, budget_seconds: float = 0.05
) -> float:
    """Seconds of one epoch with its evaluation on this machine: real steps on random data, scaled up.

    A network too large to try within the budget is judged by its multiplications and the machine's measured
    rate of them.
    """
    p = blocks(spec, n_features, n_outputs)[-1].stop
    evaluated = min(n_train, MAX_EVALUATED) + n_train * _dev_share(spec)
    # A step is two passes back and one forward, an evaluation one forward.
    examples = n_train + evaluated / 3
    batch = min(spec.batch_size, n_train)
    if p > _MAX_MEASURED:
        return 6 * p * examples / _flops() + n_batches(n_train, batch) * p * 10 / 1e9
    tried = max(1, min(batch, _MAX_STEP // p))
    per_step = _measure(spec, n_features, n_outputs, tried, budget_seconds)
    return per_step * examples / tried


def _measure(spec: Spec, n_features: int, n_outputs: int, batch: int, budget_seconds: float) -> float:
    """Seconds of one step on ``batch`` random examples: the median of as many as the budget allows."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4 * batch, n_features), dtype=np.float32)
    y = spec.head.any_answers(4 * batch, n_outputs)
    # Zeros spare the drawing of weights; a step takes as long with them.
    layers = tuple(layer.model_copy(update={"initializer": Zeros()}) for layer in spec.layers)
    trial = spec.model_copy(update={"batch_size": batch, "epochs": 100_000, "layers": layers})
    events = iter(Trainer(trial, Data(x, y, x[:1], y[:1], n_outputs)))
    next(events)
    seconds: list[float] = []
    start = last = time.perf_counter()
    for _ in islice(events, 10_000):
        now = time.perf_counter()
        seconds.append(now - last)
        last = now
        if now - start > budget_seconds and len(seconds) > 1:
            break
    return float(np.median(seconds))


def _flops() -> float:
    """Floating-point operations a second of a matrix product here."""
    a = np.ones((256, 256), dtype=np.float32)
    a @ a
    start = time.perf_counter()
    a @ a
    return float(2 * 256**3 / (time.perf_counter() - start))
