"""What has to be true before the parts start: a database up to date, and the static files in their place."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def prepare() -> list[str]:
    """Bring the database and the static files up to date; what was done, in words."""
    return [word for word in (migrate(), collect()) if word]


def migrate() -> str | None:
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return None
    call_command("migrate", interactive=False, verbosity=0)
    return "The database is up to date."


def collect() -> str | None:
    """Collect the static files, when a source changed since the last time."""
    mark = settings.HONE_HOME / "static.fingerprint"
    now = fingerprint()
    if mark.exists() and mark.read_text() == now and Path(settings.STATIC_ROOT).is_dir():
        return None
    # Cleared, because otherwise a file from a newer package is skipped when its date is an older one
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    mark.write_text(now)
    return "The static files are collected."


def fingerprint() -> str:
    """A digest of the name, size and time of every static source, and of how they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{storage.location}/{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
