"""Which checkpoints of a run are written, and which are kept.

A checkpoint is written as a whole or not at all, and its row follows its file: a row without its file means
that the file was lost later, which whoever takes it up notices. It also follows the history up to it: whoever
goes on from it finds every step before.
"""

import logging
from time import perf_counter

from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field

from engine import EpochMetrics, Trainer, checkpoint
from engine.container import Content, size_of, write
from webapp.runs.history.columns import finite
from webapp.runs.models import Checkpoint, Command, Run, log
from webapp.runs.models.checkpoint import folder_of
from webapp.runs.training.recorder import Recorder

logger = logging.getLogger(__name__)

PAUSE = 2.0  # seconds between two files of best networks, at least
DISK_PAUSE = 60.0  # seconds until the next try when the disk did not take one
REST = 200  # times as long as a checkpoint takes, until the next one that nobody asked for
MOST_ASKED = 50  # that one run keeps because somebody asked for them: the newest
Kind = Checkpoint.Kind


class Keeping(BaseModel):
    """How often checkpoints are written, and how many of them stay."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    minutes: float = Field(
        1.0,
        ge=0,
        le=1440,
        title="Every … minutes",
        description="A run that loses its worker goes on from its last checkpoint. 0: not by the clock.",
    )
    epochs: int = Field(
        0,
        ge=0,
        le=100_000,
        title="Every … epochs",
        description="For places to go back to at even distances. 0: not by epochs.",
    )
    last: int = Field(
        5,
        ge=1,
        le=200,
        title="Keep the last",
        description="So many of those written on schedule, at pauses and at the end. The best one stays, and "
        f"of those asked for the newest {MOST_ASKED}.",
    )
    changes: int = Field(
        10,
        ge=1,
        le=200,
        title="Keep before changes",
        description="So many of those written before a change, to take the change back.",
    )


class Keeper:
    """Writes the checkpoints of the run that this worker holds."""

    def __init__(self, run: Run, trainer: Trainer, recorder: Recorder) -> None:
        self.run, self.trainer, self.recorder = run, trainer, recorder
        self.commands = 0  # number of the last command that is in the network
        self.policy = Keeping.model_validate(run.keeping)
        self.best: tuple[Checkpoint, checkpoint.State] | None = None  # not written yet
        self.best_error = recorder.best_dev_error
        self.best_due = self.due = 0.0
        self._wait(0.0)

    def epoch_ended(self, event: EpochMetrics) -> None:
        """Hold on to the best network, and keep one every so many epochs."""
        error = finite(event.dev_error.item(0))
        if error is not None and (self.best_error is None or error < self.best_error):
            self.best_error = error
            self.best = self._moment(Kind.BEST, error), checkpoint.capture(self.trainer)
        if self.policy.epochs and event.epoch % self.policy.epochs == 0:
            self.try_to_keep(Kind.PERIODIC)

    def look(self) -> None:
        """Write what is due by the clock."""
        now = perf_counter()
        if now >= self.due:
            self.try_to_keep(Kind.PERIODIC)
        elif self.best is not None and now >= self.best_due:
            self.write_best()

    def keep(self, kind: Kind) -> Checkpoint:
        """Write a checkpoint of this moment. Raises OSError when the disk does not take it."""
        self.write_best()
        start = perf_counter()
        kept = self._write(self._moment(kind, self.recorder.dev_error), checkpoint.content_of(self.trainer))
        self._wait(perf_counter() - start)
        return kept

    def try_to_keep(self, kind: Kind) -> None:
        """Write one that the training can do without: a full disk is said in the log, and it goes on."""
        try:
            self.keep(kind)
        except OSError as error:
            self._complain(error)
            self._wait(0.0)

    def write_best(self) -> None:
        """Write the best network so far, if it is not written; later, when the disk does not take it now."""
        if self.best is None:
            return
        (moment, state), start = self.best, perf_counter()
        try:
            self._write(moment, state.content())
            self.best, end = None, perf_counter()
            self.best_due = end + max(PAUSE, REST * (end - start))
        except OSError as error:
            self._complain(error)
            self.best_due = perf_counter() + DISK_PAUSE

    def _complain(self, error: OSError) -> None:
        logger.warning("Run %s: no checkpoint could be written: %s", self.run.pk, error)
        log(self.run, f"No checkpoint could be written, and the training goes on: {error}")

    def _moment(self, kind: Kind, dev_error: float | None) -> Checkpoint:
        trainer = self.trainer
        return Checkpoint(
            run=self.run,
            attempt=self.run.attempt,
            step=trainer.step,
            epoch=trainer.completed_epochs,
            seconds=self.recorder.seconds,
            kind=kind,
            commands=self.commands,
            dev_error=dev_error,
            best_dev_error=self.best_error,
        )

    def _write(self, moment: Checkpoint, content: Content) -> Checkpoint:
        if self.recorder.is_behind:
            self.recorder.flush()
        folder_of(self.run.pk).mkdir(parents=True, exist_ok=True)
        write(content, moment.path)
        moment.size = size_of(content)
        same = {
            name: getattr(moment, name) for name in ("run", "attempt", "step", "epoch", "commands", "kind")
        }
        facts = ("seconds", "dev_error", "best_dev_error", "size")
        with transaction.atomic():
            self.run.note(deaths=0)  # it has got further; first, so that a worker that lost it leaves no row
            kept, _ = Checkpoint.objects.update_or_create(
                **same, defaults={name: getattr(moment, name) for name in facts}
            )
        self._thin_out()
        return kept

    def _thin_out(self) -> None:
        """Delete what is beyond the number that shall stay of each kind, but nothing to go back to now."""
        wanted = self.run.commands.pending().filter(kind=Command.Kind.REWIND)
        spared = {command.values["checkpoint"] for command in wanted}
        mine = self.run.checkpoints.order_by("-pk")
        ordinary = (Kind.PERIODIC, Kind.PAUSE, Kind.END)
        for kinds, number in (
            (ordinary, self.policy.last),
            ((Kind.CHANGE,), self.policy.changes),
            ((Kind.ASKED,), MOST_ASKED),
            ((Kind.BEST,), 1),
        ):
            for old in mine.filter(kind__in=kinds)[number:]:
                if old.pk not in spared:
                    old.delete()

    def _wait(self, took: float) -> None:
        minutes = self.policy.minutes or float("inf")
        self.due = perf_counter() + max(60 * minutes, REST * took)
