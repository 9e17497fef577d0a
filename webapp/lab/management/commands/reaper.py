"""Looks after what lost its worker or its message, every few seconds."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connection

from webapp.datasets.ingestion import reannounce
from webapp.runs import queue
from webapp.sweeps import tending

logger = logging.getLogger(__name__)

SECONDS = 2.0


class Command(BaseCommand):
    help = "Queue again the runs whose worker died, and announce again what waits unheard."
    requires_system_checks = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *, once: bool, **_: Any) -> None:
        last = time.time()
        while True:
            # After a sleep of the whole machine every lease looks expired: let the workers renew them first.
            if time.time() - last < 3 * SECONDS:
                self.look()
            if once:
                return
            last = time.time()
            time.sleep(SECONDS)

    def look(self) -> None:
        """One round; a database that is away for a while ends nothing."""
        try:
            queue.tend()
            tending.tend()
            reannounce()
        except Error:
            logger.exception("The database did not answer; looking again in %g s", SECONDS)
            connection.close()  # a broken one stays broken: the next look opens another
