"""The Celery task that trains a run: claim it, fly it, record how it ended."""

import logging
import multiprocessing
import os
import socket
import traceback
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.db import InterfaceError, OperationalError, transaction

from webapp.datasets.heartbeat import Heartbeat
from webapp.runs.cockpit.commands import done, settle
from webapp.runs.live.bell import Bell
from webapp.runs.models import LEASE, LeaseLostError, Run, log
from webapp.runs.notices.of_runs import notify
from webapp.runs.probes.asking import answer
from webapp.runs.queue import announce
from webapp.runs.training.admission import admit
from webapp.runs.training.endings import OUT_OF_MEMORY, Ending, State, unexpected
from webapp.runs.training.session import Session, WorkerLeavingError

logger = logging.getLogger(__name__)

# Set in the worker when it is told to end, read in its pool's processes, which are forked from it
LEAVING = multiprocessing.Event()


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
    log(run, f"Taken by {socket.gethostname()}, process {os.getpid()}, as attempt {run.attempt}.")
    try:
        fly(run, bell)
    except LeaseLostError:
        logger.warning("Run %s was taken over; this worker lets go", pk)
    finally:
        bell.ring()


def fly(run: Run, bell: Bell) -> None:
    """Train it to an end, or give it back when the worker has to leave."""
    try:
        with Heartbeat(run.hold, LEASE, f"run {run.pk}"):
            finish(run, ending(run, bell))
    except WorkerLeavingError:
        run.give_back()
        log(run, "The worker was told to end and gave the run back.")
        announce(run.pk)


@shared_task(name="webapp.runs.tasks.probe_run")
def probe_run(pk: int) -> None:
    """Answer probe `pk`."""
    answer(pk)


def finish(run: Run, ended: Ending) -> None:
    """Write how it ended, and answer whoever wanted it and whoever came too late."""
    run.refresh_from_db(fields=["step", "epoch"])
    with transaction.atomic():
        log(run, f"{ended.state.label} at step {run.step:,}. {ended.reason}".strip())
        if ended.state == State.PAUSED:
            run.pause()
        else:
            run.end(ended.state, ended.reason)
        if ended.command is not None:
            done(run, ended.command)
        run.refresh_from_db()
        settle(run)
        notify(run)


def ending(run: Run, bell: Bell) -> Ending:
    """Train, and say how it ended and why: whatever goes wrong belongs to the run, not to the worker."""
    try:
        return perform(run, bell)
    except (LeaseLostError, WorkerLeavingError, OperationalError, InterfaceError):
        raise  # with the database away, the lease runs out and the run is queued again
    except ValueError as error:
        return Ending(State.FAILED, str(error))
    except MemoryError:
        return Ending(State.FAILED, OUT_OF_MEMORY)
    except Exception as error:
        logger.exception("Run %s failed", run.pk)
        log(run, traceback.format_exc())
        return Ending(State.FAILED, unexpected(error))


def perform(run: Run, bell: Bell) -> Ending:
    """One attempt, and another one whenever somebody goes back to a checkpoint."""
    admit(run)
    while (ended := Session(run, bell, LEAVING.is_set).fly()).again:
        run.refresh_from_db(fields=["step", "epoch"])
        with transaction.atomic():
            if ended.command is not None:
                done(run, ended.command)
            run.next_attempt(ended.again)
    return ended
