"""From the events of a cohort to the histories of its runs: a chunk for each about every second.

Everything goes out in one transaction with the lease: what a worker that lost it wrote is rolled back. In the
same breath the recorder hears what became of the sweep: the only arrow that points back.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction
from django.db.models import F

from engine import EpochMetrics, StepMetrics, Trainer
from webapp.runs.history.columns import EPOCHS, finite, pack
from webapp.runs.models import Attempt, Chunk, Run
from webapp.runs.models.history import INSERT, WRITTEN
from webapp.runs.training.recorder import resident_memory
from webapp.sweeps.models import Cohort, Mark, Sweep, Trial
from webapp.sweeps.writing import update_each

FLUSH_SECONDS = 1.0
REST = 40  # times as long as a flush took, until the next one ...
LONGEST = 10.0  # ... but never more seconds than this: who stops a sweep waits for it

Array = npt.NDArray[Any]


class Start(NamedTuple):
    """Where an attempt begins: steps and epochs done, and seconds trained."""

    step: int = 0
    epoch: int = 0
    seconds: float = 0.0


class Track:
    """What is noted of one member and not written yet, and how it stands."""

    def __init__(self, trial: Trial, start: Start) -> None:
        self.trial, self.sequence, self.merged = trial, 0, 0
        self.first_step, self.epoch = start.step + 1, start.epoch
        self.score = trial.score
        self.best_dev_error: float | None = trial.run.best_dev_error
        self.train_error: float | None = None
        self.dev_error: float | None = None

    @property
    def run(self) -> Run:
        return self.trial.run


class Stretch(NamedTuple):
    """Steps and epochs during which the members were the same: costs (T, K), rates (K, T), epochs."""

    members: tuple[int, ...]
    first_step: int
    costs: list[Array]
    times: list[float]
    rates: list[Array]
    epochs: list[EpochMetrics]


class Recorder:
    """Takes the events of a cohort; `flush` raises LeaseLostError when this worker holds it no more."""

    def __init__(self, cohort: Cohort, trainer: Trainer, trials: dict[int, Trial], start: Start) -> None:
        self.cohort, self.trainer = cohort, trainer
        self.objective = cohort.sweep.planned.objective
        self.tracks = {member: Track(trial, start) for member, trial in trials.items()}
        self.clock = perf_counter() - start.seconds
        self.due = perf_counter() + FLUSH_SECONDS
        self.step, self.epochs_trained = start.step, 0
        self.marked = (perf_counter(), start.step)
        self.stretches: list[Stretch] = []
        self._begin_stretch()

    @property
    def seconds(self) -> float:
        """Seconds trained, in all attempts."""
        return perf_counter() - self.clock

    def take(self, event: StepMetrics | EpochMetrics) -> None:
        """Note one event."""
        now = self.stretches[-1]
        if type(event) is StepMetrics:
            now.costs.append(event.cost)
            now.times.append(perf_counter() - self.clock)
            self.step = event.step
        else:
            self._settle_rates()
            now.epochs.append(event)
            self._note(event)

    def members_changed(self) -> None:
        """Members were dropped: what comes has fewer columns."""
        self._settle_rates()
        self._begin_stretch()

    def _begin_stretch(self) -> None:
        self.scale = self.trainer.descent.plateaus.scale.copy()
        self.stretches.append(Stretch(tuple(self.trainer.members), self.step + 1, [], [], [], []))

    def _settle_rates(self) -> None:
        """Note the learning rates of the steps so far. Plateaus may have cut them since."""
        now = self.stretches[-1]
        first = now.first_step + sum(rates.shape[1] for rates in now.rates)
        scale = self.trainer.descent.plateaus.scale
        if first <= self.step:
            steps = np.arange(first, self.step + 1.0)
            now.rates.append(self.trainer.descent.learning_rates(steps) * (self.scale / scale)[:, None])
        self.scale = scale.copy()

    def _note(self, event: EpochMetrics) -> None:
        self.epochs_trained += len(self.trainer.members)
        scores = getattr(event, self.objective)
        for place, member in enumerate(self.trainer.members):
            track = self.tracks[member]
            track.epoch = event.epoch
            track.score = finite(scores.item(place))
            track.train_error, track.dev_error = (
                finite(values.item(place)) for values in (event.train_error, event.dev_error)
            )
            known = [error for error in (track.best_dev_error, track.dev_error) if error is not None]
            track.best_dev_error = min(known, default=None)

    @property
    def is_due(self) -> bool:
        """Whether it is time to flush."""
        return perf_counter() >= self.due

    # --- writing

    def flush(self) -> Sweep:
        """Write what was noted; the sweep as it is now."""
        begun = perf_counter()
        self._settle_rates()
        with transaction.atomic():
            self.cohort.hold()
            sweep = self._write()
        self.due = perf_counter() + max(FLUSH_SECONDS, min(LONGEST, REST * (perf_counter() - begun)))
        return sweep

    def _write(self) -> Sweep:
        pulse = self._pulse()
        chunks = [chunk for member in self.tracks if (chunk := self._chunk(member, pulse))]
        changed = [self.tracks[member] for member, _ in chunks]
        Sweep.objects.filter(pk=self.cohort.sweep_id).update(
            revision=F("revision") + 1, trained_epochs=F("trained_epochs") + self.epochs_trained
        )
        sweep = Sweep.objects.get(pk=self.cohort.sweep_id)
        with connection.cursor() as cursor:
            cursor.executemany(INSERT, [_row(chunk) for _, chunk in chunks])
        update_each(
            Run,
            ("step", "epoch", "train_error", "dev_error", "best_dev_error", "steps_per_second"),
            [
                (
                    t.first_step - 1,
                    t.epoch,
                    t.train_error,
                    t.dev_error,
                    t.best_dev_error,
                    self.speed,
                    t.run.pk,
                )
                for t in changed
            ],
        )
        update_each(
            Trial,
            ("score", "epoch", "revision"),
            [(t.score, t.epoch, sweep.revision, t.trial.pk) for t in changed],
        )
        self.epochs_trained = 0
        self.stretches.clear()
        self._begin_stretch()
        return sweep

    def _pulse(self) -> dict[str, list[Any]]:
        (then, before), now = self.marked, perf_counter()
        self.speed = (self.step - before) / (now - then) if now > then else None
        self.marked = (now, self.step)
        return {
            "step": [self.step],
            "seconds": [self.seconds],
            "memory_mb": [resident_memory() / 2**20],
            "steps_per_second": [np.nan if self.speed is None else self.speed],
        }

    def _chunk(self, member: int, pulse: dict[str, list[Any]]) -> tuple[int, Chunk] | None:
        """What is new of a member, as the next chunk of its run; None when there is nothing."""
        track = self.tracks[member]
        steps, epochs = self._columns(member)
        n = len(steps["seconds"])
        if not n and not epochs["epoch"]:
            return None
        track.sequence += 1
        chunk = Chunk(
            run_id=track.run.pk,
            attempt=self.cohort.attempt,
            sequence=track.sequence,
            first_step=track.first_step,
            n_steps=n,
            columns=pack(steps, epochs, pulse),
        )
        track.first_step += n
        return member, chunk

    def _columns(self, member: int) -> tuple[dict[str, Array], dict[str, list[Any]]]:
        costs, rates, times = [np.empty(0)], [np.empty(0)], [np.empty(0)]
        epochs: dict[str, list[Any]] = {name: [] for name in EPOCHS}
        for stretch in self.stretches:
            if member not in stretch.members:
                continue
            place = stretch.members.index(member)
            if stretch.costs:
                costs.append(np.array(stretch.costs)[:, place])
                times.append(np.array(stretch.times))
                rates += [each[place] for each in stretch.rates]
            for name, values in epochs.items():
                values += [_of(getattr(event, name), place) for event in stretch.epochs]
        columns = {"cost": costs, "seconds": times, "learning_rate": rates}
        return {name: np.concatenate(parts) for name, parts in columns.items()}, epochs

    def mark(self, epoch: int) -> None:
        """Keep the scores of an epoch at which pruning looks, for it to compare others with."""
        Mark.objects.bulk_create(
            (
                Mark(sweep_id=self.cohort.sweep_id, trial=track.trial, epoch=epoch, score=track.score)
                for track in (self.tracks[member] for member in self.trainer.members)
                if track.score is not None and not track.trial.repeats_id
            ),
            ignore_conflicts=True,
        )

    def first_bad_step(self) -> dict[int, int]:
        """The members whose last cost is no number, and the step at which it stopped being one."""
        now = self.stretches[-1]
        if not now.costs or np.isfinite(now.costs[-1]).all():
            return {}
        bad = ~np.isfinite(np.array(now.costs))
        return {
            member: now.first_step + int(bad[:, place].argmax())
            for place, member in enumerate(now.members)
            if bad[-1, place]
        }


def _row(chunk: Chunk) -> list[Any]:
    return [getattr(chunk, field.attname) for field in WRITTEN]


def _of(value: Any, place: int) -> Any:
    """The value of one member; a count, which all of them share, as it is."""
    return value.item(place) if isinstance(value, np.ndarray) else value


def begin_attempts(cohort: Cohort, trials: dict[int, Trial], trainer: Trainer, start: Start) -> None:
    """Write down where the attempt of this worker begins, for every run of it. Raises LeaseLostError."""
    runs = [trial.run for trial in trials.values()]
    with transaction.atomic():
        cohort.hold()
        Attempt.objects.bulk_create(
            Attempt(
                run=run,
                number=cohort.attempt,
                origin=origin_of(run, start),
                step=start.step,
                epoch=start.epoch,
                seconds=start.seconds,
            )
            for run in runs
        )
        for run in runs:
            run.attempt = cohort.attempt
        Run.objects.filter(pk__in=[run.pk for run in runs]).update(
            state=Run.State.RUNNING,
            attempt=cohort.attempt,
            n_steps=trainer.n_steps,
            n_train=trainer.data.n_train,
            step=start.step,
            epoch=start.epoch,
            started=cohort.created,
            revision=F("revision") + 1,
        )


def origin_of(run: Run, start: Start) -> int | None:
    """The attempt that a new one goes on from; None when it begins anew."""
    return run.attempt if start.step and run.attempt else None
