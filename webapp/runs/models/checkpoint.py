"""Checkpoints: all of a run's state at one moment, in a file, to go on from or to branch from."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.db.models.signals import post_delete
from django.dispatch import receiver

from webapp.runs.models.run import Run


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
    sha256 = models.CharField(max_length=64)
    created = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-step", "-pk"]
        indexes = [models.Index(fields=["run", "step"])]

    def __str__(self) -> str:
        return f"step {self.step:,}, {self.get_kind_display()}"

    @property
    def path(self) -> Path:
        """Its file. The name tells the moment: what is written twice is the same."""
        made = f"-{self.commands}" if self.commands else ""
        name = f"{self.attempt:04}-{self.step:010}-{self.epoch:06}{made}-{self.kind}.safetensors"
        return folder_of(self.run_id) / name


@receiver(post_delete, sender=Checkpoint)
def delete_file(instance: Checkpoint, **_: Any) -> None:
    """The file goes with its row, however that is deleted."""
    path = instance.path
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


@receiver(post_delete, sender=Run)
def delete_folder(instance: Run, **_: Any) -> None:
    """With a run goes whatever lies in its folder, also what its worker wrote last."""
    folder = folder_of(instance.pk).parent
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def sweep(run: Run) -> None:
    """Delete files that have no row: a worker died while it wrote them. Only for the worker that holds it."""
    known = {kept.path for kept in run.checkpoints.all()}
    for path in folder_of(run.pk).glob("*"):
        if path not in known:
            path.unlink(missing_ok=True)


def folder_of(run: int) -> Path:
    """Where the checkpoints of a run lie."""
    return Path(settings.MEDIA_ROOT) / "runs" / str(run) / "checkpoints"
