"""Asking a probe, and answering it on a worker."""

import logging

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction

from webapp.runs.models import Run, log
from webapp.runs.models.probe import Probe
from webapp.runs.probes.kinds import KINDS
from webapp.runs.queue import announce_probe
from webapp.runs.training.admission import admit

logger = logging.getLogger(__name__)


def ask(run: Run, kind: str, by: AbstractBaseUser) -> Probe:
    """Queue a probe; one of its kind that is on its way already is that one."""
    Probe.give_up_lost()
    try:
        with transaction.atomic():
            probe = Probe.objects.create(run=run, kind=kind, by=by)
            transaction.on_commit(lambda: announce_probe(probe.pk))
            return probe
    except IntegrityError:
        return Probe.objects.filter(run=run, kind=kind).latest("pk")


def answer(pk: int) -> None:
    """Find the answer, or say why there is none."""
    probe = Probe.objects.select_related("run__version__dataset").filter(pk=pk).first()
    if probe is None or not probe.claim():
        return
    try:
        admit(probe.run)
        probe.end(Probe.State.DONE, result=KINDS[probe.kind].ask(probe.run))
    except ValueError as error:
        probe.end(Probe.State.FAILED, reason=str(error))
    except Exception as error:
        logger.exception("Probe %s failed", pk)
        log(probe.run, f"{KINDS[probe.kind].title}: {type(error).__name__}: {error}")
        probe.end(Probe.State.FAILED, reason=f"Unexpected: {type(error).__name__}: {error}.")
