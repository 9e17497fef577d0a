"""The way into the queue: the row first, then a Celery message that only says where to look."""

import logging

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError

from engine import Spec
from webapp.celery import send
from webapp.datasets.models import Version
from webapp.runs.deleting import sweep
from webapp.runs.live.bell import ring
from webapp.runs.models import Probe, Run, log
from webapp.runs.notices.of_runs import notify
from webapp.runs.notices.telling import announce_deliveries

logger = logging.getLogger(__name__)


def submit(owner: AbstractBaseUser, version: Version, spec: Spec, name: str) -> Run:
    """A queued run of `spec` on `version` of a dataset; a worker hears of it once it is committed."""
    run = Run.objects.create(owner=owner, version=version, spec=spec.model_dump(mode="json"), name=name)
    transaction.on_commit(lambda: announce(run.pk))
    return run


def announce(pk: int) -> None:
    """Tell the workers of a queued run. When Redis is away the reaper tells them later."""
    send("webapp.runs.tasks.train_run", pk)


def announce_probe(pk: int) -> None:
    """Tell the workers of a queued probe. When Redis is away the reaper tells them later."""
    send("webapp.runs.tasks.probe_run", pk)


def tend() -> None:
    """Take over from workers that went silent; announce what is queued when no message is left for it.

    And tell of the runs that killed their workers, see to what is to be sent, and sweep away the runs that
    were deleted long enough ago.
    """
    reaped = Run.objects.reap()
    for run in Run.objects.filter(pk__in=reaped.failed):
        notify(run)
    for pk in reaped.again:
        logger.warning("Run %s lost its worker and is queued again", pk)
        log(Run.objects.get(pk=pk), "Its worker gave no sign of life: it is queued again.")
        announce(pk)
        ring(pk)
    Probe.give_up_lost()
    if not messages_waiting():
        for pk in Run.objects.unheard():
            announce(pk)
        for pk in Probe.unheard():
            announce_probe(pk)
    announce_deliveries()
    sweep()


def messages_waiting() -> int:
    """Messages in the training queue; a worker that takes one claims its run at once."""
    try:
        with Redis.from_url(settings.REDIS_URL) as redis:
            return int(redis.llen(settings.CELERY_TASK_DEFAULT_QUEUE))
    except (RedisError, OSError):
        return 1  # nobody can be told now
