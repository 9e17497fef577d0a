"""The laboratory that runs, seen from a command: where it answers, and whether it has workers."""

from __future__ import annotations

import json

from django.conf import settings
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from webapp.celery import app

START = "Start one with `manage.py lab` (or `make run`) in another terminal."
PATIENCE = 1.0  # seconds that workers have to answer


def address_of(path: str) -> str:
    """The address of a page, as complete as is known: the laboratory on this machine publishes where it
    answers, and a public site says so in its settings."""
    try:
        site = str(json.loads((settings.HONE_HOME / "lab.json").read_text())["address"])
    except (OSError, ValueError, KeyError):
        site = next(iter(settings.CSRF_TRUSTED_ORIGINS), "")
    return site.rstrip("/") + path


def has_workers(queue: str) -> bool:
    """Whether any worker that takes from a queue answers."""
    try:
        known = app.control.inspect(timeout=PATIENCE).active_queues() or {}
    except (OperationalError, RedisError, OSError):
        return False
    return any(each["name"] == queue for queues in known.values() for each in queues)
