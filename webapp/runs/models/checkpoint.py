"""Checkpoints: all of a run's state at one moment, in a file, to go on from or to branch from."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.db.models.signals import post_delete
from django.dispatch import receiver

from webapp.runs.models.run import Run

#: Runs whose checkpoints lie in one folder. A trial leaves one file; making folders for it took longer.
NEIGHBOURS = 100


class Checkpoint(models.Model):
    """A file that `engine.checkpoint` wrote, and where the run stood then."""

    class Kind(models.TextChoices):
        PERIODIC = "periodic", "on schedule"
        BEST = "best", "best dev error"
        ASKED = "asked", "asked for"
        CHANGE = "change", "before a change"
        PAUSE = "pause", "at a pause"
        END = "end", "at the end"
        BRANCH = "branch", "from its parent"

    run = models.ForeignKey(Run, models.CASCADE, related_name="checkpoints")
    attempt = models.PositiveIntegerField()
    step = models.PositiveBigIntegerField()
    epoch = models.PositiveIntegerField(help_text="Epochs done.")
    seconds = models.FloatField(help_text="Seconds trained.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    commands = models.PositiveIntegerField(default=0, help_text="Number of the last command it has in it.")
    dev_error = models.FloatField(null=True)
    best_dev_error = models.FloatField(null=True, help_text="Of the run up to here.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    created = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-step", "-pk"]
        indexes = [models.Index(fields=["run", "step"])]

    def __str__(self) -> str:
        return f"step {self.step:,}, {self.get_kind_display()}"

    @property
    def path(self) -> Path:
        """Its file. The name tells the run and the moment: what is written twice is the same."""
        made = f"-{self.commands}" if self.commands else ""
        moment = f"{self.attempt:04}-{self.step:010}-{self.epoch:06}{made}"
        return folder_of(self.run_id) / f"{self.run_id}-{moment}-{self.kind}.safetensors"


@receiver(post_delete, sender=Checkpoint)
def delete_file(instance: Checkpoint, **_: Any) -> None:
    """The file goes with its row, however that is deleted."""
    path = instance.path
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


@receiver(post_delete, sender=Run)
def delete_files(instance: Run, **_: Any) -> None:
    """With a run go all its files, also what its worker wrote last."""
    run = instance.pk

    def delete() -> None:
        with suppress(OSError):  # the run is gone whatever the disk says
            for path in files_of(run):
                path.unlink(missing_ok=True)

    transaction.on_commit(delete)


def sweep(run: Run) -> None:
    """Delete files that have no row: a worker died while it wrote them. Only for the worker that holds it."""
    known = {kept.path for kept in run.checkpoints.all()}
    for path in files_of(run.pk):
        if path not in known:
            path.unlink(missing_ok=True)


def files_of(run: int) -> Iterator[Path]:
    """The files of a run, whether they have rows or not."""
    return folder_of(run).glob(f"{run}-*")


def folder_of(run: int) -> Path:
    """Where the checkpoints of a run lie, with those of the runs made around it."""
    return Path(settings.MEDIA_ROOT) / "checkpoints" / str(run // NEIGHBOURS)
