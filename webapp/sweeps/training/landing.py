"""How trials end: each is left as a run like any other, with its checkpoint, its verdict and its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
from django.db import transaction
from django.db.models.functions import Now

from engine import Trainer, checkpoint
from webapp.datasets.preparation import TestPart, prepare_test
from webapp.runs.models import Checkpoint, Run
from webapp.runs.models.checkpoint import folder_of
from webapp.sweeps.models import Cohort, Trial
from webapp.sweeps.training.recorder import Recorder

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

    def __init__(self, cohort: Cohort, trainer: Trainer, recorder: Recorder) -> None:
        self.cohort, self.trainer, self.recorder = cohort, trainer, recorder
        self._test: TestPart | None = None

    def land(self, landings: Sequence[Landing]) -> None:
        """End these members. Their history has been flushed. Raises LeaseLostError."""
        kept = {each.member: self._write(each) for each in landings if each.state in KEPT}
        finished = [each.member for each in landings if each.state == State.FINISHED]
        self._take_best(finished)
        test_errors = self._judge() if finished else None
        with transaction.atomic():
            self.cohort.hold()
            Checkpoint.objects.bulk_create(kept.values())
            runs, trials, revision = [], [], self.cohort.sweep.touch()
            for each in landings:
                track = self.recorder.tracks[each.member]
                run, trial = self._run(each, test_errors), track.trial
                trial.score = track.score
                trial.state, trial.reason, trial.ended = each.state, each.reason, Now()
                trial.revision = revision
                runs.append(run)
                trials.append(trial)
            Run.objects.bulk_update(runs, ["state", "reason", "ended", "weights", "test_error", "revision"])
            Trial.objects.bulk_update(trials, ["state", "reason", "ended", "revision", "score"])

    def _write(self, landing: Landing) -> Checkpoint:
        """The member's checkpoint, from which its run can go on; fast rather than safe from a power cut."""
        track, trainer = self.recorder.tracks[landing.member], self.trainer
        content = checkpoint.capture_member(trainer, landing.member).to_bytes()
        kept = Checkpoint(
            run=track.run,
            attempt=self.cohort.attempt,
            step=trainer.step,
            epoch=trainer.completed_epochs,
            seconds=self.recorder.seconds,
            kind=Checkpoint.Kind.END,
            dev_error=track.dev_error,
            best_dev_error=track.best_dev_error,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        folder_of(track.run.pk).mkdir(parents=True, exist_ok=True)
        kept.path.write_bytes(content)
        return kept

    def _take_best(self, members: Sequence[int]) -> None:
        """Give those that end with their best weights these, and the score that goes with them."""
        watch, trainer = self.trainer.watch, self.trainer
        if not members or not watch.theta.shape[1]:
            return
        watch.restore(trainer.network)
        for member in members:
            if watch.restores:
                track = self.recorder.tracks[member]
                best = watch.best.item(trainer.members.index(member))
                if watch.rule.metric == self.recorder.objective and isfinite(best):
                    track.score = best

    def _judge(self) -> np.ndarray | None:
        """The test errors (K,) of all members, told to nobody before an opening is noted."""
        version = self.cohort.sweep.version
        if not version.n_test:
            return None
        if self._test is None:
            self._test = prepare_test(version, self.trainer.spec)
        return self.trainer.network.evaluate(*self._test)[1]

    def _run(self, landing: Landing, test_errors: np.ndarray | None) -> Run:
        run, place = self.recorder.tracks[landing.member].run, self.trainer.members.index(landing.member)
        run.state, run.reason, run.ended = RUN_STATES[landing.state], landing.reason, Now()
        run.revision += 2
        if landing.state in KEPT:
            run.weights = self.trainer.network.member_fingerprint(place)
        if landing.state == State.FINISHED and test_errors is not None:
            error = test_errors.item(place)
            run.test_error = error if isfinite(error) else None
        return run


def fail(cohort: Cohort, reason: str) -> None:
    """End all trials of a cohort that cannot be trained, and the cohort. Raises LeaseLostError."""
    with transaction.atomic():
        close(list(cohort.trials.open()), State.FAILED, reason, cohort.sweep.touch())
        cohort.end()


def close(trials: Sequence[Trial], state: State, reason: str, revision: int) -> None:
    """End trials that no worker trains, with their runs, where they have any."""
    keys = [trial.pk for trial in trials]
    Trial.objects.filter(pk__in=keys).update(state=state, reason=reason, ended=Now(), revision=revision)
    runs = Run.objects.filter(trial__in=keys)
    runs.update(state=RUN_STATES[state], reason=reason, ended=Now())
