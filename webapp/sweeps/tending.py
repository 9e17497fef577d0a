"""Looks after sweeps: takes cohorts over from silent workers, and announces what waits unheard."""

from __future__ import annotations

import logging

from django.db import transaction

from webapp.runs.models import MAX_DEATHS
from webapp.sweeps import queue
from webapp.sweeps.models import Cohort, Sweep, Trial
from webapp.sweeps.training.landing import State, close

logger = logging.getLogger(__name__)

HOPELESS = (
    f"Its worker died {MAX_DEATHS} times without getting any further. The log of the worker says why; too "
    "little memory is the usual cause: search smaller networks or batches."
)


def tend() -> None:
    """One round."""
    for cohort in Cohort.objects.silent().select_related("sweep"):
        if cohort.take_away():
            logger.warning("%s lost its worker and waits for another one", cohort)
            bury(cohort)
    if sweep := Sweep.objects.filter(state=Sweep.State.RUNNING, deleted=None).order_by("pk").first():
        queue.announce(sweep.pk)


@transaction.atomic
def bury(cohort: Cohort) -> None:
    """End a cohort that gets no other worker: it killed too many, or its sweep has ended meanwhile."""
    cohort.refresh_from_db()
    if cohort.sweep.has_ended:
        state, reason = State.STOPPED, "The sweep was stopped."
    elif cohort.is_hopeless:
        state, reason = State.FAILED, HOPELESS
    else:
        return
    Cohort.objects.filter(pk=cohort.pk).update(state=Cohort.State.ENDED)
    close(list(Trial.objects.filter(cohort=cohort).open()), state, reason, cohort.sweep.touch())
