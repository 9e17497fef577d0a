"""A sign of life while a worker holds a dataset or a run, however long one of its steps takes."""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from types import TracebackType

from django.db import Error, connection

from webapp.datasets.models import LeaseLostError

logger = logging.getLogger(__name__)


class Heartbeat:
    """Calls `renew` from a thread of its own, four times in a lease, as long as the `with` block lasts."""

    def __init__(self, renew: Callable[[], None], lease: timedelta, name: str) -> None:
        self.renew = renew
        self.lease = lease
        self.name = name
        self.over = Event()
        self.thread = Thread(target=self._beat, name=f"heartbeat of {name}", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.thread.join()

    def _beat(self) -> None:
        while not self.over.wait(self.lease.total_seconds() / 4):
            try:
                self.renew()
            except LeaseLostError:
                break  # the worker hears of it at its next write and lets go
            except Error:
                logger.exception("No sign of life could be given for %s; trying again", self.name)
                connection.close()  # a broken one stays broken: the next try opens another
        connection.close()
