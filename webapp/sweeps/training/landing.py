"""How trials end: each is left as a run like any other, with its checkpoint, its verdict and its reason."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from math import isfinite
from typing import NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.timezone import now

from engine import Trainer, checkpoint
from engine.container import size_of
from webapp.runs.history.columns import finite
from webapp.runs.models import Checkpoint, Run
from webapp.runs.models.checkpoint import shared_path
from webapp.sweeps.models import Cohort, Trial
from webapp.sweeps.training.desk import Desk
from webapp.sweeps.training.merging import merge_ended
from webapp.sweeps.training.recorder import Recorder
from webapp.sweeps.writing import insert_each, update_each

logger = logging.getLogger(__name__)

State = Trial.State

#: What a trial's run becomes.
RUN_STATES = {
    State.FINISHED: Run.State.FINISHED,
    State.PRUNED: Run.State.STOPPED,
    State.STOPPED: Run.State.STOPPED,
    State.DIVERGED: Run.State.DIVERGED,
    State.FAILED: Run.State.FAILED,
}
#: Whose network is worth a checkpoint: a run can go on from it.
KEPT = (State.FINISHED, State.PRUNED, State.STOPPED)


class Landing(NamedTuple):
    """How one member ends."""

    member: int
    state: State
    reason: str = ""


class Lander:
    """Ends members of a cohort: `land` writes down how, and leaves the trainer to the caller."""

    def __init__(self, cohort: Cohort, trainer: Trainer, recorder: Recorder, desk: Desk) -> None:
        self.cohort, self.trainer, self.recorder, self.desk = cohort, trainer, recorder, desk

    def land(self, landings: Sequence[Landing]) -> None:
        """End these members, and write what was noted and settled. Raises LeaseLostError."""
        kept: list[Checkpoint] = []
        try:
            with self._without_loss():
                kept = self._write([each for each in landings if each.state in KEPT])
                test_errors = self._verdict(landings)
            self._write_down(landings, kept, test_errors)
        except BaseException:
            for each in kept[:1]:  # another worker ends them: this would be a file without a row
                shared_path(each.shared).unlink(missing_ok=True)
            raise
        merge_ended(self.cohort, [self.recorder.tracks[each.member] for each in landings])

    @contextmanager
    def _without_loss(self) -> Iterator[None]:
        """Where this fails, so do the trials: with all that they had told by then."""
        try:
            yield
        except Exception:
            self.recorder.flush()
            raise

    def _verdict(self, landings: Sequence[Landing]) -> np.ndarray | None:
        """The test errors (K,) of all members, with the weights with which these end."""
        finished = [each.member for each in landings if each.state == State.FINISHED]
        self._take_best(finished)
        return self._judge() if finished else None

    def _write_down(
        self, landings: Sequence[Landing], kept: Sequence[Checkpoint], test_errors: np.ndarray | None
    ) -> None:
        """All that the database has to know of it, at once."""
        with self.recorder.written() as sweep:
            insert_each(kept)
            self._end(landings, test_errors, sweep.revision)

    def _end(self, landings: Sequence[Landing], test_errors: np.ndarray | None, revision: int) -> None:
        moment = now()
        tracks = [self.recorder.tracks[each.member] for each in landings]
        update_each(
            Trial,
            ("state", "reason", "ended", "score", "revision"),
            [
                (each.state, each.reason, moment, self._score(each), revision, track.trial.pk)
                for each, track in zip(landings, tracks, strict=True)
            ],
        )
        update_each(
            Run,
            ("state", "reason", "ended", "weights", "test_error", "revision"),
            [
                (
                    RUN_STATES[each.state],
                    each.reason,
                    moment,
                    self._weights(each),
                    self._test_error(each, test_errors),
                    track.run.revision + 2,
                    track.run.pk,
                )
                for each, track in zip(landings, tracks, strict=True)
            ],
        )

    def _write(self, landings: Sequence[Landing]) -> list[Checkpoint]:
        """A checkpoint of all these members in one file, from which each run can go on; fast rather than safe
        from a power cut. None when the disk does not take it: the results count without it."""
        if not landings:
            return []
        members = [landing.member for landing in landings]
        content = checkpoint.content_of(self.trainer, members)
        shared = f"{self.cohort.pk}-{self.cohort.attempt:04}-{self.trainer.step:010}-{members[0]}.safetensors"
        path = shared_path(shared)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.writelines(content)
        except OSError as error:
            with suppress(OSError):
                path.unlink()
            logger.warning("No checkpoint of trials of %s could be written: %s", self.cohort, error)
            return []
        return [
            self._checkpoint(member, shared, place, size_of(content) // len(members))
            for place, member in enumerate(members)
        ]

    def _checkpoint(self, member: int, shared: str, place: int, size: int) -> Checkpoint:
        track = self.recorder.tracks[member]
        return Checkpoint(
            run=track.run,
            attempt=self.cohort.attempt,
            step=self.trainer.step,
            epoch=self.trainer.completed_epochs,
            seconds=self.recorder.seconds,
            kind=Checkpoint.Kind.END,
            dev_error=track.dev_error,
            best_dev_error=track.best_dev_error,
            size=size,
            shared=shared,
            place=place,
        )

    def _take_best(self, members: Sequence[int]) -> None:
        """Give those that end with their best weights these, and the score that goes with them. The others
        train on with their own."""
        watch, trainer = self.trainer.watch, self.trainer
        if not members or not watch.theta.shape[1]:
            return
        places = {member: trainer.members.index(member) for member in members}
        watch.restore(trainer.network, places.values())
        if not watch.restores:
            return
        scores = self._scores()
        for member, place in places.items():
            if watch.best_epoch[place]:
                self.recorder.tracks[member].score = finite(scores.item(place))

    def _scores(self) -> np.ndarray:
        """The objective (K,) with the weights that were taken: early stopping may have looked at another
        metric."""
        watch, data = self.trainer.watch, self.trainer.data
        if watch.rule.metric == self.recorder.objective:
            return watch.best
        cost, error = self.trainer.network.evaluate(data.x_dev, data.y_dev, data.target_scale)
        return cost if self.recorder.objective == "dev_cost" else error

    def _judge(self) -> np.ndarray | None:
        """The test errors (K,) of all members, told to nobody before an opening is noted."""
        version = self.cohort.sweep.version
        if not version.n_test:
            return None
        return self.trainer.network.evaluate(*self.desk.test(version, self.trainer.spec))[1]

    def _weights(self, landing: Landing) -> str:
        if landing.state not in KEPT:
            return ""
        return self.trainer.network.member_fingerprint(self.trainer.members.index(landing.member))

    def _score(self, landing: Landing) -> float | None:
        """Its last one; none of who diverged, whose last epoch may have had one, of any size."""
        return None if landing.state == State.DIVERGED else self.recorder.tracks[landing.member].score

    def _test_error(self, landing: Landing, test_errors: np.ndarray | None) -> float | None:
        if landing.state != State.FINISHED or test_errors is None:
            return None
        error = test_errors.item(self.trainer.members.index(landing.member))
        return error if isfinite(error) else None


def fail(cohort: Cohort, reason: str) -> None:
    """End all trials of a cohort that cannot be trained, and the cohort. Raises LeaseLostError."""
    with transaction.atomic():
        close(list(cohort.trials.open()), State.FAILED, reason, cohort.sweep.touch())
        cohort.end()
    cohort.forget()


def close(trials: Sequence[Trial], state: State, reason: str, revision: int) -> None:
    """End trials that no worker trains, with their runs, where they have any."""
    keys = [trial.pk for trial in trials]
    Trial.objects.filter(pk__in=keys).update(state=state, reason=reason, ended=Now(), revision=revision)
    runs = Run.objects.filter(trial__in=keys)
    runs.update(state=RUN_STATES[state], reason=reason, ended=Now(), revision=F("revision") + 1)
