from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.lab.errors import CannotStartError
from webapp.lab.lab import run


class Command(BaseCommand):
    help = "Start the whole laboratory on this machine: Redis, the site, the workers and the reaper."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="the port, or the next free one (8000)")

    def handle(self, *_: Any, host: str, port: int, **__: Any) -> None:
        try:
            run(host, port)
        except CannotStartError as error:
            raise CommandError(str(error)) from error
