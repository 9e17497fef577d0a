"""Histories for tests: as a recorder would write them, cut into chunks and merged wherever a test wants."""

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np

from webapp.runs.history.blocks import compact
from webapp.runs.history.columns import pack
from webapp.runs.models import Attempt, Chunk, Run

STEPS_PER_EPOCH = 7


def costs_for(seed: int, n: int) -> np.ndarray:
    """Costs (n,) with outliers and gaps."""
    numbers = np.random.default_rng(seed)
    costs = numbers.normal(1, 0.1, n).astype(np.float32)
    costs[numbers.integers(n, size=n // 50 + 1)] = 100 * numbers.normal()
    costs[numbers.integers(n, size=n // 30 + 1)] = np.nan
    return costs


def record(
    run: Run, attempt: Attempt, costs: np.ndarray, cuts: Sequence[int] = (), merges: Collection[int] = ()
) -> None:
    """Chunks of an attempt that go on after its first step, cut after so many steps; after the chunks in
    `merges` all but the last one are merged."""
    Run.objects.filter(pk=run.pk).update(attempt=attempt.number, step=attempt.step + len(costs))
    run.refresh_from_db()
    places = [0, *sorted({cut for cut in cuts if 0 < cut < len(costs)}), len(costs)]
    for sequence, (start, end) in enumerate(pairwise(places), 1):
        first = attempt.step + start + 1
        Chunk.objects.create(
            run=run,
            attempt=attempt.number,
            sequence=sequence,
            first_step=first,
            n_steps=end - start,
            columns=content(first, costs[start:end]),
        )
        if sequence in merges:
            compact(run, keep=1)


def content(first: int, costs: np.ndarray) -> bytes:
    """What a chunk holds whose epochs end every seven steps."""
    step = np.arange(first, first + len(costs))
    ends = step[step % STEPS_PER_EPOCH == 0]
    epochs = {"epoch": ends // STEPS_PER_EPOCH, "step": ends}
    for i, name in enumerate(("train_cost", "train_error", "dev_cost", "dev_error")):
        epochs[name] = np.sin(ends + i)
    steps = {"cost": costs, "seconds": step / 10, "learning_rate": 1 / step}
    speed = {"seconds": step[-1:] / 10, "memory_mb": np.cos(step[-1:]), "steps_per_second": [10.0]}
    return pack(steps, epochs, {"step": step[-1:], **speed})
