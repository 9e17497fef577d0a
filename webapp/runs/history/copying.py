"""Copying a run's line: a branch holds the curves of its parent, whatever becomes of it."""

from webapp.runs.history.columns import pack
from webapp.runs.history.reading import columns_of
from webapp.runs.models import Checkpoint, Chunk, Run, line

STEPS = 100_000  # in one chunk


def copy_line(origin: Checkpoint, run: Run) -> None:
    """Give `run`, as its attempt 0, all that counts of the origin's run up to that checkpoint."""
    parent = origin.run
    steps, epochs = columns_of(parent, line(parent.attempts.all(), until=origin))
    for sequence, first in enumerate(range(0, max(len(steps["cost"]), 1), STEPS), 1):
        part = {name: values[first : first + STEPS] for name, values in steps.items() if name != "step"}
        of_epochs = epochs if first == 0 else {name: values[:0] for name, values in epochs.items()}
        Chunk.objects.create(
            run=run,
            attempt=0,
            sequence=sequence,
            first_step=first + 1,
            n_steps=len(part["cost"]),
            columns=pack(part, of_epochs),
        )
