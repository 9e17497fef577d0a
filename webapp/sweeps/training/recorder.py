"""From the events of a cohort to the histories of its runs: a chunk for each about every second, and one in
all where training takes less than two.

Everything goes out in one transaction with the lease: what a worker that lost it wrote is rolled back. In the
same breath the recorder hears what became of the sweep: the only arrow that points back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import F

from engine import EpochMetrics, StepMetrics, Trainer
from webapp.runs.history.columns import finite, pack_each
from webapp.runs.models import Attempt, Chunk, Run
from webapp.runs.training.recorder import resident_memory
from webapp.sweeps.models import Cohort, Mark, Sweep, Trial
from webapp.sweeps.training.stretch import Stretch, joined
from webapp.sweeps.writing import insert_each, update_each

FLUSH_SECONDS = 1.0
REST = 40  # times as long as a flush took, until the next one ...
LONGEST = 10.0  # ... but hardly more seconds than this: who stops a sweep waits for it


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


class Recorder:
    """Takes the events of a cohort; `flush` raises LeaseLostError when this worker holds it no more."""

    def __init__(self, cohort: Cohort, trainer: Trainer, trials: dict[int, Trial], start: Start) -> None:
        self.cohort, self.trainer = cohort, trainer
        self.objective = cohort.sweep.planned.objective
        self.tracks = {member: Track(trial, start) for member, trial in trials.items()}
        self.clock = perf_counter() - start.seconds
        self.due = perf_counter() + FLUSH_SECONDS
        self.step = start.step
        self.marked = (perf_counter(), start.step)
        self.is_put_off = False
        self.stretches: list[Stretch] = []
        self._begin_stretch()

    @property
    def seconds(self) -> float:
        """Seconds trained, in all attempts."""
        return perf_counter() - self.clock

    def take(self, event: StepMetrics | EpochMetrics) -> bool:
        """Note one event; whether it is time to flush."""
        stretch, now = self.stretches[-1], perf_counter()
        if type(event) is StepMetrics:
            stretch.costs.append(event.cost)
            stretch.times.append(now - self.clock)
            self.step = event.step
        else:
            if not np.array_equal(self.scale, self.trainer.descent.plateaus.scale):
                self._settle_rates()
            stretch.epochs.append(event)
        return now >= self.due and not self._is_left_to_the_end(now)

    def _is_left_to_the_end(self, now: float) -> bool:
        """Put a flush off, once, when all will end before the next one would be due: what short trainings
        tell is then written a single time. Who stops the sweep in that second hears that they have ended."""
        (then, before), left = self.marked, self.trainer.n_steps - self.step
        if self.is_put_off or left * (now - then) >= (self.step - before) * FLUSH_SECONDS:
            return False
        self.is_put_off, self.due = True, now + FLUSH_SECONDS
        return True

    def members_changed(self) -> None:
        """Members were dropped: what comes has fewer columns."""
        self._settle_rates()
        self._begin_stretch()

    def _begin_stretch(self) -> None:
        self.scale = self.trainer.descent.plateaus.scale.copy()
        self.stretches.append(Stretch(self.trainer.members, self.step + 1))

    def _settle_rates(self) -> None:
        """Note the learning rates of the steps so far. Plateaus may have cut them since."""
        now = self.stretches[-1]
        first = now.first_step + sum(rates.shape[1] for rates in now.rates)
        scale = self.trainer.descent.plateaus.scale
        if first <= self.step:
            steps = np.arange(first, self.step + 1.0)
            now.rates.append(self.trainer.descent.learning_rates(steps) * (self.scale / scale)[:, None])
        self.scale = scale.copy()

    def _note(self, stretch: Stretch) -> None:
        """How the members stand after the last epoch of a stretch."""
        if not stretch.epochs:
            return
        last, best = stretch.epochs[-1], stretch.best_dev_errors()
        scores = getattr(last, self.objective)
        for place, member in enumerate(stretch.members):
            if track := self.tracks.get(member):
                track.epoch, track.score = last.epoch, finite(scores.item(place))
                track.train_error = finite(last.train_error.item(place))
                track.dev_error = finite(last.dev_error.item(place))
                known = (track.best_dev_error, finite(best.item(place)))
                track.best_dev_error = min((error for error in known if error is not None), default=None)

    # --- writing

    def settle(self) -> None:
        """Bring the tracks up to what was noted."""
        self._settle_rates()
        for stretch in self.stretches:
            self._note(stretch)

    def flush(self) -> Sweep:
        """Write what was noted; the sweep as it is now."""
        self.settle()
        with self.written() as sweep:
            return sweep

    @contextmanager
    def written(self) -> Iterator[Sweep]:
        """A transaction that renews the lease and writes what was noted and settled, for what else belongs
        there; the sweep as it is now. Raises LeaseLostError."""
        begun = perf_counter()
        with transaction.atomic():
            self.cohort.hold()
            yield self._write()
        self.due = perf_counter() + max(FLUSH_SECONDS, min(LONGEST, REST * (perf_counter() - begun)))
        self.is_put_off = False

    def _write(self) -> Sweep:
        chunks = self._chunks()
        changed = self.tracks.values() if chunks else ()
        trained = sum(len(stretch.members) * len(stretch.epochs) for stretch in self.stretches)
        self.cohort.sweep.touch(trained)
        sweep = Sweep.objects.get(pk=self.cohort.sweep_id)
        insert_each(chunks)
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

    def _chunks(self) -> list[Chunk]:
        """What is new, as the next chunk of each run; none when there is nothing."""
        pulse, members = self._pulse(), list(self.tracks)
        steps = joined([(stretch, stretch.steps()) for stretch in self.stretches], members)
        epochs = joined([(stretch, stretch.epochs_ended()) for stretch in self.stretches], members)
        n = steps["seconds"].shape[1]
        if not n and not epochs["epoch"].size:
            return []
        return [
            self._chunk(track, n, columns)
            for track, columns in zip(self.tracks.values(), pack_each(steps, epochs, pulse), strict=True)
        ]

    def _chunk(self, track: Track, n: int, columns: bytes) -> Chunk:
        track.sequence += 1
        track.first_step += n
        return Chunk(
            run_id=track.run.pk,
            attempt=self.cohort.attempt,
            sequence=track.sequence,
            first_step=track.first_step - n,
            n_steps=n,
            columns=columns,
        )

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

    def first_bad_steps(self) -> dict[int, int]:
        """The members whose last cost is no number, and the step at which it stopped being one."""
        return self.stretches[-1].first_bad_steps()


def begin_attempts(cohort: Cohort, trials: dict[int, Trial], trainer: Trainer, start: Start) -> None:
    """Write down where the attempt of this worker begins, for every run of it. Raises LeaseLostError."""
    runs = [trial.run for trial in trials.values()]
    with transaction.atomic():
        cohort.hold()
        insert_each(
            [
                Attempt(
                    run=run,
                    number=cohort.attempt,
                    origin=origin_of(run, start),
                    step=start.step,
                    epoch=start.epoch,
                    seconds=start.seconds,
                )
                for run in runs
            ]
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
