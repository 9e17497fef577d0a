"""Which cohort a free worker trains: fair between people, and as full as gains.

First what another worker has left behind, then trials that wait, grouped by what must be equal.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from webapp.runs.models import LEASE, Run
from webapp.runs.training.endings import unexpected
from webapp.sweeps import ending
from webapp.sweeps.admission import Admission, run_of
from webapp.sweeps.models import Cohort, Sweep, Trial
from webapp.sweeps.plan import Plan
from webapp.sweeps.planning import FEW, left, refill, within_budget
from webapp.sweeps.training.landing import close
from webapp.sweeps.writing import insert_with_keys, update_each

logger = logging.getLogger(__name__)

HELD = Q(cohorts__state=Cohort.State.TRAINING)


def take() -> Cohort | None:
    """A cohort for this worker to train; None when there is nothing to do."""
    for sweep in in_turn():
        try:
            cohort = left_behind(sweep) or new(sweep)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # a sweep that cannot go on shall not hold up all the others
            logger.exception("Sweep %s cannot go on", sweep.pk)
            give_up(sweep, unexpected(error))
            continue
        if cohort is not None:
            return cohort
    return None


def new(sweep: Sweep) -> Cohort | None:
    """A cohort of trials that wait; None when there are none."""
    sweep.planned.strategy.load()
    return form(sweep.pk)


@transaction.atomic
def give_up(sweep: Sweep, reason: str) -> None:
    """Fail a sweep whose next trials cannot even be chosen; those that train end at their next look."""
    if ending.end(sweep, Sweep.State.FAILED, reason):
        close(list(sweep.trials.waiting()), Trial.State.FAILED, reason, sweep.touch())


def in_turn() -> Sequence[Sweep]:
    """The running sweeps: first those of whom has the fewest cohorts on workers now, then the older ones."""
    running = Sweep.objects.filter(state=Sweep.State.RUNNING)
    if len(few := list(running[:2])) < 2:
        return few  # to count cohorts takes five times as long
    of_owner = Count(
        "owner__sweeps__cohorts", filter=Q(owner__sweeps__cohorts__state="training"), distinct=True
    )
    own = Count("cohorts", filter=HELD, distinct=True)
    return list(running.annotate(of_owner=of_owner, own=own).order_by("of_owner", "own", "pk"))


def left_behind(sweep: Sweep) -> Cohort | None:
    """A cohort whose worker died or left, taken over."""
    waiting = Cohort.objects.filter(sweep=sweep, state=Cohort.State.WAITING).order_by("pk")
    for pk in waiting.values_list("pk", flat=True):
        if cohort := Cohort.objects.claim(pk):
            return cohort
    return None


@transaction.atomic
def form(pk: int) -> Cohort | None:
    """A new cohort of trials of a sweep that wait; without any, what ends or follows is seen to."""
    sweep = Sweep.objects.with_dataset().select_for_update(of=("self",)).filter(pk=pk).first()
    if sweep is None or not sweep.is_running:
        return None
    plan = sweep.planned
    admission = Admission(sweep.version, sweep.spec, plan)
    refill(sweep, plan, admission)
    trials = choose(sweep, plan, admission)
    if not trials:
        ending.settle(sweep, plan, admission)
        trials = choose(sweep, plan, admission)  # finalists are trained again
    return begin(sweep, admission, trials) if trials else None


def choose(sweep: Sweep, plan: Plan, admission: Admission) -> list[Trial]:
    """Trials of the largest group that waits, the first ones of it: no more than fit together, than leave
    work for others that are free, and than the budget allows."""
    waiting = sweep.trials.waiting()
    groups = waiting.values("group").annotate(n=Count("pk"), first=Min("number"))
    sizes = {each["group"]: each["n"] for each in groups.order_by("-n", "first")}
    if not sizes:
        return []
    mine = waiting.filter(group=next(iter(sizes))).order_by("number")
    first = mine[0]
    spec, waits = admission.point(first.values).spec, sum(sizes.values())
    rest = waits + max(0, left(sweep, plan))
    if not first.repeats_id:  # finalists are no part of the budget
        rest = within_budget(sweep, plan, spec, rest)
    if not rest:
        return []
    begun = sweep.trials.exclude(cohort=None).count()
    most = even_share(begun + rest, admission.most_together(spec), settings.HONE_SLOTS)
    if (there := min(waits, rest)) < FEW:  # no more come before some have ended
        most = min(most, -(-there // free_slots()))
    return list(mine[:most])


def even_share(trials: int, most: int, slots: int) -> int:
    """How many of a sweep's trials to train together, at most `most`, so that all slots of one host end at
    once; what other hosts have is not known here."""
    rounds = -(-trials // (slots * most))
    return -(-trials // (slots * rounds))


def free_slots() -> int:
    """Runs that this host could train now if it trained all that train anywhere, this one among them."""
    held = Cohort.objects.held().count() + Run.objects.active().filter(is_trial=False).count()
    return max(1, settings.HONE_SLOTS - held)


def begin(sweep: Sweep, admission: Admission, trials: list[Trial]) -> Cohort:
    """The trials as a cohort that this worker holds, each with a run of its own."""
    cohort = Cohort.objects.create(
        sweep=sweep, state=Cohort.State.TRAINING, attempt=1, lease_until=Now() + LEASE
    )
    runs = [
        run_of(trial.number, sweep.name, sweep.owner_id, sweep.version, admission.point(trial.values).spec)
        for trial in trials
    ]
    insert_with_keys(runs)
    revision = sweep.touch()
    for trial, run in zip(trials, runs, strict=True):
        trial.run, trial.cohort, trial.state, trial.revision = run, cohort, Trial.State.TRAINING, revision
    update_each(
        Trial,
        ("run", "cohort", "state", "revision"),
        [(each.run_id, cohort.pk, each.state, revision, each.pk) for each in trials],
    )
    cohort.crew = trials
    return cohort
