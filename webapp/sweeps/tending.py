"""Looks after sweeps: takes cohorts over from silent workers, and announces what waits unheard."""

from __future__ import annotations

import logging

from django.db import transaction

from webapp.runs.models import MAX_DEATHS, Run
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
        take_over(cohort)
    # Also those whose worker let them go in a pause, when the sweep had been stopped by then.
    for cohort in Cohort.objects.filter(state=Cohort.State.WAITING, sweep__state__in=Sweep.ENDED):
        bury(cohort, State.STOPPED, "The sweep was stopped.")
    if sweep := Sweep.objects.filter(state=Sweep.State.RUNNING).order_by("pk").first():
        queue.announce(sweep.pk)


@transaction.atomic
def take_over(cohort: Cohort) -> None:
    """Have a cohort wait for another worker, unless it killed too many."""
    if cohort.take_away():
        logger.warning("%s lost its worker and waits for another one", cohort)
        Run.objects.filter(trial__in=cohort.trials.open()).update(state=Run.State.PAUSED)
        if cohort.deaths + 1 >= MAX_DEATHS:
            bury(cohort, State.FAILED, HOPELESS)


@transaction.atomic
def bury(cohort: Cohort, state: Trial.State, reason: str) -> None:
    """End a cohort that waits and gets no other worker: it killed too many, or its sweep has ended."""
    if cohort.give_up():
        close(list(cohort.trials.open()), state, reason, cohort.sweep.touch())
        cohort.forget()
