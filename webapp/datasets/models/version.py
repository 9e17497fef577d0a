"""A version of a dataset: one recipe, and what came of it. Its state changes only through the methods here.

A version that is ready never changes again; another recipe makes another version.
"""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.dispatch import receiver

from webapp.datasets.recipe import Recipe, Task

LEASE = timedelta(minutes=1)
MAX_ATTEMPTS = 3
ANNOUNCE_AGAIN = timedelta(seconds=30)


class LeaseLostError(Exception):
    """Another worker has taken this over, or it was ended or deleted from outside: its writer must let go."""


class VersionQuerySet(models.QuerySet["Version"]):
    def claim(self, pk: int) -> "Version | None":
        """Take a version that waits for its reader, atomically; None when there is nothing to do."""
        waiting = self.filter(pk=pk, state=Version.State.PARSING, attempt__lt=MAX_ATTEMPTS)
        claimed = waiting.filter(Q(lease_until=None) | Q(lease_until__lt=Now())).update(
            attempt=F("attempt") + 1, lease_until=Now() + LEASE, percent=0
        )
        return self.select_related("dataset").get(pk=pk) if claimed else None

    def stale(self) -> Self:
        """Versions that wait although nobody reads them: their message was lost, or their worker died."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lt=Now()),
            state=Version.State.PARSING,
            attempt__lt=MAX_ATTEMPTS,
            announced__lt=Now() - ANNOUNCE_AGAIN,
        )

    def reannounced(self) -> None:
        """Remember that their message has just been sent again."""
        self.update(announced=Now())

    def given_up(self) -> Self:
        """Versions whose every attempt ended with the death of its worker."""
        return self.filter(state=Version.State.PARSING, attempt__gte=MAX_ATTEMPTS, lease_until__lt=Now())


class Version(models.Model):
    class State(models.TextChoices):
        PARSING = "parsing"
        READY = "ready"
        FAILED = "failed"

    Task = Task

    dataset = models.ForeignKey("Dataset", models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    recipe = models.JSONField(default=dict)

    state = models.CharField(max_length=10, choices=State.choices, default=State.PARSING)
    problem = models.JSONField(default=dict, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)

    # The reader that knows `attempt` holds the lease: it fences off every earlier one.
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    announced = models.DateTimeField(db_default=Now())

    task = models.CharField(max_length=10, blank=True)
    targets = models.JSONField(default=list, blank=True)
    classes = models.JSONField(default=list, blank=True)
    columns = models.JSONField(default=list, blank=True)
    notes = models.JSONField(default=list, blank=True)
    image_shape = models.JSONField(null=True, blank=True, help_text="[height, width, channels] of images.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of its arrays.")
    n_rows = models.PositiveBigIntegerField(default=0)
    n_features = models.PositiveIntegerField(default=0)
    n_outputs = models.PositiveIntegerField(default=0)
    n_train = models.PositiveBigIntegerField(default=0)
    n_dev = models.PositiveBigIntegerField(default=0)
    n_test = models.PositiveBigIntegerField(default=0)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="one_version_a_number")]
        indexes = [
            models.Index(fields=["announced"], condition=Q(state="parsing"), name="versions_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset}, version {self.number}"

    @property
    def name(self) -> str:
        """What a person calls the data of a run: the dataset's name."""
        return self.dataset.name

    @property
    def folder(self) -> Path:
        """Where its arrays live: features.npy, labels.npy, rows.npy and what describes them."""
        return self.dataset.folder / "versions" / str(self.number)

    @property
    def table(self) -> Path:
        """Where the reading lies that this version is made of: table.arrow and perhaps images.npy."""
        return self.dataset.folder / "tables" / self.choices.reading.digest

    @property
    def choices(self) -> Recipe:
        """The recipe, as code uses it."""
        return Recipe.model_validate(self.recipe)

    @property
    def target(self) -> str:
        """The column to predict, or the columns, in words."""
        return ", ".join(self.targets)

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def is_parsing(self) -> bool:
        return self.state == self.State.PARSING

    @property
    def is_current(self) -> bool:
        return self.dataset.current_id == self.pk

    def successor(self, author: Any, recipe: Recipe) -> "Version":
        """Another version of the same dataset, which waits for its reader."""
        with transaction.atomic():
            # One at a time, or two could take the same number
            locked = type(self.dataset).objects.select_for_update().get(pk=self.dataset_id)
            last = locked.versions.aggregate(last=models.Max("number"))["last"] or 0
            return locked.versions.create(
                number=last + 1, author=author, recipe=recipe.model_dump(mode="json", exclude_defaults=True)
            )

    def hold(self, percent: int) -> None:
        """Say how far the reader is and renew its lease. Raises LeaseLostError."""
        self._write(percent=percent, lease_until=Now() + LEASE)

    def renew(self) -> None:
        """Renew the reader's lease. Raises LeaseLostError."""
        self._write(lease_until=Now() + LEASE)

    def finish(self, **facts: Any) -> None:
        """The arrays are in place and `facts` describe them: this is the version in use from now on, unless
        a later one was quicker."""
        facts["size"] = (
            sum(file.stat().st_size for file in self.folder.iterdir()) if self.folder.exists() else 0
        )
        with transaction.atomic():
            self._write(state=self.State.READY, problem={}, percent=100, lease_until=None, **facts)
            older = Q(current=None) | Q(current__number__lt=self.number)
            type(self.dataset).objects.filter(older, pk=self.dataset_id).update(current=self)
        self.refresh_from_db()

    def fail(self, problem: dict[str, Any]) -> None:
        """Nothing can be made of it, and why. Of a dataset that has no other version nothing is kept."""
        self._write(state=self.State.FAILED, problem=problem, lease_until=None)
        self.refresh_from_db()
        self.discard()

    def discard(self) -> None:
        """Remove the files of a version that failed."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if not self.dataset.versions.exclude(pk=self.pk).exists():
            shutil.rmtree(self.dataset.folder, ignore_errors=True)
            type(self.dataset).objects.filter(pk=self.dataset_id).update(size=0)

    def cancel(self) -> bool:
        """Stop the reader at its next sign of life; False when it has ended already."""
        cancelled = Version.objects.filter(pk=self.pk, state=self.State.PARSING)
        problem = {"message": "Reading was cancelled.", "advice": "Upload the file again, or start again."}
        return bool(cancelled.update(state=self.State.FAILED, problem=problem, lease_until=None))

    def retry(self) -> bool:
        """Read again what failed, where the file is still there or built in."""
        failed = Version.objects.filter(pk=self.pk, state=self.State.FAILED)
        changed = failed.update(
            state=self.State.PARSING, problem={}, percent=0, attempt=0, lease_until=None, announced=Now()
        )
        return bool(changed)

    def _write(self, **changes: Any) -> None:
        mine = Version.objects.filter(pk=self.pk, attempt=self.attempt, state=self.State.PARSING)
        if not mine.update(**changes):
            raise LeaseLostError(f"version {self.pk}, attempt {self.attempt}")


@receiver(models.signals.post_delete, sender=Version)
def remove_folder(instance: Version, **_: Any) -> None:
    """However a version is deleted, its arrays go with it."""
    folder = instance.folder
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
