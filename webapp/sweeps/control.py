"""What may be told to a sweep while it runs. Each refuses with a ValueError that says why."""

from __future__ import annotations

import shutil

from django.db import transaction
from django.utils import timezone

from webapp.runs.models import Run
from webapp.sweeps import queue
from webapp.sweeps.models import Cohort, Sweep, Trial, folder_of
from webapp.sweeps.plan import MAX_TRIALS, Plan
from webapp.sweeps.space import Space
from webapp.sweeps.starting import PlanError, check
from webapp.sweeps.training.landing import State, close


def pause(sweep: Sweep) -> None:
    """Let workers keep a checkpoint and turn to something else."""
    if not sweep.pause():
        raise ValueError(f"It is {sweep.state}: only a running sweep can be paused.")


def resume(sweep: Sweep) -> None:
    """Go on where it was paused."""
    if not sweep.resume():
        raise ValueError(f"It is {sweep.state}: only a paused sweep can be resumed.")
    transaction.on_commit(lambda: queue.announce(sweep.pk))


@transaction.atomic
def stop(sweep: Sweep) -> None:
    """End it: trials that train end at their next look, those that wait never begin."""
    if not sweep.end(Sweep.State.STOPPED, "It was stopped."):
        raise ValueError(f"It is {sweep.state} already.")
    revision = sweep.touch()
    close(list(sweep.trials.waiting()), State.STOPPED, "The sweep was stopped before it began.", revision)
    for cohort in Cohort.objects.filter(sweep=sweep, state=Cohort.State.WAITING):
        if cohort.give_up():  # what a worker has taken meanwhile ends at its next look
            close(list(cohort.trials.open()), State.STOPPED, "The sweep was stopped.", revision)
            cohort.forget()


@transaction.atomic
def add_trials(sweep: Sweep, n: int) -> None:
    """So many trials more; a sweep that had ended goes on."""
    if n < 1:
        raise ValueError(f"{n} trials cannot be added: give at least 1.")
    _lock(sweep)
    set_budget(sweep, trials=sweep.planned.trials + n)


@transaction.atomic
def set_budget(sweep: Sweep, trials: int | None = None, **limits: float | None) -> None:
    """Another budget: so many trials, `minutes` or `epochs`, None for no limit; what is not given stays.

    A sweep that had ended goes on when there is something to do.
    """
    _lock(sweep)
    changes = limits if trials is None else {**limits, "trials": trials}
    if trials is not None and trials > MAX_TRIALS:
        raise ValueError(f"{trials:,} trials are too many: a sweep may have {MAX_TRIALS:,}.")
    if trials is not None:
        _take_back(sweep, trials)
    _replan(sweep, Plan.model_validate(sweep.plan | changes))


def _take_back(sweep: Sweep, trials: int) -> None:
    """Have no more than so many trials: the last ones that wait go."""
    planned = sweep.trials.filter(repeats=None)
    waiting, total = planned.waiting().filter(cohort=None), planned.count()
    if trials < (done := total - waiting.count()):
        raise ValueError(f"{done:,} trials were begun already: give that many or more.")
    last = waiting.order_by("-number").values_list("pk", flat=True)[: max(0, total - trials)]
    Trial.objects.filter(pk__in=list(last)).delete()


@transaction.atomic
def narrow(sweep: Sweep, space: Space) -> None:
    """Other ranges for the trials that have not begun."""
    _lock(sweep)
    if sweep.has_ended:
        raise ValueError(f"It is {sweep.state}: begin the next round with these ranges.")
    known = sweep.planned
    if set(space.dimensions) != set(known.space.dimensions):
        raise ValueError("The ranges of a running sweep can change, but not what is searched.")
    plan = known.model_copy(update={"space": space})
    if problems := check(sweep.version, sweep.configuration, plan):
        raise PlanError(problems)
    sweep.trials.waiting().filter(repeats=None, cohort=None).delete()
    _replan(sweep, plan)


def _lock(sweep: Sweep) -> None:
    """See the sweep as it is now, and keep everybody else from changing its plan."""
    Sweep.objects.select_for_update().get(pk=sweep.pk)
    sweep.refresh_from_db()


def _replan(sweep: Sweep, plan: Plan) -> None:
    if not (sweep.reopen(plan) if sweep.has_ended else sweep.replan(plan)):
        raise ValueError("It has changed meanwhile: look again.")
    transaction.on_commit(lambda: queue.announce(sweep.pk))


@transaction.atomic
def delete(sweep: Sweep) -> None:
    """Delete it with all its trials, their runs and files. Raises ValueError while it trains."""
    Sweep.objects.select_for_update().filter(pk=sweep.pk).first()  # nobody promotes its trials meanwhile
    training = Cohort.objects.filter(sweep=sweep).exclude(state=Cohort.State.ENDED)
    if not sweep.has_ended or training.exists():
        raise ValueError("It still trains: stop it first, and wait a moment until its workers have let go.")
    folder = folder_of(sweep.pk)
    sweep.next_rounds.update(previous=sweep.previous)
    runs = Run.objects.filter(trial__sweep=sweep, is_trial=True)
    runs.update(deleted=timezone.now())  # swept away in the background, a few at a time
    sweep.delete()
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
