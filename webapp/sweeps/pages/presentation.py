"""A sweep's figures as people read them: the same words in the page as it loads and in its news."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Count, Sum

from webapp.runs.pages import presentation
from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.plan import Extent
from webapp.sweeps.wording import ABSENT, range_in_words, title_of

State = Trial.State
COUNTED = (State.FINISHED, State.PRUNED, State.DIVERGED, State.FAILED, State.STOPPED, State.REFUSED)
TONES = {Sweep.State.FAILED: "error", Sweep.State.STOPPED: "info", Sweep.State.FINISHED: "info"}


@dataclass
class Standing:
    """How far a sweep is: how many trials are in each state, and the best of them.

    unbegun: those that waited when the sweep was stopped.
    underway: epochs of those that train.
    """

    sweep: Sweep
    counts: dict[str, int] = field(default_factory=dict)
    best: Trial | None = None
    unbegun: int = 0
    underway: int = 0

    @classmethod
    def of(cls, sweep: Sweep) -> Standing:
        trials = Trial.objects.filter(sweep=sweep).order_by().values("state")
        counted = trials.annotate(n=Count("pk"), begun=Count("cohort"), epochs=Sum("epoch"))
        found = {each["state"]: each for each in counted}
        counts = {state: each["n"] for state, each in found.items()}
        unbegun = sum(each["n"] - each["begun"] for state, each in found.items() if state == State.STOPPED)
        best = Trial.objects.filter(sweep=sweep).ranked().first() if counts.get(State.FINISHED) else None
        underway = found[State.TRAINING]["epochs"] if State.TRAINING in found else 0
        return cls(sweep, counts, best, unbegun, underway)

    @property
    def done(self) -> int:
        """Trials that have ended, however; not those that waited when the sweep was stopped."""
        return sum(self.counts.get(state, 0) for state in COUNTED) - self.unbegun

    @cached_property
    def extent(self) -> Extent:
        return Extent(self.sweep.planned, self.sweep.spec)

    @property
    def planned(self) -> int:
        """How many trials there are to be, those of the finalists' other seeds among them."""
        if self.sweep.state == Sweep.State.FINISHED:
            return self.done
        refused = self.counts.get(State.REFUSED, 0)  # which no budget of epochs pays
        lost = 0 if self.sweep.has_ended else self.unbegun  # it goes on without them
        trials = min(self.extent.suggested - lost, self.extent.trials + refused)
        return max(1, trials + self.extent.repetitions, self.done + self.counts.get(State.TRAINING, 0))

    @property
    def progress(self) -> float:
        """How much of its way it has gone, from 0 to 1: of the budget that is used up first, after which come
        the repetitions of finalists."""
        if self.sweep.state == Sweep.State.FINISHED:
            return 1.0
        plan, used = self.extent.plan, [0.0]
        if plan.minutes is not None:
            used.append(self.sweep.elapsed / (60 * plan.minutes))
        if plan.epochs is not None:
            used.append(self.sweep.trained_epochs / plan.epochs)
        before = max(0.0, 1 - self.extent.repetitions / self.planned)
        trials = (self.done + self.underway / self.sweep.spec["epochs"]) / self.planned
        return min(1.0, max(trials, before * min(1.0, max(used))))

    @property
    def is_live(self) -> bool:
        """Whether anything of it can still change by itself."""
        return not self.sweep.has_ended or bool(self.counts.get(State.TRAINING))

    @property
    def per_minute(self) -> float | None:
        """Trials that end each minute; None while none has."""
        trained = self.done - self.counts.get(State.REFUSED, 0)
        return 60 * trained / self.sweep.elapsed if trained and self.sweep.elapsed else None

    @property
    def seconds_left(self) -> float | None:
        """Until it has gone all of its way, at the present speed."""
        if not self.sweep.is_running or not self.per_minute:
            return None
        return self.sweep.elapsed * (1 - self.progress) / self.progress


def pace(rate: float) -> str:
    """Trials a minute: three digits, or all before the point."""
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"


def strip(standing: Standing) -> dict[str, str]:
    """The texts of the page's strip, by the name of their place in it."""
    sweep, best = standing.sweep, standing.best
    rate = standing.per_minute
    return {
        "state": sweep.state,
        "trials": f"{standing.done:,} of {standing.planned:,}",
        "counts": counts_in_words(standing),
        "best": score(sweep, best.score) if best else ABSENT,
        "best_trial": f"trial {best.number}" if best else "",
        "rate": ABSENT if rate is None else pace(rate),
        "time_left": presentation.duration(standing.seconds_left) if standing.seconds_left else ABSENT,
        "progress": f"{standing.progress:.4f}",
        "reason": sweep.reason,
        "tone": TONES.get(Sweep.State(sweep.state), "info"),
    }


def counts_in_words(standing: Standing) -> str:
    """`30 finished, 8 pruned`: those that ended, and how; of a sweep that goes on, those underway, too."""
    sweep, counts = standing.sweep, {state: standing.counts.get(state, 0) for state in COUNTED}
    counts[State.STOPPED] -= standing.unbegun
    words = {str(state): n for state, n in counts.items()} | {"not begun": standing.unbegun}
    if standing.is_live:
        words = {word(sweep, State.TRAINING): standing.counts.get(State.TRAINING, 0), **words}
    return ", ".join(f"{n:,} {name}" for name, n in words.items() if n) or "none begun"


def word(sweep: Sweep, state: str) -> str:
    """The state of a trial as people read it: those that train in a paused sweep wait there."""
    return "paused" if state == State.TRAINING and sweep.state == Sweep.State.PAUSED else str(state)


def score(sweep: Sweep, value: float | None) -> str:
    """A value of the objective: an error as its runs show it, a cost as a number."""
    if value is None:
        return ABSENT
    if sweep.plan.get("objective", "dev_error") == "dev_cost":
        return f"{value:.4g}"
    return presentation.error(sweep, value)


def objective(sweep: Sweep) -> str:
    """What is to become small, in words."""
    return {"dev_cost": "dev cost"}.get(sweep.plan.get("objective", ""), "dev error")


def ranges(sweep: Sweep) -> list[tuple[str, str]]:
    """What is searched: each dimension, how its values are spread, and between which ends."""
    return [
        (title_of(path), f"{range_in_words(path, known)}, {presentation.title(known).lower()}")
        for path, known in sweep.planned.space.dimensions.items()
    ]


def plan_in_words(sweep: Sweep) -> list[tuple[str, str]]:
    """The plan in a few lines, label and value."""
    plan = sweep.planned
    budgets = [f"{plan.trials:,} trials"]
    budgets += [f"{plan.minutes:g} minutes"] if plan.minutes is not None else []
    budgets += [f"{plan.epochs:,} epochs in all"] if plan.epochs is not None else []
    finalists = f"the best {plan.finalists}, {plan.seeds} times each" if plan.finalists else "none"
    return [
        ("Strategy", presentation.with_constants(plan.strategy)),
        ("Pruning", presentation.with_constants(plan.pruning)),
        ("Budget", ", ".join(budgets)),
        ("Epochs each", f"{sweep.spec['epochs']:,}"),
        ("Objective", objective(sweep)),
        ("Finalists", finalists),
    ]
