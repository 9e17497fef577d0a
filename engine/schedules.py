"""Schedules: how the learning rate changes on the way, as a multiple of the spec's own."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field, model_validator
from typing_extensions import override

from .choices import BARE_STRING, Choice, registry
from .program import without
from .timeline import Floats, Timeline

if TYPE_CHECKING:
    from .spec import Spec


class Schedule(Choice):
    """The base of all schedules. Steps count from 1; ``epochs_done`` of the first epoch's steps is 0. A
    schedule is a function of the epochs done, whatever the batch size was on the way."""

    warmup_epochs: float = Field(
        0.0,
        ge=0,
        le=100_000,
        title="Warm-up epochs",
        description="Raises the rate evenly from zero over so many epochs, then the schedule starts. When "
        "the first steps go astray.",
    )

    def multipliers(self, t: Floats, timeline: Timeline) -> Floats:
        """What the learning rate is multiplied by at steps ``t`` (T,): the warm-up, and then the shape."""
        t = timeline.at(t)
        warmup = round(self.warmup_epochs * timeline.steps_per_epoch)
        rest = Timeline(timeline.steps_per_epoch, max(1, timeline.n_steps - warmup))
        shape = self.shape(np.maximum(t - warmup, 1.0), rest)
        return shape * np.minimum(1.0, t / warmup) if warmup else shape

    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        """The multipliers at places ``t`` (T,) on the timeline after the warm-up."""
        raise NotImplementedError


def epochs_done(t: Floats, timeline: Timeline) -> Floats:
    """Whole epochs finished before steps ``t``: 0 throughout the first."""
    return np.floor((t - 1) / timeline.steps_per_epoch)


class Constant(Schedule):
    """The same learning rate from beginning to end. Start with it; decay when the cost stops falling and
    begins to jitter.

    alpha = alpha0.
    """

    model_config = ConfigDict(title="Constant")
    kind: Literal["constant"] = "constant"

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        return np.ones_like(t)


class InverseDecay(Schedule):
    """Falls fast at first and ever slower after. For runs that jitter around the minimum; with an interval it
    falls in steps.

    alpha = alpha0 / (1 + decay * floor(epoch / interval)), epochs counted from 0.
    """

    model_config = ConfigDict(title="1 / (1 + decay * epoch)")
    kind: Literal["inverse_decay"] = "inverse_decay"
    decay: float = Field(
        0.1,
        gt=0,
        le=1e6,
        title="Decay",
        description="1 halves the rate after one interval. Lower it when learning stops too early.",
    )
    interval: int = Field(
        1,
        ge=1,
        le=100_000,
        title="Interval",
        description="Epochs between two falls. Longer gives each rate time to settle.",
    )

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        return 1.0 / (1 + self.decay * np.floor(epochs_done(t, timeline) / self.interval))


class Exponential(Schedule):
    """Loses the same share each epoch. For long runs that should end with very small steps.

    alpha = alpha0 * rate^epoch, epochs counted from 0.
    """

    model_config = ConfigDict(title="Exponential")
    kind: Literal["exponential"] = "exponential"
    rate: float = Field(
        0.95,
        gt=0,
        lt=1,
        title="Rate",
        description="What is left after each epoch. 0.95 halves the rate in 14 epochs.",
    )

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        return self.rate ** epochs_done(t, timeline)


class Staircase(Schedule):
    """Drops by a factor every so many epochs. When the cost falls again after each drop, the steps were too
    long before it.

    alpha = alpha0 * factor^floor(epoch / interval), epochs counted from 0.
    """

    model_config = ConfigDict(title="Staircase")
    kind: Literal["staircase"] = "staircase"
    factor: float = Field(
        0.5, gt=0, lt=1, title="Factor", description="What a drop leaves of the rate: 0.5 halves it."
    )
    interval: int = Field(
        10,
        ge=1,
        le=100_000,
        title="Interval",
        description="Epochs between two drops. Long enough that the cost settles on each stair.",
    )

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        return self.factor ** np.floor(epochs_done(t, timeline) / self.interval)


class InverseRoot(Schedule):
    """Falls with the root of the epoch: slower than 1 / (1 + decay * epoch) late in training. For very long
    runs.

    alpha = alpha0 * k / sqrt(epoch), epochs counted from 1.
    """

    model_config = ConfigDict(title="k / sqrt(epoch)")
    kind: Literal["inverse_root"] = "inverse_root"
    k: float = Field(
        1.0,
        gt=0,
        le=1e3,
        title="k",
        description="Multiple of the learning rate in the first epoch. 1 starts at the rate itself.",
    )

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        return self.k / np.sqrt(epochs_done(t, timeline) + 1)


class Cosine(Schedule):
    """Glides down along half a cosine, slowly at both ends; can start over (warm restarts). A strong default
    for a run of known length.

    alpha = alpha0 * (minimum + (1 - minimum) * (1 + cos(pi * share of the cycle done)) / 2).
    Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
    """

    model_config = ConfigDict(title="Cosine")
    kind: Literal["cosine"] = "cosine"
    minimum: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Minimum",
        description="Share of the rate that is left at the bottom. 0.01 when late training stands still.",
    )
    cycle_epochs: float | None = Field(
        None,
        gt=0,
        le=100_000,
        title="Cycle epochs",
        description="Length of the first cycle; then the rate jumps up and starts over. Empty: one cycle, "
        "the whole run.",
    )
    growth: float = Field(
        1.0,
        ge=1,
        le=10,
        title="Growth",
        description="How many times as long each cycle is as the one before. 2 gives rare restarts late.",
    )

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        if self.cycle_epochs is None:
            share = np.minimum((t - 1) / timeline.n_steps, 1.0)
        else:
            share = self._share((t - 1) / timeline.steps_per_epoch / self.cycle_epochs)
        return self.minimum + (1 - self.minimum) * (1 + np.cos(np.pi * share)) / 2

    def _share(self, done: Floats) -> Floats:
        """Share of its cycle that is over after ``done`` lengths of the first cycle."""
        if self.growth == 1:
            return np.remainder(done, 1.0)
        # Rounding must not end a cycle a step late.
        cycle = np.floor(np.log1p(done * (self.growth - 1)) / np.log(self.growth) + 1e-9)
        begun = (self.growth**cycle - 1) / (self.growth - 1)
        share: Floats = np.maximum(done - begun, 0.0) / self.growth**cycle
        return share


class OneCycle(Schedule):
    """Up to the learning rate, then far down, once over the run. Allows large rates and short runs; the
    learning rate given is the peak.

    Smith and Topin 2018, https://arxiv.org/abs/1708.07120
    """

    model_config = ConfigDict(title="One cycle")
    kind: Literal["one_cycle"] = "one_cycle"
    rise: float = Field(
        0.3,
        gt=0,
        lt=1,
        title="Rise",
        description="Share of the run on the way up. Shorten it when little is learnt before the peak.",
    )
    start_divisor: float = Field(
        25.0,
        ge=1,
        le=1e9,
        title="Start divisor",
        description="The run starts at the peak divided by this. Raise it when the first steps go astray.",
    )
    end_divisor: float = Field(
        1e4,
        ge=1,
        le=1e9,
        title="End divisor",
        description="The run ends at its start divided by this. Lower it when late training stands still.",
    )

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        start, step = 1 / self.start_divisor, t - 1
        top, last = self.rise * timeline.n_steps - 1, max(1.0, timeline.n_steps - 1.0)
        up = _glide(start, 1.0, step / top if top > 0 else np.ones_like(t))
        down = _glide(1.0, start / self.end_divisor, np.clip((step - top) / (last - top), 0, 1))
        return np.where(step <= top, up, down)


def _glide(start: float, end: float, share: Floats) -> Floats:
    """From ``start`` to ``end`` along half a cosine."""
    return end + (start - end) * (1 + np.cos(np.pi * share)) / 2


class ReduceOnPlateau(Schedule):
    """Waits until a metric has stopped getting better, then cuts the rate. When you do not know in advance
    how long a rate will do.

    alpha *= factor after more than ``patience`` epochs with the metric above best * (1 - threshold).
    """

    model_config = ConfigDict(title="Reduce on plateau")
    kind: Literal["reduce_on_plateau"] = "reduce_on_plateau"
    metric: Literal["dev_cost", "dev_error", "train_cost"] = Field(
        "dev_cost", title="Metric", description="What has to get better: usually the dev cost."
    )
    factor: float = Field(
        0.5, gt=0, lt=1, title="Factor", description="What a cut leaves of the rate: 0.5 halves it."
    )
    patience: int = Field(
        5,
        ge=0,
        le=100_000,
        title="Patience",
        description="Epochs to wait for something better. Raise it when the metric is noisy.",
    )
    threshold: float = Field(
        1e-4,
        ge=0,
        lt=1,
        title="Threshold",
        description="Smallest improvement that counts, as a share of the best. Raise it to cut sooner.",
    )
    minimum: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Minimum",
        description="Share of the learning rate below which it is not cut. Keeps late training moving.",
    )

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        return np.ones_like(t)


class Piecewise(Schedule):
    """Rates set by hand: from each epoch on, the learning rate times its factor. When a curve you have seen
    tells you where to slow down.

    alpha = alpha0 * the factor of the last epoch reached, epochs counted from 0; alpha0 before the first.
    """

    model_config = ConfigDict(title="By hand")
    kind: Literal["piecewise"] = "piecewise"
    from_epochs: tuple[Annotated[float, Field(ge=0, le=100_000)], ...] = Field(
        (10.0, 20.0),
        min_length=1,
        max_length=1000,
        title="From epochs",
        description="After how many epochs the rate changes, rising, such as 10, 20.",
    )
    factors: tuple[Annotated[float, Field(ge=0, le=1e6)], ...] = Field(
        (0.1, 0.01),
        min_length=1,
        max_length=1000,
        title="Factors",
        description="What the learning rate is multiplied by from each of these on, such as 0.1, 0.01.",
    )

    @model_validator(mode="after")
    def _one_factor_for_each_epoch(self) -> Piecewise:
        n_epochs, n_factors = len(self.from_epochs), len(self.factors)
        if n_epochs != n_factors:
            raise ValueError(
                f"There are {n_epochs} epochs, but {n_factors} factors: give one for each epoch."
            )
        if any(later <= earlier for earlier, later in pairwise(self.from_epochs)):
            raise ValueError("The epochs must rise from one to the next: put them in order.")
        return self

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        reached = np.searchsorted(self.from_epochs, (t - 1) / timeline.steps_per_epoch, side="right")
        return np.array([1.0, *self.factors])[reached]


AnySchedule = Annotated[
    Constant
    | InverseDecay
    | Exponential
    | Staircase
    | InverseRoot
    | Cosine
    | OneCycle
    | ReduceOnPlateau
    | Piecewise,
    Field(discriminator="kind"),
    BARE_STRING,
]
SCHEDULES: dict[str, type[Schedule]] = registry(AnySchedule)


def planned(spec: Spec, n_steps: int, at: npt.ArrayLike | None = None) -> Floats:
    """The learning rate at every step of a run of ``n_steps``, or at the steps ``at`` (from 1): what can be
    known ahead, so without the cuts of a plateau."""
    timeline = Timeline(max(1, n_steps // spec.epochs), n_steps)
    return planned_at(spec, timeline, np.arange(1, n_steps + 1) if at is None else at)


def planned_at(spec: Spec, timeline: Timeline, steps: npt.ArrayLike) -> Floats:
    """The learning rate at ``steps`` (T,), from 1, of a run on ``timeline``, see ``timeline_of``."""
    return spec.learning_rate * spec.schedule.multipliers(np.asarray(steps, dtype=np.float64), timeline)


class Plateaus:
    """The cuts so far of a cohort whose specs may reduce on plateau: ``scale`` (K,) times the schedule."""

    def __init__(self, specs: Any) -> None:
        self.scale = np.ones(len(specs))
        self.best = np.full(len(specs), np.inf)
        self.waited = np.zeros(len(specs), dtype=np.int64)

    def drop(self, member: int) -> None:
        """Forget a member; the last one takes its place."""
        for name in ("scale", "best", "waited"):
            setattr(self, name, without(getattr(self, name), member))

    def observe(self, specs: Any, metrics: Any) -> None:
        """Look at an epoch's metrics."""
        for k, spec in enumerate(specs):
            if isinstance(spec.schedule, ReduceOnPlateau):
                self._observe(k, spec.schedule, float(getattr(metrics, spec.schedule.metric)[k]))

    def _observe(self, k: int, schedule: ReduceOnPlateau, value: float) -> None:
        if value < self.best[k] * (1 - schedule.threshold) or (np.isinf(self.best[k]) and np.isfinite(value)):
            self.best[k], self.waited[k] = value, 0
            return
        self.waited[k] += 1
        if self.waited[k] > schedule.patience:
            self.scale[k] = max(self.scale[k] * schedule.factor, schedule.minimum)
            self.waited[k] = 0
