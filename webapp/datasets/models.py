"""A dataset: a file that came in, what was found in it, and the arrays that training reads.

Its state changes only through the methods here.
"""

import shutil
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.dispatch import receiver
from django.urls import reverse

LEASE = timedelta(minutes=1)
MAX_ATTEMPTS = 3
ANNOUNCE_AGAIN = timedelta(seconds=30)


class LeaseLostError(Exception):
    """Another worker has taken this dataset over, or it was deleted: its reader must let go."""


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def visible_to(self, user: AbstractBaseUser) -> Self:
        """The user's own datasets and the built-in ones, which have no owner."""
        return self.filter(Q(owner=user) | Q(owner=None))

    def claim(self, pk: int) -> "Dataset | None":
        """Take a dataset that waits for its reader, atomically; None when there is nothing to do."""
        waiting = self.filter(pk=pk, state=Dataset.State.PARSING, attempt__lt=MAX_ATTEMPTS)
        claimed = waiting.filter(Q(lease_until=None) | Q(lease_until__lt=Now())).update(
            attempt=F("attempt") + 1, lease_until=Now() + LEASE, percent=0
        )
        return self.get(pk=pk) if claimed else None

    def stale(self) -> Self:
        """Datasets that wait although nobody reads them: their message was lost, or their worker died."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lt=Now()),
            state=Dataset.State.PARSING,
            attempt__lt=MAX_ATTEMPTS,
            announced__lt=Now() - ANNOUNCE_AGAIN,
        )

    def reannounced(self) -> None:
        """Remember that their message has just been sent again."""
        self.update(announced=Now())

    def given_up(self) -> Self:
        """Datasets whose every attempt ended with the death of its worker."""
        return self.filter(state=Dataset.State.PARSING, attempt__gte=MAX_ATTEMPTS, lease_until__lt=Now())

    def bytes_of(self, user: AbstractBaseUser) -> int:
        """What the user's files take of the quota."""
        return self.filter(owner=user).aggregate(total=models.Sum("size"))["total"] or 0


class Dataset(models.Model):
    class State(models.TextChoices):
        PARSING = "parsing"
        READY = "ready"
        FAILED = "failed"

    class Task(models.TextChoices):
        BINARY = "binary"
        MULTICLASS = "multiclass"
        REGRESSION = "regression"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True)
    name = models.CharField(max_length=200)
    builtin = models.CharField(max_length=40, null=True, blank=True, unique=True, editable=False)
    file_name = models.CharField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the uploaded file.")
    created = models.DateTimeField(auto_now_add=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.PARSING)
    problem = models.JSONField(default=dict, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)

    # The reader that knows `attempt` holds the lease: it fences off every earlier one.
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    announced = models.DateTimeField(db_default=Now())

    target = models.CharField(max_length=200, blank=True)
    task = models.CharField(max_length=10, choices=Task.choices, blank=True)
    classes = models.JSONField(default=list, blank=True)
    columns = models.JSONField(default=list, blank=True)
    notes = models.JSONField(default=list, blank=True)
    n_rows = models.PositiveBigIntegerField(default=0)
    n_features = models.PositiveIntegerField(default=0)
    n_outputs = models.PositiveIntegerField(default=0)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-created"]),
            models.Index(fields=["announced"], condition=Q(state="parsing"), name="datasets_waiting"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("datasets:detail", args=[self.pk])

    @property
    def folder(self) -> Path:
        """Where this dataset's files live: source, table.arrow, features.npy, labels.npy."""
        return Path(settings.HONE_HOME) / "datasets" / str(self.pk)

    @property
    def source(self) -> Path:
        """The uploaded file as it came."""
        return self.folder / "source"

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def is_parsing(self) -> bool:
        return self.state == self.State.PARSING

    def hold(self, percent: int) -> None:
        """Say how far the reader is and renew its lease. Raises LeaseLostError."""
        self._write(percent=percent, lease_until=Now() + LEASE)

    def renew(self) -> None:
        """Renew the reader's lease. Raises LeaseLostError."""
        self._write(lease_until=Now() + LEASE)

    def finish(self, **facts: Any) -> None:
        """The arrays are in place: `facts` are the fields that describe them."""
        self._write(state=self.State.READY, problem={}, percent=100, lease_until=None, **facts)
        self.refresh_from_db()

    def fail(self, problem: dict[str, Any]) -> None:
        """The data cannot be used, and why; nothing of them is kept."""
        self._write(state=self.State.FAILED, problem=problem, size=0, lease_until=None)
        self.refresh_from_db()
        shutil.rmtree(self.folder, ignore_errors=True)

    def retarget(self, target: str) -> bool:
        """Predict another column: the arrays are made again. False unless the dataset was ready."""
        ready = Dataset.objects.filter(pk=self.pk, state=self.State.READY)
        changed = ready.update(
            target=target, state=self.State.PARSING, percent=0, attempt=0, lease_until=None, announced=Now()
        )
        self.refresh_from_db()
        return bool(changed)

    def retry(self) -> bool:
        """Read a built-in dataset again after it failed; an uploaded file is gone by then."""
        failed = Dataset.objects.filter(pk=self.pk, state=self.State.FAILED).exclude(builtin=None)
        changed = failed.update(
            state=self.State.PARSING, problem={}, percent=0, attempt=0, lease_until=None, announced=Now()
        )
        return bool(changed)

    def _write(self, **changes: Any) -> None:
        mine = Dataset.objects.filter(pk=self.pk, attempt=self.attempt, state=self.State.PARSING)
        if not mine.update(**changes):
            raise LeaseLostError(f"dataset {self.pk}, attempt {self.attempt}")


class Upload(models.Model):
    """A file on its way in. Its offset is the size of the file on disk, so that the two cannot differ."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    touched = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.file_name

    @property
    def path(self) -> Path:
        return Path(settings.HONE_HOME) / "uploads" / str(self.pk)

    @property
    def offset(self) -> int:
        """Bytes received so far."""
        return self.path.stat().st_size if self.path.exists() else 0


@receiver(models.signals.post_delete, sender=Dataset)
def remove_folder(instance: Dataset, **_: Any) -> None:
    """However a dataset is deleted, its files go with it."""
    folder = instance.folder  # by the time of the commit the instance has lost its key
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


@receiver(models.signals.post_delete, sender=Upload)
def remove_file(instance: Upload, **_: Any) -> None:
    """However an upload ends, its file goes with it."""
    path = instance.path
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
