"""A sign of life while a worker holds a run, however long one of its steps takes."""

import logging
from threading import Event, Thread
from types import TracebackType

from django.db import DatabaseError, connection

from webapp.runs.models import LEASE, LeaseLostError, Run

logger = logging.getLogger(__name__)


class Heartbeat:
    """Renews the run's lease from a thread of its own, as long as the `with` block lasts."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.over = Event()
        self.thread = Thread(target=self._beat, name=f"heartbeat of run {run.pk}", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.thread.join()

    def _beat(self) -> None:
        while not self.over.wait(LEASE.total_seconds() / 4):
            try:
                self.run.hold()
            except LeaseLostError:
                break  # the recorder hears of it at its next flush and lets go
            except DatabaseError:
                logger.exception("Run %s: no sign of life could be given; trying again", self.run.pk)
        connection.close()
