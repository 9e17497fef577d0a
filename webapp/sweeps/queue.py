"""Wake-ups for workers: a message says no more than that there may be trials to train."""

from __future__ import annotations

import json
from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from webapp.celery import send

TASK = "webapp.sweeps.tasks.train_cohorts"


def announce(pk: int) -> None:
    """Tell one free worker that sweep `pk`, or another one, has something to train, unless a message says so
    already. When Redis is away, the reaper tells it later."""
    if TASK not in waiting():
        send(TASK, pk)


def others_wait() -> bool:
    """Whether a message in the queue is about something else: then a worker takes its turn."""
    return any(task != TASK for task in waiting())


def waiting() -> list[str]:
    """The tasks of the messages that nobody has taken yet."""
    try:
        messages = _redis(settings.REDIS_URL).lrange(settings.CELERY_TASK_DEFAULT_QUEUE, 0, 99)
    except (RedisError, OSError):
        return []
    return [json.loads(message)["headers"]["task"] for message in messages]


@lru_cache(maxsize=1)
def _redis(url: str) -> Redis:
    """A kept connection: workers ask before and after every cohort."""
    return Redis.from_url(url)
