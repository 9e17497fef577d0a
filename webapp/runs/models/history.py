"""The history of a run: chunks of columns, the blocks they are merged into, and which of them are shown.

Every claim, recovery and rewind is another attempt. It goes on from a checkpoint of an earlier one, and what
that one had recorded beyond is superseded: kept, and shown to who asks for it. The line is the newest attempt
with its forebears.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection, models
from django.db.models.functions import Now

from webapp.runs.models.checkpoint import Checkpoint
from webapp.runs.models.run import Run


class Attempt(models.Model):
    """One worker's way through a run, and where it began. Attempt 0 is what a branch has from its parent."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    origin = models.PositiveIntegerField(
        null=True, help_text="The attempt that it goes on from; empty: none."
    )
    checkpoint = models.ForeignKey(Checkpoint, models.SET_NULL, null=True, related_name="+")
    step = models.PositiveBigIntegerField(default=0, help_text="Steps done when it began.")
    epoch = models.PositiveIntegerField(default=0, help_text="Epochs done when it began.")
    command = models.PositiveIntegerField(
        default=0, help_text="Number of the last command carried out by then."
    )
    seconds = models.FloatField(default=0.0, help_text="Seconds trained when it began.")
    began = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_attempt_a_number")]

    def __str__(self) -> str:
        return f"run {self.run_id}, attempt {self.number} from step {self.step}"


class Point(NamedTuple):
    """A moment of a run: steps and epochs done, and the number of the last command carried out."""

    step: int
    epoch: int
    command: int


END = Point(2**62, 2**31, 2**31)  # beyond all that can be


class Stretch(NamedTuple):
    """What counts of one attempt: all after `first`, up to and with `last`."""

    attempt: int
    first: Point
    last: Point = END

    def reaches(self, moment: Point) -> bool:
        """Whether the moment is part of it."""
        return all(
            early <= here <= late for early, here, late in zip(*(self.first, moment, self.last), strict=True)
        )


def line(attempts: Iterable[Attempt], until: Checkpoint | None = None) -> list[Stretch]:
    """What counts of each attempt, in order, up to a checkpoint or to the newest attempt's present end."""
    known = {attempt.number: attempt for attempt in attempts}
    number = max(known, default=None) if until is None else until.attempt
    last = END if until is None else Point(until.step, until.epoch, until.commands)
    stretches: list[Stretch] = []
    while number in known:
        attempt = known[number]
        first = Point(attempt.step, attempt.epoch, attempt.command)
        if first != last:
            stretches.append(Stretch(attempt.number, first, last))
        number, last = attempt.origin, first
    return stretches[::-1]


class Chunk(models.Model):
    """About 100 ms of one run's history, as columns; never changed, and merged into a block later."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="chunks")
    attempt = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    first_step = models.PositiveBigIntegerField()
    n_steps = models.PositiveIntegerField()
    columns = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "attempt", "sequence"], name="one_chunk_a_sequence"),
        ]

    def __str__(self) -> str:
        return f"run {self.run_id}, attempt {self.attempt}, chunk {self.sequence}"

    def write(self) -> None:
        """Append this chunk to the history."""
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [getattr(self, field.attname) for field in WRITTEN])


WRITTEN = [field for field in Chunk._meta.concrete_fields if not field.primary_key]
INSERT = "INSERT INTO {} ({}) VALUES ({})".format(
    Chunk._meta.db_table, ", ".join(field.column for field in WRITTEN), ", ".join("%s" for _ in WRITTEN)
)


class Block(models.Model):
    """One series of many steps of an attempt, or one of its tables; see history/blocks.py.

    All rows of the same steps have the same sequence: that of the last chunk that was merged into them. The
    numbers of any attempt's chunks go on where those of its blocks end.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="blocks")
    attempt = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    first_step = models.PositiveBigIntegerField()
    n_steps = models.PositiveIntegerField()
    name = models.CharField(max_length=50, help_text="Of a series of steps, or overview, epochs, pulse.")
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "attempt", "sequence", "name"], name="one_block_a_sequence_and_name"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.run_id}, attempt {self.attempt}, {self.name} up to chunk {self.sequence}"
