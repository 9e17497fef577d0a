from typing import Any

from django.core.management.base import BaseCommand

from webapp.lab.prepare import prepare


class Command(BaseCommand):
    help = "Migrate the database and collect the static files, each only when something changed."

    def handle(self, *_: Any, **__: Any) -> None:
        for done in prepare() or ["Everything is up to date."]:
            self.stdout.write(done)
