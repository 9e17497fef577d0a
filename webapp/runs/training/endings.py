"""How one attempt at a run ends, in words."""

from typing import NamedTuple

from engine.events import EarlyStopped
from webapp.runs.models import Checkpoint, Command, Run

State = Run.State


class Ending(NamedTuple):
    """The state that the run is left in and why; with `again`, another attempt begins at that checkpoint.

    The `command` that wanted it is answered in the transaction that leaves the run so: a worker that dies
    before leaves it pending, for the next one.
    """

    state: Run.State
    reason: str = ""
    again: Checkpoint | None = None
    command: Command | None = None


def stopped(step: int, command: Command) -> Ending:
    """Somebody stopped it."""
    return Ending(State.STOPPED, f"Stopped at step {step:,}.", command=command)


def paused(command: Command) -> Ending:
    """Somebody will resume it."""
    return Ending(State.PAUSED, command=command)


def rewound(checkpoint: Checkpoint, command: Command) -> Ending:
    """It goes on from another place at once."""
    return Ending(State.STARTING, again=checkpoint, command=command)


def diverged(step: int, learning_rate: float) -> Ending:
    """What happened and what to do about it."""
    return Ending(
        State.DIVERGED,
        f"The cost stopped being a number at step {step:,}: the steps were too large. "
        f"Lower the learning rate, from {learning_rate:g} to about {learning_rate / 10:g}, and train again.",
    )


def early_stop(event: EarlyStopped) -> str:
    """When it was, and which epoch was the best."""
    best = int(event.best_epoch[0])
    return f"Stopped early after epoch {event.epoch:,}: nothing got better since epoch {best:,}."


OUT_OF_MEMORY = "The worker ran out of memory. Lower the batch size or the units of the widest layer."


def unexpected(error: Exception) -> str:
    """For what nobody foresaw."""
    return f"Unexpected: {type(error).__name__}: {error}. The worker's log says where."
