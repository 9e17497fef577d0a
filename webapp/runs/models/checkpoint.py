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

from engine import checkpoint
from engine.container import size_of, write
from webapp.runs.models.run import Run

#: Runs whose checkpoints lie in one folder: making folders takes longer than making files.
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
    shared = models.CharField(
        max_length=60, blank=True, default="", help_text="The file it shares with other runs; else its own."
    )
    place = models.PositiveSmallIntegerField(default=0, help_text="Of its network in a shared file.")
    created = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-step", "-pk"]
        indexes = [
            models.Index(fields=["run", "step"]),
            models.Index(fields=["shared"], condition=~models.Q(shared=""), name="checkpoints_shared"),
        ]

    def __str__(self) -> str:
        return f"step {self.step:,}, {self.get_kind_display()}"

    @property
    def path(self) -> Path:
        """Its own file. The name tells the run and the moment: what is written twice is the same."""
        made = f"-{self.commands}" if self.commands else ""
        moment = f"{self.attempt:04}-{self.step:010}-{self.epoch:06}{made}"
        return folder_of(self.run_id) / f"{self.run_id}-{moment}-{self.kind}.safetensors"

    def file(self) -> Path:
        """Its own file to read, taken out of the one it shares when somebody asks for the first time. Raises
        OSError or ValueError when that cannot be read."""
        if self.shared:
            self._take_out()
        return self.path

    def _take_out(self) -> None:
        mine = Checkpoint.objects.filter(pk=self.pk)
        try:
            content = checkpoint.member(shared_path(self.shared).read_bytes(), self.place)
        except FileNotFoundError:
            taken = mine.filter(shared="").first()  # another one may just have done the same
            if taken is None:
                raise
            self.shared, self.size = "", taken.size
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write(content, self.path)
        shared, self.shared, self.size = self.shared, "", size_of(content)
        if not mine.update(shared="", size=self.size):
            self.path.unlink(missing_ok=True)
            raise FileNotFoundError(f"The checkpoint at {self} was deleted meanwhile.")
        release(shared)


@receiver(post_delete, sender=Checkpoint)
def delete_file(instance: Checkpoint, **_: Any) -> None:
    """The file goes with its row, or with the last one that shares it, however that is deleted."""
    path = instance.path
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
    if instance.shared:
        release(instance.shared)


def release(shared: str) -> None:
    """Delete a file that runs have shared once none of them needs it any more."""

    def delete() -> None:
        if not Checkpoint.objects.filter(shared=shared).exists():
            shared_path(shared).unlink(missing_ok=True)

    transaction.on_commit(delete)


def release_all(prefix: str) -> None:
    """Delete the files named so that no run shares: a worker died while it wrote them."""
    for path in shared_path("").glob(f"{prefix}*"):
        release(path.name)


def shared_path(shared: str) -> Path:
    """Where a file lies that runs share."""
    return Path(settings.MEDIA_ROOT) / "checkpoints" / "shared" / shared


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
