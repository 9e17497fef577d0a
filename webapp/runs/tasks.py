"""The Celery task that trains a run: claim it, feed the recorder, record how it ended."""

import logging
import multiprocessing
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings
from django.db import InterfaceError, OperationalError

from engine import Diverged, Finished, Started, Trainer
from engine.events import EarlyStopped, Event
from webapp.datasets.heartbeat import Heartbeat
from webapp.datasets.preparation import estimate_for, prepare, prepare_test
from webapp.runs.bell import Bell
from webapp.runs.models import LEASE, LeaseLostError, Run
from webapp.runs.queue import announce
from webapp.runs.recorder import Recorder

logger = logging.getLogger(__name__)

# Set in the worker when it is told to end, read in its pool's processes, which are forked from it
LEAVING = multiprocessing.Event()


class WorkerLeavingError(Exception):
    """The worker ends in good order: the run is for another one."""


@worker_shutting_down.connect
def leave(**_: Any) -> None:
    """Let the runs of this worker go at their next flush."""
    LEAVING.set()


@shared_task(name="webapp.runs.tasks.train_run")
def train_run(pk: int) -> None:
    """Train run `pk`, unless another worker has it or it is not queued any more."""
    run = Run.objects.claim(pk)
    if run is None:
        return
    bell = Bell(pk)
    try:
        with Heartbeat(run.hold, LEASE, f"run {pk}"):
            run.end(*ending(run, bell))
    except WorkerLeavingError:
        run.give_back()
        announce(pk)
    except LeaseLostError:
        logger.warning("Run %s was taken over; this worker lets go", pk)
    finally:
        bell.ring()
        bell.close()


def ending(run: Run, bell: Bell) -> tuple[Run.State, str]:
    """Train, and say how it ended and why: whatever goes wrong belongs to the run, not to the worker."""
    try:
        return perform(run, bell)
    except (LeaseLostError, WorkerLeavingError, OperationalError, InterfaceError):
        raise  # with the database away, the lease runs out and the run is queued again
    except ValueError as error:
        return Run.State.FAILED, str(error)
    except MemoryError:
        return (
            Run.State.FAILED,
            "The worker ran out of memory. Lower the batch size or the units of the widest layer.",
        )
    except Exception as error:
        logger.exception("Run %s failed", run.pk)
        return Run.State.FAILED, f"Unexpected: {type(error).__name__}: {error}. The worker's log says where."


def perform(run: Run, bell: Bell) -> tuple[Run.State, str]:
    """The one-way flow, engine -> recorder, until the training ends or the owner wants it to."""
    spec = run.configuration
    refuse_quarantined(run)
    refuse_too_large(run)
    recorder = Recorder(run, bell, LEAVING.is_set)
    event: Event | None = None
    reason = ""
    trainer = Trainer(spec, prepare(run.version, spec))
    for event in trainer:
        if type(event) is Started:
            run.begin(n_steps=event.steps_per_epoch * spec.epochs, n_train=event.n_train)
            recorder.flush()  # the slow first one, and the page hears that the run has begun
        elif type(event) is EarlyStopped:
            reason = early_stop(event)
        if recorder.take(event):
            break
    recorder.flush()
    if isinstance(event, Diverged):
        return Run.State.DIVERGED, divergence(event.step, spec.learning_rate)
    if isinstance(event, Finished):
        seal(run, trainer)
        return Run.State.FINISHED, reason
    run.refresh_from_db(fields=["stop_requested"])
    if not run.stop_requested:
        raise WorkerLeavingError
    seal(run, trainer)
    return Run.State.STOPPED, f"Stopped at step {recorder.step:,}."


def seal(run: Run, trainer: Trainer) -> None:
    """Judge the network by the test part, which nothing before has looked at, and tell nobody."""
    if run.version.n_test:
        _, error = trainer.network.evaluate(*prepare_test(run.version, run.configuration))
        run.seal(error.item(0))


def refuse_quarantined(run: Run) -> None:
    """ValueError when its data were taken out of use while it waited."""
    if why := run.dataset.quarantine:
        raise ValueError(f"“{run.dataset}” is in quarantine, so nothing is trained on it. {why}")


def refuse_too_large(run: Run) -> None:
    """ValueError when the run would need more memory than a run may have."""
    needed = estimate_for(run.version, run.configuration).memory_bytes / 2**20
    limit = settings.HONE_RUN_MEMORY_BYTES / 2**20
    if needed > limit:
        raise ValueError(
            f"This run needs about {needed:,.0f} MB of memory and may have {limit:,.0f} MB: "
            "lower the units of the widest layers or the batch size."
        )


def early_stop(event: EarlyStopped) -> str:
    """When it was, and which epoch was the best."""
    best = int(event.best_epoch[0])
    return f"Stopped early after epoch {event.epoch:,}: nothing got better since epoch {best:,}."


def divergence(step: int, learning_rate: float) -> str:
    """What happened and what to do about it, in words."""
    return (
        f"The cost stopped being a number at step {step:,}: the steps were too large. "
        f"Lower the learning rate, from {learning_rate:g} to about {learning_rate / 10:g}, and train again."
    )
