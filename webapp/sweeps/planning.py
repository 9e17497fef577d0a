"""Which trials a sweep begins next: its strategy is asked as long as the budgets last.

Called with the sweep's row locked, so that two workers never suggest the same trial.
"""

from __future__ import annotations

from django.db.models import Max
from django.utils.timezone import now

from engine import Spec
from webapp.sweeps.admission import LARGEST, Admission, Entry
from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.plan import Extent, Plan
from webapp.sweeps.results import Row, rows_of
from webapp.sweeps.strategies import Result
from webapp.sweeps.writing import insert_each

#: Trials that a strategy that does not learn suggests at once, at first and later: workers wait for them.
FIRST, MOST = 256, 1024
FEW = LARGEST  # where fewer wait, it suggests more: no cohort shall be small because they end
LESSON = 8  # trials that a strategy that learns suggests at once, when none wait

State = Trial.State


def refill(sweep: Sweep, plan: Plan, admission: Admission) -> None:
    """Add to the trials that wait, up to where the plan ends."""
    waiting = sweep.trials.waiting()
    if sweep.is_over_time(plan):
        waiting.delete()
    if is_spent(sweep, plan):
        waiting.filter(repeats=None).delete()
        return
    if waiting.count() < (1 if plan.strategy.learns else FEW):
        suggest_some(sweep, plan, admission)


def suggest_some(sweep: Sweep, plan: Plan, admission: Admission) -> None:
    """Add trials, more and more, until any wait."""
    at_once = LESSON if plan.strategy.learns else min(max(FIRST, suggested(sweep)), MOST)
    while (wanted := min(left(sweep, plan), at_once)) > 0:
        if not suggest(sweep, plan, admission, wanted) or sweep.trials.waiting().exists():
            return
        at_once = min(2 * at_once, MOST)  # all were refused: where most are, it shall not take for ever


def left(sweep: Sweep, plan: Plan) -> int:
    """Trials that the plan has left to suggest."""
    return Extent(plan, sweep.spec).suggested - suggested(sweep)


def suggested(sweep: Sweep) -> int:
    """Trials suggested so far, without repetitions of finalists."""
    return sweep.trials.filter(repeats=None).count()


def next_place(sweep: Sweep) -> int:
    """Where in the strategy's sequence the next trial is, from 1 on: beyond all that there were, also when
    some that waited were taken back. Repetitions have numbers, but no place in it."""
    last = sweep.trials.filter(repeats=None).aggregate(last=Max("number"))["last"] or 0
    return last + 1 - sweep.trials.exclude(repeats=None).filter(number__lt=last).count()


def is_spent(sweep: Sweep, plan: Plan) -> bool:
    """Whether the budget of time or of epochs is used up."""
    over = plan.epochs is not None and sweep.trained_epochs >= plan.epochs
    return over or sweep.is_over_time(plan)


def within_budget(sweep: Sweep, plan: Plan, spec: Spec, wanted: int) -> int:
    """How many of so many trials may begin now: as many as use up the budget of epochs, when those underway
    train to their ends."""
    if plan.epochs is None:
        return wanted
    underway = sweep.trials.filter(state=State.TRAINING).values_list("run__spec__epochs", "epoch")
    left = plan.epochs - sweep.trained_epochs - sum(epochs - done for epochs, done in underway)
    return min(wanted, max(0, -(-left // spec.epochs)))


def suggest(sweep: Sweep, plan: Plan, admission: Admission, wanted: int) -> int:
    """Ask the strategy for so many trials; how many there were."""
    first = next_place(sweep)
    rows = rows_of(sweep) if plan.strategy.learns else []
    results = [result_of(row) for row in rows if row.repeats is None]
    values = plan.strategy.suggest(plan.space, sweep.spec, first, wanted, results)
    if values:
        add(sweep, [admission.entry(each) for each in values])
    return len(values)


def result_of(row: Row) -> Result:
    """What a strategy hears of a trial: of a refused one nothing, as of one that waits."""
    worst = float("inf") if row.state in (State.DIVERGED, State.FAILED) else None
    known = row.state in (State.FINISHED, State.PRUNED)
    return Result(
        row.number,
        row.values,
        row.score if known else worst,
        row.epoch if row.state == State.PRUNED else None,
    )


def add(sweep: Sweep, entries: list[Entry], repeats: Trial | None = None) -> None:
    """Write trials down: they wait, or are refused."""
    last = sweep.trials.aggregate(last=Max("number"))["last"] or 0
    moment = now()
    insert_each(
        [
            Trial(
                sweep=sweep,
                number=number,
                values=entry.values,
                group=entry.group,
                state=State.REFUSED if entry.reason else State.WAITING,
                reason=entry.reason,
                ended=moment if entry.reason else None,
                repeats=repeats,
                revision=sweep.revision + 1,
            )
            for number, entry in enumerate(entries, last + 1)
        ]
    )
    sweep.touch()
