"""Timing: how long training will take here, measured."""

from __future__ import annotations

import time
from itertools import islice

import numpy as np

from .architecture import blocks
from .data import Data
from .early_stopping import NoEarlyStopping
from .estimate import MAX_EVALUATED
from .initializers import Zeros
from .spec import Spec
from .timeline import n_batches
from .training import Trainer

#: Above this many parameters, or multiplications in a step, the time is computed, not measured.
_MAX_MEASURED = 2_000_000
_MAX_STEP = 100_000_000


def measure_seconds_per_epoch(
    spec: Spec, n_features: int, n_outputs: int, n_train: int, n_dev: int = 0, budget_seconds: float = 0.05
) -> float:
    """Seconds of one epoch with its evaluation on this machine: real steps on random data, scaled up.

    A network too large to try within the budget is judged by its multiplications and the machine's measured
    rate of them.
    """
    p = blocks(spec, n_features, n_outputs)[-1].stop
    evaluated = min(n_train, MAX_EVALUATED) + n_dev
    # A step is two passes back and one forward, an evaluation one forward.
    examples = n_train + evaluated / 3
    batch = min(spec.batch_for(n_train), n_train)
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
    trial = {"batch_size": batch, "full_batch": False, "epochs": 100_000, "layers": layers}
    trial |= {"augmentations": (), "early_stopping": NoEarlyStopping()}
    events = iter(Trainer(spec.model_copy(update=trial), Data(x, y, x[:1], y[:1], n_outputs)))
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
