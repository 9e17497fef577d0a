"""Training: a generator of events. It knows no listener; stopping is leaving the loop."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from inspect import GEN_CLOSED, getgeneratorstate
from itertools import islice
from math import isfinite
from operator import index

import numpy as np
import numpy.typing as npt

from .arithmetic import Arithmetic
from .batches import Augment, Batches, Bind, augmentation, checked_order
from .cohort import changed, check_epochs, check_run
from .data import Data
from .descent import Descent
from .dropout import Dropout
from .early_stopping import Watch
from .environment import environment
from .estimate import MAX_EVALUATED, evaluated_rows
from .events import (
    BestRestored,
    Changed,
    Diverged,
    Dropped,
    EarlyStopped,
    EpochMetrics,
    Event,
    Finished,
    LayerStatistics,
    Resumed,
    Started,
    StepMetrics,
)
from .network import Network, by_name
from .program import Array, Program, run, without, without_item
from .randomness import stream
from .spec import Spec
from .statistics import layer_statistics
from .timeline import Segment, Timeline, continued, n_batches, place, segment_start, timeline_of

#: Examples of a batch that layer statistics look at, at most.
MAX_OBSERVED = 1_024

Order = Callable[[int], npt.ArrayLike]


class Trainer:
    """A training run that can be iterated, left, looked into, changed and iterated on.

    ``network`` is always as the last event left it. ``specs`` may be one spec or a cohort of specs that
    share an architecture; all members see the same batches, those of the first. ``members`` are their places
    in ``specs`` as first given, in the order of the events' arrays. ``initial`` gives first parameters by
    name; ``order(epoch)`` the training rows (n_train,) in the order in which an epoch is to see them, in
    place of shuffling. ``statistics_every`` so many steps, and whenever ``observe`` asks for it, a
    ``LayerStatistics`` event looks into the network. It changes nothing in the run's course, takes as long as
    some tens of steps, and needs room for two copies of the parameters, which ``memory_limit`` does not
    count. Epochs tell the training cost and error of ``max_evaluated`` examples at most, evenly spread.
    Raises ValueError when the specs cannot train together, do not fit the data, or need more than
    ``memory_limit`` bytes.
    """

    def __init__(
        self,
        specs: Spec | Sequence[Spec],
        data: Data,
        initial: Mapping[str, npt.ArrayLike] | None = None,
        *,
        order: Order | None = None,
        statistics_every: int | None = None,
        memory_limit: int | None = None,
        max_evaluated: int = MAX_EVALUATED,
    ) -> None:
        if statistics_every is not None and index(statistics_every) < 1:
            raise ValueError(f"statistics_every is {statistics_every}: give a number of steps, from 1 on.")
        self._statistics_every = statistics_every
        self.specs = [specs] if isinstance(specs, Spec) else list(specs)
        check_run(self.specs, data, memory_limit)
        self.data, self._given_order = data, order
        self._memory_limit = memory_limit
        self.members = list(range(len(self.specs)))
        self.network = Network(self.specs, data.n_features, data.n_outputs, initial)
        #: Steps and epochs begun, and whether the last epoch is not over.
        self.step, self.epoch, self.within = 0, 0, False
        #: The batch sizes so far, and since when.
        self.history = [Segment(0, 0, 0, self.spec.batch_for(data.n_train))]
        self.shuffling = stream(self.spec.seed, "shuffling")
        self.dropout = Dropout([stream(spec.seed, "dropout") for spec in self.specs])
        self.augmentation = stream(self.spec.seed, "augmentation")
        self.order_state = self.shuffling.bit_generator.state
        self.descent = Descent(self.specs, self.network, self.timeline)
        self.watch = Watch(self.spec.early_stopping, self.network)
        self.cost = np.zeros(self.network.k, dtype=self.network.dtype)
        self._evaluated = evaluated_rows(data.n_train, max_evaluated)
        self._augment = augmentation(self.spec, data, self.network.dtype, self.augmentation)
        self._arithmetic = Arithmetic()
        self._bind_batches(0)
        started = Started(
            self.network.n_parameters, self._batches.steps, data.n_train, environment()["n_threads"]
        )
        #: What to tell and to do before the next step; while there is nothing, steps run on in one stretch.
        self._news: list[Event | None] = [started]
        self._observed = False
        self._events = self._run()

    def __iter__(self) -> Iterator[Event]:
        """The run's events; after leaving the loop, iterating again goes on with the next step. A run that is
        over tells how it ended again, unless a change has given it more to do."""
        if getgeneratorstate(self._events) == GEN_CLOSED:
            self._events = self._run()
        return self._events

    @property
    def spec(self) -> Spec:
        """The first member's spec, which decides on all that members share."""
        return self.specs[0]

    @property
    def timeline(self) -> Timeline:
        """Steps in an epoch and in the whole run, and how they lay when batches were others."""
        return timeline_of(self.history, self.data.n_train, self.spec.epochs)

    @property
    def position(self) -> int:
        """Examples of the present epoch that were learnt from."""
        return self._batches.position(self._batch)

    @property
    def completed_epochs(self) -> int:
        """Epochs that were evaluated, the last of which ``EpochMetrics`` told."""
        return self.epoch - self.within

    @property
    def n_steps(self) -> int:
        """Steps done and steps still planned, with the epochs and batches of now and no early stopping."""
        size, n_train = self.spec.batch_for(self.data.n_train), self.data.n_train
        rest = n_batches(n_train - self.position, size) if self.within else 0
        return self.step + rest + (self.spec.epochs - self.epoch) * n_batches(n_train, size)

    @property
    def is_over(self) -> bool:
        """Whether there is no epoch to train any more."""
        return not self.within and (self.epoch >= self.spec.epochs or bool(self.watch.stopped.all()))

    @property
    def learning_rates(self) -> Array:
        """The learning rate (K,) of each member at the coming step."""
        return self.planned_learning_rates([self.step + 1])[:, 0]

    def planned_learning_rates(self, steps: npt.ArrayLike) -> Array:
        """The learning rates (K, T) at ``steps`` (T,), from 1, with the settings of now and the cuts of
        plateaus so far."""
        t = np.asarray(steps, dtype=np.float64)
        if t.ndim != 1 or (t < 1).any():
            raise ValueError(f"steps has shape {t.shape}: give a row of step numbers, from 1 on.")
        return self.descent.learning_rates(t)

    # --- the hot loop and what is bound for it

    def _bind_batches(self, position: int) -> None:
        """Batches of the epoch from the example ``position`` on."""
        update = self.descent.program
        self._update = [*self.network.statistics.update(), *update]
        size = self.spec.batch_for(self.data.n_train)
        start = segment_start(self.history, self.completed_epochs)
        dtype = self.network.dtype
        self._batches = Batches(self.data, self.spec.head, size, dtype, self._bind, self._augment, start)
        self._batch = n_batches(position - start, size)

    def _bind(self, m: int) -> Bind:
        """How to make the program of one step on a batch of ``m`` examples."""
        workspace = self.network.workspace(m, training=True, dropout=self.dropout)
        update = self._update
        return lambda x, t: [*self.network.bind(workspace, x, t, self.cost), *update]

    def _run(self) -> Generator[Event]:
        while True:
            yield from self._told()
            if not self._begins_epoch():
                yield from self._ending()
                if self.is_over:
                    return
                continue
            yield from self._steps()
            if self._diverged():
                yield Diverged(self.step, self.epoch)
                return
            metrics = self._epoch_metrics()
            self.within, self.order_state = False, self.shuffling.bit_generator.state
            yield metrics

    def _begins_epoch(self) -> bool:
        """Whether there is an epoch to train: one left in the middle, or the next."""
        if self.is_over:
            return False
        if not self.within:
            self.epoch, self._batch, self.within = self.epoch + 1, 0, True
            if self._batches.start:
                self._bind_batches(0)
        return True

    def _steps(self) -> Iterator[Event]:
        """The rest of an epoch, bound anew whenever something was changed."""
        order = self._order()
        while self._batch < self._batches.steps and not self._diverged():
            yield from self._told()
            if left := min(self._batches.steps - self._batch, self._until_observed()):
                yield from self._stretch(order, left)
            else:
                yield from self._observed_step(order)

    def _stretch(self, order: Array, left: int) -> Iterator[StepMetrics]:
        """At most ``left`` steps, up to the next change. Whatever is written in the loop is paid some 10,000
        times a second."""
        epoch, cost, news, alone = self.epoch, self.cost, self._news, self.network.k == 1
        coming = self.descent.coming(self.step + 1, left)
        costs = np.empty((left, self.network.k), dtype=self.network.dtype)
        enter, take_step = self._arithmetic.run, self._take_step
        programs = islice(self._batches.epoch(order, self._batch), left)
        for program, factors, row in zip(programs, coming, costs, strict=True):
            enter(take_step, program, factors)
            self.step += 1
            self._batch += 1
            row[:] = cost
            yield StepMetrics(self.step, epoch, row)
            if news or (alone and not isfinite(cost[0])):
                return

    def _until_observed(self) -> int:
        """Steps left before the next whose statistics are wanted."""
        if self._observed:
            return 0
        every = self._statistics_every
        return self._batches.steps if every is None else every - 1 - self.step % every

    def _observed_step(self, order: Array) -> Iterator[StepMetrics | LayerStatistics]:
        """One step and what it looked like inside, on the examples of its batch."""
        self._observed = False
        network, rows = self.network, self._batches.rows(order, self._batch)[:MAX_OBSERVED]
        program, split = next(self._batches.epoch(order, self._batch)), -len(self._update)
        factors = next(self.descent.coming(self.step + 1, 1))
        self._arithmetic.run(run, program[:split])
        before, gradients = network.theta.copy(), network.gradient.copy()
        self._arithmetic.run(self._take_step, program[split:], factors)
        self.step += 1
        self._batch += 1
        # Looked at before anything is handed out: between two events a caller may change the network.
        seen = layer_statistics(
            network if self.spec.batch_norm.statistics == "running" else network.on_batch_statistics(),
            self.data.x_train[rows],
            self.step,
            self.epoch,
            gradients=by_name(network.blocks, gradients),
            before=by_name(network.blocks, before),
            running=network.running(),
        )
        yield StepMetrics(self.step, self.epoch, self.cost.copy())
        yield seen

    def _take_step(self, program: Program, factors: Array) -> None:
        np.copyto(self.descent.factors, factors)
        run(program)

    def _order(self) -> Array:
        """The rows of the training part as this epoch sees them, drawn as often as it is taken up again."""
        self.shuffling.bit_generator.state = self.order_state
        n_train = self.data.n_train
        if self._given_order is not None:
            return checked_order(np.asarray(self._given_order(self.epoch)), n_train)
        return self.shuffling.permutation(n_train) if self.spec.shuffle else np.arange(n_train)

    def _diverged(self) -> bool:
        return not np.isfinite(self.cost).any()

    def _told(self) -> Iterator[Event]:
        while self._news:
            event = self._news.pop(0)
            if event is not None:
                yield event

    def _epoch_metrics(self) -> EpochMetrics:
        data, evaluate = self.data, self.network.evaluate
        if self.spec.batch_norm.statistics == "population":
            self.network.measure_statistics(data.x_train)
        train = evaluate(data.x_train, data.y_train, data.target_scale, self._evaluated)
        dev = evaluate(data.x_dev, data.y_dev, data.target_scale)
        metrics = EpochMetrics(self.epoch, self.step, *train, *dev)
        self.descent.plateaus.observe(self.specs, metrics)
        self.watch.observe(metrics, self.network)
        return metrics

    def _ending(self) -> Iterator[Event]:
        """How a run ends, until a change gives it more to do."""
        best = self.watch.best_epoch.copy(), self.watch.best.copy()
        if self.watch.stopped.all():
            yield EarlyStopped(self.step, self.epoch, *best)
            yield from self._told()
            if not self.is_over:
                return
        self.watch.restore(self.network)
        if self.watch.restores:
            yield BestRestored(self.step, self.epoch, *best)
            yield from self._told()
            if not self.is_over:
                return
        yield Finished(self.step, self.epoch)
        yield from self._told()

    # --- open hands

    def step_on(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """One optimizer step on a batch of the caller's; its cost (K,) before the step."""
        x, y = np.asarray(x), np.asarray(y)
        workspace = self.network.workspace(len(x), training=True, dropout=self.dropout)
        cost = self.network.run_batch(workspace, x, y, self.network.bind)
        self.apply_gradients()
        return cost

    def apply_gradients(self) -> None:
        """One optimizer step with the gradients in ``network.gradients()``, which it overwrites."""
        self.step += 1
        self._arithmetic.run(self._take_step, self._update, next(self.descent.coming(self.step, 1)))

    def observe(self) -> None:
        """Look into the coming step, whatever ``statistics_every``: a ``LayerStatistics`` event follows its
        ``StepMetrics``. It asks for one step, however often it is called before it, and goes on asking until
        there is one; a checkpoint does not keep it."""
        if not self._observed:
            self._observed = True
            self._news.append(None)

    def change(self, values: Mapping[str, object], member: int | None = None) -> None:
        """Change settings by path, such as ``{"learning_rate": 0.01, "layers.0.keep_prob": 0.8}``, for all
        members or one. They hold from the next step on, which a ``Changed`` event says.

        With a new batch size, the examples that are left of the epoch come in batches of that size, and
        schedules go on from the epoch they are in; with other ``epochs``, those that end with the run are
        drawn out or in. More epochs, or another early stopping, let a run that is over train on, from the
        parameters it has then; ``epochs`` of the epoch that runs let it be the last.

        Raises ValueError, and changes nothing, for what is unknown, out of range or fixed while training.
        """
        chosen = range(self.network.k) if member is None else [self._place(member)]
        specs = list(self.specs)
        for k in chosen:
            specs[k] = changed(specs[k], values)
        augment = self._check_change(specs)
        self._take_on(specs, augment)
        members = tuple(self.members[k] for k in chosen)
        self._news.append(Changed(self.step + 1, self.epoch, dict(values), members))

    def _check_change(self, specs: Sequence[Spec]) -> Augment:
        """Raise ValueError when the run cannot go on with ``specs``; its augmentation with them."""
        check_run(specs, self.data, self._memory_limit)
        check_epochs(specs[0], self.epoch)
        if specs[0].augmentations == self.spec.augmentations:
            return self._augment
        return augmentation(specs[0], self.data, self.network.dtype, self.augmentation)

    def _take_on(self, specs: list[Spec], augment: Augment) -> None:
        before, position, n_train = self.spec, self.position, self.data.n_train
        self.specs, self._augment = specs, augment
        self.network.specs = list(specs)
        self.network.statistics.settings = self.spec.batch_norm
        if self.spec.early_stopping != before.early_stopping:
            self.watch.follow(self.spec.early_stopping, self.network)
        elif self.spec.epochs > before.epochs and self.watch.stopped.all():
            self.watch.train_on()
        done = place(self.epoch, self.within, position, n_train)
        self.history = continued(self.history, Segment(self.step, *done, self.spec.batch_for(n_train)))
        self.descent.carry_over(specs, self.step)
        self._bind_anew(position)

    def drop(self, *members: int) -> None:
        """Take members out of the cohort; the others train on without being copied. A ``Dropped`` event for
        each says so."""
        gone = dict.fromkeys(members)
        for member in gone:
            self._place(member)
        if len(gone) == self.network.k:
            raise ValueError(f"{members[-1]} is the only member left: leave the loop to stop it.")
        for member in gone:
            self._drop(member)
        self._bind_anew(self.position)

    def _drop(self, member: int) -> None:
        place = self._place(member)
        self.specs = without_item(self.specs, place)
        self.members = without_item(self.members, place)
        self.dropout.generators = without_item(self.dropout.generators, place)
        self.cost = without(self.cost, place)
        for part in (self.network, self.descent, self.watch):
            part.drop(place)
        self._news.append(Dropped(self.step, self.epoch, member, tuple(self.members)))

    def _place(self, member: int) -> int:
        if member not in self.members:
            raise ValueError(f"There is no member {member}. There are: {self.members}.")
        return self.members.index(member)

    def _bind_anew(self, position: int) -> None:
        self.descent.bind(self.specs, self.network, self.timeline)
        self._bind_batches(position)

    def take_up(self, event: Resumed, position: int) -> None:
        """Go on from a state that was put in place, ``position`` examples into its epoch, beginning with
        ``event``."""
        self._news = [event]
        self._bind_anew(position)


def train(specs: Spec | Sequence[Spec], data: Data) -> Iterator[Event]:
    """Events of a training run from beginning to end. To look into the network, use a Trainer."""
    return iter(Trainer(specs, data))
