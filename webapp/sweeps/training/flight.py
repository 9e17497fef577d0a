"""One worker's way through a cohort: from its checkpoint or the start to where all its trials have ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np
from django.conf import settings
from django.db import transaction

from engine import Diverged, EpochMetrics, Spec, StepMetrics, Trainer, checkpoint
from engine.estimate import MAX_EVALUATED
from engine.schedules import ReduceOnPlateau
from webapp.runs.models import Run
from webapp.sweeps.models import Cohort, Mark, Sweep
from webapp.sweeps.training.desk import Desk
from webapp.sweeps.training.landing import Lander, Landing, State
from webapp.sweeps.training.merging import merge_piles
from webapp.sweeps.training.recorder import Recorder, Start, begin_attempts

logger = logging.getLogger(__name__)

KEEP_SECONDS = 15.0  # between two checkpoints: what a killed worker loses at most
REST = 50  # times as long as a checkpoint takes, until the next one


class LetGoError(Exception):
    """The cohort is for another worker, or for later."""


class Flight:
    """Trains the cohort that this worker holds."""

    def __init__(self, cohort: Cohort, leaving: Callable[[], bool], desk: Desk | None = None) -> None:
        self.cohort, self.leaving, self.desk = cohort, leaving, desk or Desk()
        self.sweep = cohort.sweep
        self.plan = self.sweep.planned
        self.trials = dict(enumerate(cohort.crew))
        self.trainer, self.start = self._origin()
        ended = {member for member, trial in self.trials.items() if trial.state != State.TRAINING}
        self._leave_out(ended)
        flying = {member: self.trials[member] for member in self.trainer.members if member not in ended}
        self.recorder = Recorder(cohort, self.trainer, flying, self.start)
        self.lander = Lander(cohort, self.trainer, self.recorder, self.desk)
        self.pruning = set(self.plan.pruning.epochs(self.trainer.spec.epochs))
        self.keep_due = perf_counter() + KEEP_SECONDS
        begin_attempts(cohort, flying, self.trainer, self.start)

    def _origin(self) -> tuple[Trainer, Start]:
        """The cohort's checkpoint, if it can be read; else new networks."""
        training = {member: trial for member, trial in self.trials.items() if trial.state == State.TRAINING}
        specs = [trial.run.configuration for trial in training.values()]
        data = self.desk.data(self.sweep.version, specs[0])
        limit, evaluated = settings.HONE_RUN_MEMORY_BYTES, max_evaluated(specs, len(data.x_dev))
        if self.cohort.step:
            try:
                found = checkpoint.load(self.cohort.path, data, memory_limit=limit, max_evaluated=evaluated)
                return found, Start(self.cohort.step, self.cohort.epoch, self.cohort.seconds)
            except (OSError, ValueError) as error:
                logger.warning("The checkpoint of %s cannot be used: %s", self.cohort, error)
        trainer = Trainer(specs, data, memory_limit=limit, max_evaluated=evaluated)
        trainer.members = list(training)  # the runs of others may have been deleted since they ended
        return trainer, Start()

    def fly(self) -> None:
        """Train until every trial has ended. Raises LetGoError when it is to go on another time."""
        for event in self.trainer:
            match event:
                case StepMetrics():
                    if not self.recorder.take(event):
                        continue
                    self._look()
                case EpochMetrics():
                    self._epoch_ended(event.epoch, is_due=self.recorder.take(event))
                case Diverged():
                    self._look()
            if not self.flying:
                break
        if self.flying:
            raise AssertionError(f"{self.cohort} is over, and {len(self.flying)} trials have not ended")
        self.cohort.end()
        self.cohort.forget()

    @property
    def flying(self) -> list[int]:
        """The members that have not ended."""
        return list(self.recorder.tracks)

    # --- between two events

    def _look(self, ended: Sequence[Landing] = ()) -> None:
        """Write what was noted, end who has ended, and see what became of the sweep meanwhile: in this order,
        for nobody who goes on from the checkpoint of a pause would hear again that they had."""
        ended = [*self._diverged(), *ended]
        sweep = self.recorder.flush()
        self._land(ended)
        if self.flying:
            self._obey(sweep)
        if self.flying and perf_counter() >= self.keep_due:
            self._keep()
        merge_piles(self.cohort, self.recorder.tracks.values())

    def _epoch_ended(self, epoch: int, *, is_due: bool) -> None:
        if epoch >= self.trainer.spec.epochs:
            self.recorder.settle()
            self._land([*self._diverged(), *self._finished(last=True)])
        elif epoch in self.pruning:
            ended = self._diverged()
            self.recorder.flush()
            self._land([*ended, *self._finished(last=False), *self._given_up(epoch)])
        elif (stopped := self._finished(last=False)) or is_due:
            self._look(stopped)

    def _obey(self, sweep: Sweep) -> None:
        """Stop with the sweep, and let go when it is paused or this worker has to leave."""
        if sweep.has_ended:
            self._stop_all("The sweep was stopped.")
        elif sweep.is_over_time(plan := sweep.planned):  # it may have been given more by now
            self._stop_all(f"The sweep's {plan.minutes:g} minutes were over.")
        elif not sweep.is_running or self.leaving():
            self._let_go()

    def _let_go(self) -> None:
        self._keep()
        with transaction.atomic():
            runs = [self.recorder.tracks[member].run.pk for member in self.flying]
            self.cohort.let_go()
            Run.objects.filter(pk__in=runs).update(state=Run.State.PAUSED)
        raise LetGoError

    def _stop_all(self, reason: str) -> None:
        self._land([Landing(member, State.STOPPED, reason) for member in self.flying])

    def _keep(self) -> None:
        """Write the cohort's checkpoint; a full disk is said, and the training goes on."""
        begun = perf_counter()
        self.recorder.flush()  # whoever goes on from it finds every step before
        before, path = self.cohort.path, self.cohort.path_at(self.trainer.step)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            checkpoint.save(self.trainer, path)
            self.cohort.keep(self.trainer.step, self.trainer.completed_epochs, self.recorder.seconds)
            if before != path:
                before.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("No checkpoint of %s could be written: %s", self.cohort, error)
        self.keep_due = perf_counter() + max(KEEP_SECONDS, REST * (perf_counter() - begun))

    # --- who ends, and how

    def _diverged(self) -> list[Landing]:
        return [
            Landing(member, State.DIVERGED, diverged(step, self.trainer.specs[place].learning_rate))
            for member, step in self.recorder.first_bad_steps().items()
            for place in [self.trainer.members.index(member)]
        ]

    def _finished(self, last: bool) -> list[Landing]:
        watch, landings = self.trainer.watch, []
        if not last and not watch.stopped.any():
            return []
        for place, member in enumerate(self.trainer.members):
            if watch.stopped[place]:
                best = int(watch.best_epoch[place])
                reason = f"Stopped early: nothing got better since epoch {best:,}."
                landings.append(Landing(member, State.FINISHED, reason))
            elif last:
                landings.append(Landing(member, State.FINISHED))
        return landings

    def _given_up(self, epoch: int) -> list[Landing]:
        """Those that pruning gives up after this epoch, compared with all trials that came as far."""
        self.recorder.mark(epoch)
        tracks = self.recorder.tracks
        members = [
            member
            for member in self.trainer.members
            if tracks[member].score is not None and not tracks[member].trial.repeats_id
        ]  # of finalists every seed counts, the unlucky ones, too
        if not members:
            return []
        mine = [tracks[member].trial.pk for member in members]
        others = Mark.objects.filter(sweep=self.sweep, epoch=epoch).exclude(trial__in=mine)
        scores = np.array([tracks[member].score for member in members], float)
        gone = self.plan.pruning.gives_up(scores, np.array(others.values_list("score", flat=True), float))
        reason = f"Given up after epoch {epoch:,}: others were better by then."
        return [Landing(member, State.PRUNED, reason) for member, up in zip(members, gone, strict=True) if up]

    def _land(self, landings: Sequence[Landing]) -> None:
        """End these members, of each as was said first, and train on with the others."""
        first: dict[int, Landing] = {}
        for each in landings:
            if each.member in self.recorder.tracks:
                first.setdefault(each.member, each)
        landings = list(first.values())
        if not landings:
            return
        self.lander.land(landings)
        for each in landings:
            del self.recorder.tracks[each.member]
        self._leave_out({each.member for each in landings})
        if self.flying:
            self.recorder.members_changed()

    def _leave_out(self, members: set[int]) -> None:
        """Drop members from the trainer, unless none is left: then the loop is."""
        here = members.intersection(self.trainer.members)
        if here and len(here) < len(self.trainer.members):
            self.trainer.drop(*here)


def max_evaluated(specs: Sequence[Spec], n_dev: int) -> int:
    """On how many training examples an epoch is judged: on as many as dev has, which makes both errors
    equally sure, unless the training itself goes by them."""
    goes_by_them = any(
        isinstance(spec.schedule, ReduceOnPlateau) and spec.schedule.metric == "train_cost" for spec in specs
    )
    return MAX_EVALUATED if goes_by_them else min(n_dev, MAX_EVALUATED)


def diverged(step: int, learning_rate: float) -> str:
    """What happened and what to do about it."""
    return (
        f"The cost stopped being a number at step {step:,}: the steps were too large. "
        f"Its learning rate was {learning_rate:.3g}."
    )
