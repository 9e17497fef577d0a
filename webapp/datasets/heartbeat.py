"""A sign of life while a worker reads a dataset, however long one of its steps takes."""

import logging
from threading import Event, Thread
from types import TracebackType

from django.db import DatabaseError, connection

from webapp.datasets.models import LEASE, Dataset, LeaseLostError

logger = logging.getLogger(__name__)


class Heartbeat:
    """Renews the dataset's lease from a thread of its own, as long as the `with` block lasts."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.over = Event()
        self.thread = Thread(target=self._beat, name=f"heartbeat of dataset {dataset.pk}", daemon=True)

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
                self.dataset.renew()
            except LeaseLostError:
                break  # the reader hears of it when it next says how far it is, and lets go
            except DatabaseError:
                logger.exception("Dataset %s: no sign of life could be given; trying again", self.dataset.pk)
        connection.close()
