"""Probes: short trainings on the side that answer a question about a spec: which learning rate, and can it
learn at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from .averages import ExponentialAverage
from .data import Data
from .early_stopping import NoEarlyStopping
from .events import StepMetrics
from .heads.classification import ClassificationHead
from .program import Array
from .schedules import Constant, Schedule
from .spec import Spec
from .timeline import Floats, Timeline, n_batches
from .training import Trainer

#: A smoothed cost this many times the best so far ends a range test.
EXPLODED = 4.0
#: First steps that tell nothing yet: the average has seen too few of them.
SETTLING = 10

Initial = Mapping[str, npt.ArrayLike]


# --- which learning rate


class RangePoint(NamedTuple):
    """One step of a range test: the cost of its batch before it, and that smoothed."""

    step: int
    learning_rate: float
    cost: float
    smoothed: float


class _Ramp(Schedule):
    """From the learning rate to ``ratio`` times as much over ``steps`` steps, each by the same factor."""

    ratio: float
    steps: int

    @override
    def shape(self, t: Floats, timeline: Timeline) -> Floats:
        return np.asarray(self.ratio ** ((t - 1) / (self.steps - 1)))


def range_test(
    spec: Spec,
    data: Data,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 200,
    *,
    beta: float = 0.9,
    initial: Initial | None = None,
) -> Iterator[RangePoint]:
    """Train with a learning rate that rises evenly on a logarithmic scale from ``low`` to ``high``, until the
    cost, smoothed by ``beta``, exceeds EXPLODED times its best or is no number any more.

    Everything else is the spec's, but for its schedule and early stopping; epochs follow each other as often
    as ``steps`` needs. ``initial`` gives first parameters by name. Smith 2015, Cyclical learning rates for
    training neural networks, https://arxiv.org/abs/1506.01186

    Raises ValueError when the range or the steps make no test.
    """
    if not 0 < low < high < np.inf:
        raise ValueError(f"The rates go from {low:g} to {high:g}: give two above 0, the smaller one first.")
    if steps < 2:
        raise ValueError(f"steps is {steps}: give at least 2, and some 100 to see anything.")
    epochs = -(-steps // n_batches(data.n_train, spec.batch_for(data.n_train)))
    trial = {
        "learning_rate": low,
        "schedule": _Ramp(ratio=high / low, steps=steps),
        "early_stopping": NoEarlyStopping(),
        "epochs": epochs,
        "batch_norm": spec.batch_norm.model_copy(update={"statistics": "running"}),
    }
    # What an epoch ends with is of no use here: next to no dev part makes it short.
    data = replace(data, x_dev=data.x_dev[:1], y_dev=data.y_dev[:1])
    trainer = Trainer(spec.model_copy(update=trial), data, initial)
    return _range_points(trainer, trainer.planned_learning_rates(np.arange(1, steps + 1))[0], beta)


def _range_points(trainer: Trainer, rates: Array, beta: float) -> Iterator[RangePoint]:
    average, best = ExponentialAverage(beta), np.inf
    for event in trainer:
        if isinstance(event, StepMetrics):
            cost = float(event.cost[0])
            smoothed = float(average.extend([cost])[0])
            yield RangePoint(event.step, float(rates[event.step - 1]), cost, smoothed)
            best = min(best, smoothed)
            # A cost that is not finite makes a gap in the average.
            if event.step == len(rates) or not smoothed <= EXPLODED * best:
                return


class Suggestion(NamedTuple):
    """What a range test says: the rate where the smoothed cost falls fastest over the logarithm of the rate,
    a tenth of the rate where it is lowest, and the smaller of both. None when the cost never fell."""

    learning_rate: float | None
    steepest: float | None
    tenth_of_minimum: float | None
    reason: str


def suggest(learning_rates: npt.ArrayLike, smoothed: npt.ArrayLike) -> Suggestion:
    """A learning rate from the points (T,) of a range test."""
    rates, costs = np.asarray(learning_rates, dtype=float), np.asarray(smoothed, dtype=float)
    finite = np.isfinite(costs)
    rates, costs = rates[finite], costs[finite]
    if len(rates) < 2 * SETTLING:
        return Suggestion(None, None, None, f"Only {len(rates)} steps were made: begin with a lower rate.")
    lowest = int(costs[SETTLING:].argmin()) + SETTLING
    slopes = np.gradient(costs, np.log10(rates))[SETTLING : lowest + 1]
    place = int(slopes.argmin()) + SETTLING
    if slopes.min() >= 0 or costs[lowest] >= costs[SETTLING]:
        return Suggestion(
            None,
            None,
            None,
            "The cost never fell: the rates are too low, or the network cannot learn from this.",
        )
    steepest, tenth = float(rates[place]), float(rates[lowest]) / 10
    chosen = min(steepest, tenth)
    reason = (
        f"The smoothed cost falls fastest at {steepest:.2g} and is lowest at {rates[lowest]:.2g}, of which a "
        f"tenth is {tenth:.2g}: the smaller, {chosen:.2g}, is the safer."
    )
    if lowest == len(costs) - 1:
        reason += " The cost was still falling at the largest rate: test higher ones too."
    return Suggestion(chosen, steepest, tenth, reason)


# --- can it learn at all


class Overfit(NamedTuple):
    """``costs`` before each step and after the last, the ``error`` at the end as in ``EpochMetrics``, whether
    the batch was learnt by heart, and what that means."""

    costs: Floats
    error: float
    fits: bool
    verdict: str


def overfit_batch(
    spec: Spec, data: Data, examples: int = 32, steps: int = 200, *, initial: Initial | None = None
) -> Overfit:
    """Try to learn one batch of ``examples`` by heart, with nothing in the way: no penalties, no dropout, no
    augmentations, no limits on weights, no label smoothing, no early stopping, one learning rate throughout.

    A network that cannot has a bug in its data or settings, or too little capacity. The examples are drawn
    with the spec's seed.
    """
    if examples < 1 or steps < 1:
        raise ValueError(f"There are {examples} examples and {steps} steps: give at least one of each.")
    rng = np.random.default_rng(spec.seed)
    rows = rng.choice(data.n_train, min(examples, data.n_train), replace=False)
    x, y = data.x_train[rows], data.y_train[rows]
    batch = replace(data, x_train=x, y_train=y, x_dev=x, y_dev=y)
    trainer = Trainer(without_regularisation(spec).model_copy(update={"full_batch": True}), batch, initial)
    costs = [float(trainer.step_on(x, y)[0]) for _ in range(steps)]
    costs.append(float(trainer.network.objective(x, y)[0]))
    trainer.network.measure_statistics(x)
    error = float(trainer.network.evaluate(x, y, data.target_scale)[1][0])
    fits = _fits(spec, costs, error)
    return Overfit(np.array(costs), error, fits, _verdict(costs, error, fits, x, y))


def without_regularisation(spec: Spec) -> Spec:
    """``spec`` with nothing that keeps a network from learning its training part by heart."""
    changed: dict[str, object] = {
        "layers": tuple(layer.model_copy(update={"keep_prob": 1.0}) for layer in spec.layers),
        "schedule": Constant(),
        "early_stopping": NoEarlyStopping(),
        "augmentations": (),
        "input_keep_prob": 1.0,
        "max_norm": None,
        "l1": 0.0,
        "l2": 0.0,
    }
    if spec.optimizer.decays:
        changed["optimizer"] = spec.optimizer.model_copy(update={"weight_decay": 0.0})
    if isinstance(spec.head, ClassificationHead):
        changed["head"] = spec.head.model_copy(update={"label_smoothing": 0.0})
    return spec.model_copy(update=changed)


def _fits(spec: Spec, costs: list[float], error: float) -> bool:
    """Every class right, or values of which a hundredth of the first cost is left."""
    if not np.isfinite(costs).all():
        return False
    return error == 0 if isinstance(spec.head, ClassificationHead) else costs[-1] <= 0.01 * costs[0]


def _verdict(costs: list[float], error: float, fits: bool, x: Array, y: Array) -> str:
    m, steps = len(x), len(costs) - 1
    if not np.isfinite(costs).all():
        return "The cost is no longer a number: lower the learning rate, or clip the gradient."
    if fits:
        return f"Learnt by heart: {m} examples in {steps} steps. Data, gradients and capacity will do."
    left = f"After {steps} steps on {m} examples the error is {error:.3g} and the cost {costs[-1]:.3g}"
    if clashes := _contradictions(x, y):
        return f"{left}: {clashes} examples have the inputs of others, but not their answers. Mend the data."
    late = costs[steps * 3 // 4] - costs[-1]
    if late > 0.01 * costs[-1] and late > 0.1 * (costs[0] - costs[-1]):
        return f"{left}, still falling: give more steps or a higher learning rate before you judge."
    if min(costs) < 0.5 * costs[-1] or np.std(costs[steps // 2 :]) > 0.2 * np.mean(costs[steps // 2 :]):
        return f"{left}, jumping about: lower the learning rate and try again."
    return (
        f"{left}, and it does not fall: add units or layers, look for dead units, try another learning rate."
    )


def _contradictions(x: Array, y: Array) -> int:
    """Examples whose inputs occurred before with other answers."""
    answers: dict[bytes, bytes] = {}
    pairs = ((row.tobytes(), answer.tobytes()) for row, answer in zip(x, y, strict=True))
    return sum(answers.setdefault(row, answer) != answer for row, answer in pairs)
