"""A cohort: trials that train together, and the worker that holds them. Its state changes only here."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.functional import cached_property

from webapp.datasets.models import LeaseLostError
from webapp.runs.models import LEASE
from webapp.runs.models.checkpoint import release_all

from .sweep import Sweep

if TYPE_CHECKING:
    from .trial import Trial


class CohortQuerySet(models.QuerySet["Cohort"]):
    def held(self) -> CohortQuerySet:
        """Those that a worker holds."""
        return self.filter(state=Cohort.State.TRAINING)

    def claim(self, pk: int) -> Cohort | None:
        """Take a waiting cohort, atomically; None when somebody else was first."""
        waiting = self.filter(pk=pk, state=Cohort.State.WAITING)
        claimed = waiting.update(
            state=Cohort.State.TRAINING, attempt=F("attempt") + 1, lease_until=Now() + LEASE
        )
        return self.select_related("sweep__version__dataset").filter(pk=pk).first() if claimed else None

    def silent(self) -> CohortQuerySet:
        """Those whose worker gives no sign of life."""
        return self.held().filter(lease_until__lt=Now())


class Cohort(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting"
        TRAINING = "training"
        ENDED = "ended"

    sweep = models.ForeignKey(Sweep, models.CASCADE, related_name="cohorts")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=0, help_text="Fences off every earlier worker.")
    lease_until = models.DateTimeField(null=True, blank=True)
    deaths = models.PositiveSmallIntegerField(
        default=0, help_text="Workers that died of it since it last got any further."
    )
    step = models.PositiveBigIntegerField(default=0, help_text="Of its last checkpoint.")
    epoch = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    created = models.DateTimeField(db_default=Now())

    objects = CohortQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["state", "sweep"], condition=~Q(state="ended"), name="cohorts_open"),
        ]

    def __str__(self) -> str:
        return f"cohort {self.pk} of sweep {self.sweep_id}"

    @cached_property
    def crew(self) -> list[Trial]:
        """Its trials by number, each with its run, read once. Of a cohort just formed they are those that
        were written, and do not know what the database filled in."""
        return list(self.trials.select_related("run").order_by("number"))

    @property
    def path(self) -> Path:
        """Its checkpoint, to go on from."""
        return self.path_at(self.step)

    def path_at(self, step: int) -> Path:
        """A file for each step: what its row says and what its file holds are the same, also when a worker
        dies between the two."""
        return folder_of(self.sweep_id) / f"cohort-{self.pk}-{step:010}.safetensors"

    def forget(self) -> None:
        """Delete its checkpoints, also those that a worker wrote last, and what one that died left behind."""
        if self.attempt > 1:
            release_all(f"{self.pk}-")
        for path in folder_of(self.sweep_id).glob(f"cohort-{self.pk}-*"):
            with suppress(OSError):  # the disk's trouble is not the trials': they have ended
                path.unlink()

    def hold(self) -> None:
        """Renew the lease. Raises LeaseLostError when this worker does not hold it any more."""
        self._write(lease_until=Now() + LEASE)

    def keep(self, step: int, epoch: int, seconds: float) -> None:
        """A checkpoint was written: it got further. Raises LeaseLostError."""
        self._write(step=step, epoch=epoch, seconds=seconds, deaths=0, lease_until=Now() + LEASE)
        self.step = step

    def let_go(self) -> None:
        """Into the queue again: this worker leaves in good order. Raises LeaseLostError."""
        self._write(state=self.State.WAITING, lease_until=None)

    def end(self) -> None:
        """All its trials have ended. Raises LeaseLostError."""
        self._write(state=self.State.ENDED, lease_until=None)

    def take_away(self) -> bool:
        """Its worker is silent: it waits for another one; whether it was so."""
        silent = Cohort.objects.silent().filter(pk=self.pk)
        return bool(silent.update(state=self.State.WAITING, lease_until=None, deaths=F("deaths") + 1))

    def give_up(self) -> bool:
        """No worker takes it any more; whether it was waiting for one."""
        waiting = Cohort.objects.filter(pk=self.pk, state=self.State.WAITING)
        return bool(waiting.update(state=self.State.ENDED))

    def _write(self, **changes: Any) -> None:
        mine = Cohort.objects.filter(pk=self.pk, attempt=self.attempt, state=self.State.TRAINING)
        if not mine.update(**changes):
            raise LeaseLostError(f"{self}, attempt {self.attempt}")


def folder_of(sweep: int) -> Path:
    """Where the checkpoints of a sweep's cohorts lie."""
    return Path(settings.MEDIA_ROOT) / "sweeps" / str(sweep)
