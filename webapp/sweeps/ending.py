"""How a sweep ends: when nothing is left to train, and why in plain words."""

from __future__ import annotations

from django.db.models import Count

from webapp.sweeps import planning
from webapp.sweeps.admission import Admission
from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.plan import Plan
from webapp.sweeps.space import Interval
from webapp.sweeps.telling import notify

State = Trial.State


def settle(sweep: Sweep, plan: Plan, admission: Admission) -> None:
    """End a running sweep that has nothing left to do, or have its finalists trained again first."""
    if sweep.trials.open().exists():
        return
    if not sweep.is_over_time(plan) and repeat_finalists(sweep, plan, admission):
        return
    counts = dict(sweep.trials.values_list("state").annotate(n=Count("pk")).order_by())
    if counts.get(State.FINISHED) or counts.get(State.PRUNED):
        end(sweep, Sweep.State.FINISHED, spent(sweep, plan))
    else:
        end(sweep, Sweep.State.FAILED, nothing_came_of_it(sweep, plan, counts))


def end(sweep: Sweep, state: Sweep.State, reason: str) -> bool:
    """Let it end by itself, which its owner is told; whether it had not ended before."""
    ended = sweep.end(state, reason)
    if ended:
        notify(sweep)
    return ended


def repeat_finalists(sweep: Sweep, plan: Plan, admission: Admission) -> bool:
    """Have the best trained again with other seeds, once; whether there is anything to train."""
    if not plan.finalists or sweep.trials.exclude(repeats=None).exists():
        return False
    best = list(sweep.trials.ranked()[: plan.finalists])
    for trial in best:
        seeds = range(sweep.configuration.seed + 1, sweep.configuration.seed + 1 + plan.seeds)
        entries = [admission.entry(trial.values | {"seed": seed}) for seed in seeds]
        planning.add(sweep, entries, repeats=trial)
    return bool(best)


def spent(sweep: Sweep, plan: Plan) -> str:
    """Which budget it was that ended the sweep, unless all trials are done."""
    cut_short = sweep.trials.filter(state=State.STOPPED).exists()
    if planning.left(sweep, plan) <= 0 and not cut_short:
        return ""
    if plan.epochs is not None and sweep.trained_epochs >= plan.epochs:
        return f"Its budget of {plan.epochs:,} epochs is used up."
    if planning.is_spent(sweep, plan):
        return f"Its budget of {plan.minutes:g} minutes is used up."
    return "" if cut_short else "The strategy has no further trials to suggest."


def nothing_came_of_it(sweep: Sweep, plan: Plan, counts: dict[str, int]) -> str:
    """Why there is no result, and what to do about it."""
    diverged = counts.get(State.DIVERGED, 0)
    total = sum(counts.values())
    if diverged and diverged == total:
        return f"{'All' if diverged > 1 else 'The only one'} of its trials diverged. {gentler(sweep, plan)}"
    if diverged:
        return (
            f"None of its trials came to its end, and {diverged:,} of {total:,} diverged. "
            f"{gentler(sweep, plan)}"
        )
    if not total or counts.get(State.STOPPED):
        why = spent(sweep, plan) or "All were stopped."
        return f"No trial had come to its end. {why} Give it a larger budget, or its trials fewer epochs."
    reasons = sweep.trials.exclude(reason="").order_by("number").values_list("reason", flat=True)
    return f"None of its trials could be trained. Of the first: {reasons.first() or 'no reason is known.'}"


def gentler(sweep: Sweep, plan: Plan) -> str:
    """What makes steps smaller."""
    rates = plan.space.dimensions.get("learning_rate")
    if isinstance(rates, Interval):
        return (
            "The learning rates were too large: search lower ones, "
            f"from {rates.low / 100:.2g} to {rates.low:.2g} say, or clip the gradient norm at 1."
        )
    rate = sweep.configuration.learning_rate
    return (
        f"The steps were too large: lower the learning rate, from {rate:g} to about {rate / 10:g}, "
        "or turn it into a range that goes far below."
    )
