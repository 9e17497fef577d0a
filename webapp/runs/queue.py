"""The way into the queue: the row first, then a Celery message that only says where to look."""

import logging

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from kombu.exceptions import OperationalError

from engine import Spec
from webapp.celery import app
from webapp.datasets.models import Dataset
from webapp.runs.models import Run

logger = logging.getLogger(__name__)


def submit(owner: AbstractBaseUser, dataset: Dataset, spec: Spec, name: str) -> Run:
    """A queued run of `spec` on `dataset`; a worker hears of it once it is committed."""
    run = Run.objects.create(owner=owner, dataset=dataset, spec=spec.model_dump(mode="json"), name=name)
    transaction.on_commit(lambda: announce(run.pk))
    return run


def announce(pk: int) -> None:
    """Tell the workers of a queued run. When Redis is away the reaper tells them later."""
    try:
        app.send_task("webapp.runs.tasks.train_run", [pk])
    except OperationalError:
        logger.warning("Run %s waits for Redis to come back", pk)
