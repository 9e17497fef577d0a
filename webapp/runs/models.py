"""A run and its history. A run's state changes only through the methods here."""

from datetime import timedelta
from math import isfinite
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from engine import Spec
from webapp.datasets.models import Dataset, LeaseLostError, Version

LEASE = timedelta(seconds=settings.HONE_LEASE_SECONDS)
PATIENCE = timedelta(seconds=5)
MAX_DEATHS = 3


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: AbstractBaseUser) -> Self:
        """The user's own runs."""
        return self.filter(owner=user)

    def with_dataset(self) -> Self:
        """The dataset and its version along with each run, without what can be large in them."""
        return self.select_related("version__dataset").defer("version__columns", "version__notes")

    def active(self) -> Self:
        """Runs that a worker holds."""
        return self.filter(state__in=Run.ACTIVE)

    def unheard(self) -> list[int]:
        """Keys of runs that wait in the queue for so long that their message may be lost."""
        waiting = self.filter(state=Run.State.QUEUED, created__lt=Now() - PATIENCE)
        return list(waiting.order_by("created").values_list("pk", flat=True))

    def claim(self, pk: int) -> "Run | None":
        """Take a queued run, atomically; None when it is not queued or someone else was first."""
        claimed = self.filter(pk=pk, state=Run.State.QUEUED).update(
            state=Run.State.STARTING,
            attempt=F("attempt") + 1,
            lease_until=Now() + LEASE,
            started=Now(),
            step=0,
            epoch=0,
            **dict.fromkeys(Run.MEASURED),
        )
        return self.get(pk=pk) if claimed else None

    def reap(self) -> list[int]:
        """Queue again the runs whose worker went silent; fail those that killed too many.

        One that was asked to stop has stopped: another attempt would hide the history it has.

        Returns the keys of the runs that are queued again.
        """
        expired = self.active().filter(lease_until__lt=Now())
        expired.filter(stop_requested=True).update(
            state=Run.State.STOPPED, ended=Now(), reason="Stopped; its worker had died before."
        )
        expired.filter(deaths__gte=MAX_DEATHS - 1).update(
            state=Run.State.FAILED,
            ended=Now(),
            reason=f"Its worker died {MAX_DEATHS} times. The log of the worker says why; "
            "too little memory is the usual cause: try a smaller network or batch.",
        )
        again = []
        for pk in expired.values_list("pk", flat=True):
            if expired.filter(pk=pk).update(state=Run.State.QUEUED, deaths=F("deaths") + 1):
                again.append(pk)
        return again


class Run(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued"
        STARTING = "starting"
        RUNNING = "running"
        FINISHED = "finished"
        STOPPED = "stopped"
        DIVERGED = "diverged"
        FAILED = "failed"

    ACTIVE = (State.STARTING, State.RUNNING)
    LIVE = (State.QUEUED, *ACTIVE)
    # These belong to one attempt
    MEASURED = ("steps_per_second", "train_error", "dev_error", "best_dev_error", "test_error")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    version = models.ForeignKey(Version, models.RESTRICT, related_name="runs")
    name = models.CharField(max_length=200)
    spec = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.TextField(blank=True)
    stop_requested = models.BooleanField(default=False)

    # The owner of the lease is the worker that knows `attempt`: it fences off every earlier one.
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    deaths = models.PositiveSmallIntegerField(
        default=0, help_text="Workers that died while they held this run."
    )

    created = models.DateTimeField(db_default=Now())
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)

    step = models.PositiveBigIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    n_steps = models.PositiveBigIntegerField(default=0)
    n_train = models.PositiveBigIntegerField(default=0)
    steps_per_second = models.FloatField(null=True, blank=True)
    train_error = models.FloatField(null=True, blank=True)
    dev_error = models.FloatField(null=True, blank=True)
    best_dev_error = models.FloatField(null=True, blank=True)
    test_error = models.FloatField(
        null=True, blank=True, editable=False, help_text="Sealed: told to nobody before an opening is noted."
    )

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-created"]),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="runs_leased"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("runs:detail", args=[self.pk])

    @property
    def dataset(self) -> Dataset:
        """What it learns from, of which it remembers the version."""
        return self.version.dataset

    @property
    def configuration(self) -> Spec:
        """The spec, as the engine runs it."""
        return Spec.model_validate(self.spec)

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def phase(self) -> str:
        """The state in one word, for people: a live run that was asked to stop is stopping."""
        return "stopping" if self.is_live and self.stop_requested else self.state

    @property
    def progress(self) -> float:
        """The share of the planned steps that are done, 0 to 1."""
        return self.step / self.n_steps if self.n_steps else 0.0

    @property
    def samples_per_second(self) -> float | None:
        if self.steps_per_second is None or not self.n_steps:
            return None
        return self.steps_per_second * self.n_train * self.spec["epochs"] / self.n_steps

    @property
    def seconds_left(self) -> float | None:
        """At the present speed; None while there is none."""
        return (self.n_steps - self.step) / self.steps_per_second if self.steps_per_second else None

    @property
    def spent(self) -> int:
        """How often the test part of its dataset was looked at, through any run."""
        return Opening.objects.filter(version__dataset=self.version.dataset_id).count()

    def history(self) -> "models.QuerySet[Chunk]":
        """The chunks of the current attempt, in order; an overtaken attempt is kept and not read."""
        return Chunk.objects.filter(run=self, attempt=self.attempt).order_by("sequence")

    def request_stop(self) -> None:
        """Ask the worker to stop at its next flush; a run still in the queue stops at once."""
        mine = Run.objects.filter(pk=self.pk)
        queued = mine.filter(state=self.State.QUEUED)
        if not queued.update(state=self.State.STOPPED, stop_requested=True, ended=Now()):
            mine.filter(state__in=self.ACTIVE).update(stop_requested=True)
        self.refresh_from_db()

    def hold(self) -> None:
        """Renew the lease. Raises LeaseLostError when this worker does not hold the run any more."""
        self._write(lease_until=Now() + LEASE)

    def report(self, **progress: float | int | None) -> bool:
        """Write how far the run has come; True when its owner asked it to stop. Raises LeaseLostError.

        Plain SQL, as is `Chunk.write`: training waits for both ten times a second, and building the same two
        statements anew took three quarters of that time.
        """
        assignments = ", ".join(f"{name} = %s" for name in progress)
        mine = [self.pk, self.attempt, *self.ACTIVE]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {TABLE} SET {assignments} WHERE id = %s AND attempt = %s AND state IN (%s, %s)",
                [*progress.values(), *mine],
            )
            if not cursor.rowcount:
                raise LeaseLostError(f"run {self.pk}, attempt {self.attempt}")
            cursor.execute(f"SELECT stop_requested FROM {TABLE} WHERE id = %s", [self.pk])
            return bool(cursor.fetchone()[0])

    def begin(self, n_steps: int, n_train: int) -> None:
        """The data are there and the first step is next."""
        self._write(state=self.State.RUNNING, n_steps=n_steps, n_train=n_train, lease_until=Now() + LEASE)

    def seal(self, test_error: float) -> None:
        """Keep what the test part says about the trained network, for whoever opens it on purpose."""
        self._write(test_error=test_error if isfinite(test_error) else None)

    def open(self, who: AbstractBaseUser) -> None:
        """Note that somebody looks at the test error of a run that has ended."""
        if not self.is_live and self.test_error is not None:
            Opening.objects.create(run=self, version=self.version, who=who)

    def give_back(self) -> None:
        """Into the queue again, for another worker: this one leaves in good order."""
        self._write(state=self.State.QUEUED, lease_until=None)

    def end(self, state: State, reason: str = "") -> None:
        """Finished, stopped, diverged or failed, and why."""
        self._write(state=state, reason=reason, ended=Now(), lease_until=None)

    def _write(self, **changes: Any) -> None:
        mine = Run.objects.filter(pk=self.pk, attempt=self.attempt, state__in=self.ACTIVE)
        if not mine.update(**changes):
            raise LeaseLostError(f"run {self.pk}, attempt {self.attempt}")


class Opening(models.Model):
    """Somebody looked at the test error of a run: the test part of its dataset is spent a little more.

    It is spent still when the run is deleted.
    """

    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="openings")
    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    when = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["when", "pk"]

    def __str__(self) -> str:
        return f"{self.run or 'a run that is gone'}, opened by {self.who or 'somebody who left'}"


class Chunk(models.Model):
    """About 100 ms of one run's history, as columns; never changed once written."""

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


TABLE = Run._meta.db_table
WRITTEN = [field for field in Chunk._meta.concrete_fields if not field.primary_key]
INSERT = "INSERT INTO {} ({}) VALUES ({})".format(
    Chunk._meta.db_table, ", ".join(field.column for field in WRITTEN), ", ".join("%s" for _ in WRITTEN)
)
