"""The Celery task that trains cohorts, one after the other, as long as nobody else waits for the worker."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError

from webapp.datasets.heartbeat import Heartbeat
from webapp.runs.models import LEASE
from webapp.runs.tasks import LEAVING
from webapp.runs.training.endings import OUT_OF_MEMORY, unexpected
from webapp.sweeps import queue
from webapp.sweeps.models import Cohort, LeaseLostError
from webapp.sweeps.scheduling import take
from webapp.sweeps.training.desk import Desk
from webapp.sweeps.training.flight import Flight, LetGoError
from webapp.sweeps.training.landing import fail

logger = logging.getLogger(__name__)


@shared_task(name=queue.TASK)
def train_cohorts(pk: int = 0, **_: Any) -> None:
    """Train cohorts of the running sweeps, fair between people. Other free workers hear of it, too."""
    desk = Desk()
    while not LEAVING.is_set() and (cohort := take()):
        queue.announce(cohort.sweep_id)
        train(cohort, desk)
        if queue.others_wait():
            queue.announce(cohort.sweep_id)  # behind them
            return


def train(cohort: Cohort, desk: Desk) -> None:
    """Train a cohort that this worker holds: whatever goes wrong belongs to its trials, not to the worker."""
    try:
        with Heartbeat(cohort.hold, LEASE, str(cohort)):
            attempt(cohort, desk)
    except LeaseLostError:
        logger.warning("%s was taken over; this worker lets go", cohort)
    except LetGoError:
        logger.info("%s goes on another time", cohort)


def attempt(cohort: Cohort, desk: Desk) -> None:
    """One attempt; a cohort that cannot be trained fails with the reason in plain words."""
    try:
        if why := cohort.sweep.dataset.quarantine:
            raise ValueError(f"“{cohort.sweep.dataset}” is in quarantine, so nothing is trained on it. {why}")
        if cohort.trials.open().exists():
            Flight(cohort, LEAVING.is_set, desk).fly()
        else:  # its last worker died between the end of its trials and its own
            cohort.end()
            cohort.forget()
    except (LeaseLostError, LetGoError, OperationalError, InterfaceError):
        raise  # with the database away, the lease runs out and another worker takes over
    except ValueError as error:
        fail(cohort, str(error))
    except MemoryError:
        fail(cohort, OUT_OF_MEMORY)
    except Exception as error:
        logger.exception("%s failed", cohort)
        fail(cohort, unexpected(error))
