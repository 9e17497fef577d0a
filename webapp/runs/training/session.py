"""One attempt at a run: from a checkpoint or from the start to where it ends or is told to end."""

import copy
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from engine import Diverged, EpochMetrics, Finished, Resumed, Spec, Started, StepMetrics, Trainer, checkpoint
from engine.events import EarlyStopped, Event, LayerStatistics
from webapp.datasets.preparation import Data, prepare, prepare_test
from webapp.runs.live.bell import Bell
from webapp.runs.models import Attempt, Checkpoint, Command, Point, Run, Stretch, line, log
from webapp.runs.models.checkpoint import sweep
from webapp.runs.training.endings import Ending, State, diverged, early_stop
from webapp.runs.training.keeper import Keeper
from webapp.runs.training.observer import Observer
from webapp.runs.training.orders import Orders
from webapp.runs.training.recorder import START, Recorder, Start

logger = logging.getLogger(__name__)


class WorkerLeavingError(Exception):
    """The worker ends in good order: the run is for another one."""


class Session:
    """Trains the run that this worker holds, feeds its recorder, and hears its orders."""

    def __init__(self, run: Run, bell: Bell, leaving: Callable[[], bool]) -> None:
        self.run, self.leaving = run, leaving
        data = prepare(run.version, run.configuration)
        sweep(run)
        self.note = ""  # what the reason has to tell besides
        self.origin, self.trainer = self._origin(data)
        self.start = START if self.origin is None else start_of(self.origin)
        self.recorder = Recorder(run, bell, self.start, self.trainer.descent)
        self.keeper = Keeper(run, self.trainer, self.recorder)
        self.orders = Orders(run, self.trainer, self.keeper)
        self.observer = Observer(run, self.trainer)
        if self.origin is not None:
            self.keeper.commands = self.origin.commands
        self.missing = self._missing()

    # --- from where

    def _origin(self, data: Data) -> tuple[Checkpoint | None, Trainer]:
        """The newest checkpoint to go on from that can be read; without one, a new network."""
        for found in candidates(self.run):
            try:
                return found, checkpoint.load(found.file(), data, memory_limit=settings.HONE_RUN_MEMORY_BYTES)
            except (OSError, ValueError) as error:
                logger.warning("Checkpoint %s of run %s cannot be used: %s", found, self.run.pk, error)
                log(self.run, f"The checkpoint “{found}” cannot be used: {error}")
                self.note = f"The checkpoint at step {found.step:,} is damaged; the one before it was used. "
        if self.run.branched_step is not None:
            raise ValueError(
                "The checkpoint it branched from is damaged or missing: branch again from another one."
            )
        if self.note:
            self.note = "No checkpoint could be read: it was trained from the start. "
        return None, Trainer(
            Spec.model_validate(self._first_spec()), data, memory_limit=settings.HONE_RUN_MEMORY_BYTES
        )

    def _first_spec(self) -> dict[str, Any]:
        """The spec before all commands: they are carried out again, each at its step."""
        spec = self.run.spec
        for command in reversed(changes_of(self.run)):
            spec = undone(spec, command)
        return spec

    def _missing(self) -> list[Command]:
        """Changes that the origin does not have yet: made beyond it, before the last worker died, or between
        it and a checkpoint that somebody went back to and that could not be read."""
        made = changes_of(self.run, self.run.resume_from)
        return [command for command in made if command.number > self.keeper.commands]

    # --- on the way

    def fly(self) -> Ending:
        """Train, until it ends or somebody wants it to."""
        for event in self._events():
            if self.recorder.take(event) or type(event) is not StepMetrics:
                ending = self._between(event)
                if ending is not None:
                    return self._leave(ending)
        raise AssertionError("a training ends with an event that says so")

    def _events(self) -> Iterator[Event]:
        """The trainer's events; changes that have to be made again are made at their steps."""
        for event in self.trainer:
            yield event
            while self.missing and self._has_come_to(self.missing[0]):
                self.recorder.settle_rates()
                self.orders.again(self.missing.pop(0))
            if not self.missing:
                break
        yield from self.trainer

    def _has_come_to(self, command: Command) -> bool:
        """Whether the training is where the command took effect: the last step of an epoch comes before its
        evaluation, and a change may have come after it."""
        step, epoch = command.step or 0, command.epoch or 0
        return step <= self.trainer.step + 1 and epoch <= self.trainer.completed_epochs

    def _between(self, event: Event) -> Ending | None:
        """What there is to do between this event and the next."""
        match event:
            case Started():
                return self._begin()
            case Resumed():
                if not event.exact:
                    log(self.run, f"It does not go on bit by bit as it would have: {event.difference}")
                return self._begin()
            case LayerStatistics():
                self.observer.take(event)
            case EpochMetrics():
                self.observer.epoch_ended()
                self.keeper.epoch_ended(event)
                if ending := self.orders.epoch_ended():
                    return ending
                if event.epoch >= self.trainer.spec.epochs:
                    self._keep_the_end()
                    return self._flush()  # who wants to go on can say so until now
            case EarlyStopped():
                self._keep_the_end()
                self.note += early_stop(event)
            case Diverged():
                return diverged(event.step, self.trainer.learning_rates.item(0))
            case Finished():
                return Ending(State.FINISHED)
        return self._flush() if self.recorder.is_due else None

    def _begin(self) -> Ending | None:
        with transaction.atomic():
            self._write_down()
        return self._flush()  # the slow first one, and the page hears that the run has begun

    def _write_down(self) -> None:
        """What begins here, and which changes are this attempt's: were it to die too, they would be lost."""
        run, trainer, start = self.run, self.trainer, self.start
        log(run, f"Goes on after step {start.step:,}." if self.origin else "Begins with a new network.")
        Attempt.objects.create(
            run=run,
            number=run.attempt,
            origin=self.origin and self.origin.attempt,
            checkpoint=self.origin,
            step=start.step,
            epoch=start.epoch,
            command=self.keeper.commands,
            seconds=self.recorder.seconds,
            began=now(),
        )
        run.commands.filter(pk__in=[command.pk for command in self.missing]).update(attempt=run.attempt)
        run.begin(
            spec=trainer.spec.model_dump(mode="json"),
            n_steps=trainer.n_steps,
            n_train=trainer.data.n_train,
            step=start.step,
            epoch=start.epoch,
            best_dev_error=start.best_dev_error,
            reason="",
        )

    def _flush(self) -> Ending | None:
        self.recorder.flush()
        if self.recorder.has_news and not self.missing:
            self.recorder.has_news = False
            if ending := self.orders.obey():
                return ending
        if self.leaving():
            self.keeper.try_to_keep(Checkpoint.Kind.PAUSE)
            raise WorkerLeavingError
        self.keeper.look()
        self.observer.look()
        return None

    # --- and how it ends

    def _keep_the_end(self) -> None:
        """Before the best weights are put back: from here it can go on."""
        self.keeper.try_to_keep(Checkpoint.Kind.END)

    def _leave(self, ending: Ending) -> Ending:
        self.recorder.close()
        if ending.state in (State.STOPPED, State.PAUSED):
            kind = Checkpoint.Kind.PAUSE if ending.state == State.PAUSED else Checkpoint.Kind.END
            self.keeper.try_to_keep(kind)
        self.keeper.write_best()
        if ending.state in (State.STOPPED, State.FINISHED):
            self._judge()
        self.observer.look_last()
        return ending._replace(reason=(self.note + ending.reason).strip())

    def _judge(self) -> None:
        """Judge the network by the test part, which nothing before has looked at, and tell nobody."""
        run, network = self.run, self.trainer.network
        run.note(weights=network.fingerprint())
        if run.version.n_test:
            _, error = network.evaluate(*prepare_test(run.version, self.trainer.spec))
            run.seal(error.item(0))


def start_of(origin: Checkpoint) -> Start:
    """Where the run stood at a checkpoint."""
    return Start(origin.step, origin.epoch, origin.seconds, origin.best_dev_error, origin.dev_error)


def candidates(run: Run) -> list[Checkpoint]:
    """The checkpoints that a run may go on from, best first: the chosen one, then those before it."""
    chosen = run.resume_from
    earlier = [found for found in on_the_line(run, chosen) if chosen is None or found.step < chosen.step]
    return earlier if chosen is None else [chosen, *earlier]


def on_the_line(run: Run, until: Checkpoint | None = None) -> list[Checkpoint]:
    """The checkpoints of the run's line, newest first."""
    newest_first = run.checkpoints.order_by("-step", "-epoch", "-commands", "-pk")
    return of_stretches(newest_first, line(run.attempts.all(), until))


def of_stretches(kept: Iterable[Checkpoint], stretches: Iterable[Stretch]) -> list[Checkpoint]:
    """Those of the checkpoints that the stretches reach."""
    by_attempt = {stretch.attempt: stretch for stretch in stretches}
    return [
        found
        for found in kept
        if (stretch := by_attempt.get(found.attempt))
        and stretch.reaches(Point(found.step, found.epoch, found.commands))
    ]


def changes_of(run: Run, until: Checkpoint | None = None) -> list[Command]:
    """The changes that were made to the network as it is now, or as it was at a checkpoint, in order.

    Whoever went back to a checkpoint took back the changes that it does not hold.
    """
    kinds = (Command.Kind.CHANGE, Command.Kind.EXTEND, Command.Kind.REWIND)
    made: list[Command] = []
    made_by = {0: made}  # by the number of the last command
    for command in run.commands.applied().filter(kind__in=kinds):
        if command.kind == Command.Kind.REWIND:
            made = made_by[command.values["commands"]]
        else:
            made = [*made, command]
        made_by[command.number] = made
    return made if until is None else made_by[until.commands]


def undone(spec: dict[str, Any], command: Command) -> dict[str, Any]:
    """The spec as it was before a change."""
    content = copy.deepcopy(spec)
    for path, value in reversed(command.before.items()):  # a part of what was replaced goes first
        *parents, last = path.split(".")
        inner: Any = content
        for part in parents:
            inner = inner[int(part)] if isinstance(inner, list) else inner[part]
        inner[int(last) if isinstance(inner, list) else last] = value
    return content
