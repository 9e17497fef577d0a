"""What a Celery worker does for the lab: it says when it is ready, its pool never outlives it, and garbage is
sought only where there can be any."""

import gc
import os
from typing import Any

from celery.signals import worker_init, worker_process_init, worker_ready

from webapp.lab import ready, tether

# Set in the worker before it forks, so that every process of its pool inherits the number
_worker = 0


@worker_init.connect
def remember_the_worker(**_: Any) -> None:
    global _worker
    _worker = os.getpid()


@worker_process_init.connect
def die_with_the_worker(**_: Any) -> None:
    tether.die_with_parent(_worker)


@worker_process_init.connect
def leave_alone_what_stays(**_: Any) -> None:
    """What was loaded by now is never garbage: to look through it took 150 ms of training now and then."""
    gc.collect()
    gc.freeze()


@worker_ready.connect
def announce(**_: Any) -> None:
    ready.announce()
