"""The Celery application: the workers' entry point (`celery -A webapp worker`)."""

import logging
import os

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

app = Celery("hone")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["webapp.runs.notices"])

logger = logging.getLogger(__name__)


def send(task: str, pk: int) -> None:
    """Tell the workers which row to look at; while Redis is away, the reaper has to do it later."""
    try:
        app.send_task(task, [pk])
    except (OperationalError, RedisError, OSError):
        logger.warning("%s(%s) waits for Redis to come back", task, pk)
