"""Training: a generator of events. It knows no listener; stopping is leaving the loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from .batches import Batches, Bind, n_batches
from .data import Data
from .descent import Descent
from .dropout import Dropout
from .events import Diverged, EpochMetrics, Event, Finished, Started, StepMetrics
from .network import Network
from .program import Array, Program, quiet_context, run
from .randomness import stream
from .schedules import Timeline
from .spec import Spec

#: The training cost and error of an epoch are measured on this many examples at most, always the same.
MAX_EVALUATED = 10_000


class Trainer:
    """A training run that can be iterated, left, looked into and iterated on.

    ``network`` is always as the last event left it. ``specs`` may be one spec or a cohort of specs that
    share an architecture; all members see the same batches, those of the first. Raises ValueError when the
    specs cannot train together or do not fit the data.
    """

    def __init__(
        self, specs: Spec | Sequence[Spec], data: Data, initial: Mapping[str, npt.ArrayLike] | None = None
    ) -> None:
        self.specs = (specs,) if isinstance(specs, Spec) else tuple(specs)
        check_cohort(self.specs)
        self.spec, self.data = self.specs[0], data
        check_fits(self.spec, data.n_train)
        data.check_head(self.spec)
        self.network = Network(self.specs, data.n_features, data.n_outputs, initial)
        self.timeline = self._timeline()
        self.descent = Descent(self.specs, self.network, self.timeline)
        self.dropout = Dropout([stream(spec.seed, "dropout") for spec in self.specs])
        self._update = [*self.network.statistics.update(), *self.descent.program]
        self.step, self.epoch = 0, 0
        self._cost = np.zeros(self.network.k, dtype=self.network.dtype)
        self._batches = Batches(data, self.spec.head, self.spec.batch_size, self.network.dtype, self._bind)
        self._shuffling = stream(self.spec.seed, "shuffling")
        self._evaluated = _evenly_spread(data.n_train)
        self._quiet = quiet_context()
        self._events = self._run()

    def __iter__(self) -> Iterator[Event]:
        """The run's events; after leaving the loop, iterating again goes on with the next step."""
        return self._events

    def _timeline(self) -> Timeline:
        steps = n_batches(self.data.n_train, self.spec.batch_size)
        return Timeline(steps, steps * self.spec.epochs)

    @property
    def learning_rates(self) -> Array:
        """The learning rate (K,) of each member at the coming step."""
        return self.descent.learning_rates(np.array([self.step + 1.0]))[:, 0]

    def _bind(self, m: int) -> Bind:
        """How to make the program of one step on a batch of ``m`` examples."""
        workspace = self.network.workspace(m, training=True, dropout=self.dropout)
        update = self._update
        return lambda x, t: [*self.network.bind(workspace, x, t, self._cost), *update]

    def _run(self) -> Iterator[Event]:
        yield Started(self.network.n_parameters, self._batches.steps, self.data.n_train, _blas_threads())
        while self.epoch < self.spec.epochs:
            self.epoch += 1
            yield from self._steps()
            if self._diverged():
                yield Diverged(self.step, self.epoch)
                return
            yield self._epoch_metrics()
        yield Finished(self.step, self.epoch)

    def _steps(self) -> Iterator[StepMetrics]:
        """One epoch. Whatever is written in the loop is paid some 10,000 times a second."""
        batches, epoch, cost = self._batches, self.epoch, self._cost
        order = self._shuffling.permutation(self.data.n_train)
        coming = self.descent.coming(self.step + 1, batches.steps)
        costs = np.empty((batches.steps, self.network.k), dtype=self.network.dtype)
        enter, take_step, alone = self._quiet.run, self._take_step, self.network.k == 1
        for program, factors, row in zip(batches.epoch(order), coming, costs, strict=True):
            enter(take_step, program, factors)
            self.step += 1
            row[:] = cost
            yield StepMetrics(self.step, epoch, row)
            if alone and not isfinite(cost[0]):
                return

    def _take_step(self, program: Program, factors: Array) -> None:
        np.copyto(self.descent.factors, factors)
        run(program)

    def step_on(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """One optimizer step on a batch of the caller's; its cost (K,) before the step."""
        x, y = np.asarray(x), np.asarray(y)
        workspace = self.network.workspace(len(x), training=True, dropout=self.dropout)
        cost = self.network.run_batch(workspace, x, y, self.network.bind)
        self.step += 1
        self._quiet.run(self._take_step, self._update, next(self.descent.coming(self.step, 1)))
        return cost

    def _diverged(self) -> bool:
        return not np.isfinite(self._cost).any()

    def _epoch_metrics(self) -> EpochMetrics:
        data, evaluate = self.data, self.network.evaluate
        if self.spec.batch_norm.statistics == "population":
            self.network.measure_statistics(data.x_train)
        train = evaluate(data.x_train, data.y_train, data.target_scale, self._evaluated)
        dev = evaluate(data.x_dev, data.y_dev, data.target_scale)
        metrics = EpochMetrics(self.epoch, self.step, *train, *dev)
        self.descent.plateaus.observe(self.specs, metrics)
        return metrics


def train(specs: Spec | Sequence[Spec], data: Data) -> Iterator[Event]:
    """Events of a training run from beginning to end. To look into the network, use a Trainer."""
    return iter(Trainer(specs, data))


_SHARED = ("head", "batch_size", "epochs", "precision", "batch_norm")


def check_cohort(specs: Sequence[Spec]) -> None:
    """Raise ValueError naming the first field in which the specs differ though a cohort must share it."""
    if not specs:
        raise ValueError("There is nothing to train: give at least one spec.")
    for member, spec in enumerate(specs):
        for field in _SHARED:
            _refuse_difference(field, getattr(specs[0], field), getattr(spec, field), member)
        _refuse_difference("optimizer.kind", specs[0].optimizer.kind, spec.optimizer.kind, member)
        _refuse_difference("layers", _architecture(specs[0]), _architecture(spec), member)


def _architecture(spec: Spec) -> list[str]:
    norm = {True: " batch_norm", False: ""}
    return [f"{layer.units} {layer.activation}{norm[layer.batch_norm]}" for layer in spec.layers]


def _refuse_difference(field: str, first: object, other: object, member: int) -> None:
    if other != first:
        raise ValueError(
            f"Networks trained together must share {field}: spec 0 has {first}, spec {member} has {other}."
        )


def check_fits(spec: Spec, n_train: int) -> None:
    """Raise ValueError when a batch is larger than the ``n_train`` training examples."""
    if spec.batch_size > n_train:
        raise ValueError(
            f"batch_size is {spec.batch_size}, but the training part has {n_train} examples: "
            f"choose at most {n_train}."
        )


def _evenly_spread(n_train: int) -> Array | None:
    """The rows evaluated when there are more than MAX_EVALUATED, evenly spread; None when all are."""
    if n_train <= MAX_EVALUATED:
        return None
    return np.linspace(0, n_train - 1, MAX_EVALUATED).astype(np.intp)


def _blas_threads() -> int:
    return max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=1)
