"""A run. Its state changes only through the methods here."""

from datetime import timedelta
from math import isfinite
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse

from engine import Spec
from engine.timeline import n_batches
from webapp.datasets.models import Dataset, LeaseLostError, Version

LEASE = timedelta(seconds=settings.HONE_LEASE_SECONDS)
PATIENCE = timedelta(seconds=5)
MAX_DEATHS = 3
UNDO = timedelta(minutes=10)  # for so long a deleted run can be brought back


class Reaped(NamedTuple):
    """Keys of runs whose worker went silent: those that are queued again, and those that have failed."""

    again: list[int]
    failed: list[int]


class RunQuerySet(models.QuerySet["Run"]):
    def present(self) -> Self:
        """Those that nobody has deleted."""
        return self.filter(deleted=None)

    def returnable(self) -> Self:
        """Those that somebody deleted not long ago and that can still come back: not those whose trial is
        gone, for they went with their sweep, for good."""
        return self.filter(deleted__gt=Now() - UNDO).exclude(is_trial=True, trial=None)

    def visible_to(self, user: AbstractBaseUser) -> Self:
        """The user's own runs, without deleted ones."""
        return self.present().filter(owner=user)

    def with_dataset(self) -> Self:
        """With dataset and version, without what can be large in them, and the end that it was asked for."""
        pending = self._pending().filter(run=models.OuterRef("pk"))
        wish = models.Subquery(pending.filter(kind__in=("stop", "pause")).values("kind")[:1])
        with_wish = self.annotate(wish=wish)
        return with_wish.select_related("version__dataset").defer("version__columns", "version__notes")

    def _pending(self) -> Any:
        """Commands that nobody has carried out yet."""
        return self.model.commands.rel.related_model.objects.pending()

    def active(self) -> Self:
        """Runs that a worker holds."""
        return self.filter(state__in=Run.ACTIVE)

    def unheard(self) -> list[int]:
        """Keys of runs that wait in the queue for so long that their message may be lost."""
        waiting = self.filter(state=Run.State.QUEUED, queued__lt=Now() - PATIENCE)
        return list(waiting.order_by("queued").values_list("pk", flat=True))

    def claim(self, pk: int) -> "Run | None":
        """Take a queued run, atomically; None when it is not queued or someone else was first."""
        claimed = self.filter(pk=pk, state=Run.State.QUEUED).update(
            state=Run.State.STARTING,
            attempt=F("attempt") + 1,
            lease_until=Now() + LEASE,
            started=Coalesce("started", Now()),
            steps_per_second=None,
        )
        return self.get(pk=pk) if claimed else None

    def reap(self) -> Reaped:
        """Queue again the runs whose worker went silent, to go on from their last checkpoint; fail those that
        killed too many."""
        expired = self.active().filter(lease_until__lt=Now())
        with transaction.atomic():
            failed = self._fail(expired.filter(deaths__gte=MAX_DEATHS - 1))
        again = []
        for pk in expired.values_list("pk", flat=True):
            if expired.filter(pk=pk).update(
                state=Run.State.QUEUED, deaths=F("deaths") + 1, queued=Now(), revision=F("revision") + 1
            ):
                again.append(pk)
        return Reaped(again, failed)

    def _fail(self, hopeless: "RunQuerySet") -> list[int]:
        """End runs that killed too many workers; what they were told to do came too late."""
        pks = list(hopeless.select_for_update().values_list("pk", flat=True))
        self._pending().filter(run__in=pks).refuse("The run had failed before this could be carried out.")
        self.filter(pk__in=pks).update(
            state=Run.State.FAILED,
            ended=Now(),
            deaths=F("deaths") + 1,
            revision=F("revision") + 1,
            reason=f"Its worker died {MAX_DEATHS} times without getting any further. The log of the worker "
            "says why; too little memory is the usual cause: try a smaller network or batch.",
        )
        return pks


class Run(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued"
        STARTING = "starting"
        RUNNING = "running"
        PAUSED = "paused"
        FINISHED = "finished"
        STOPPED = "stopped"
        DIVERGED = "diverged"
        FAILED = "failed"

    ACTIVE = (State.STARTING, State.RUNNING)
    LIVE = (State.QUEUED, *ACTIVE)
    ENDED = (State.FINISHED, State.STOPPED, State.DIVERGED, State.FAILED)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    version = models.ForeignKey(Version, models.RESTRICT, related_name="runs")
    name = models.CharField(max_length=200)
    notes = models.TextField(max_length=20_000, blank=True)
    starred = models.BooleanField(default=False)
    deleted = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Hidden since then; really deleted soon after, unless undone.",
    )
    spec = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.TextField(blank=True)
    revision = models.PositiveBigIntegerField(
        default=0, help_text="Rises with everything the page shows beside the curves: commands, checkpoints."
    )
    is_trial = models.BooleanField(
        default=False, help_text="One of many that are trained together; kept out of the list of runs."
    )
    branched_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="branches")
    branched_step = models.PositiveBigIntegerField(null=True)
    resume_from = models.ForeignKey(
        "runs.Checkpoint",
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Empty: the last of its line.",
    )
    keeping = models.JSONField(default=dict, help_text="Which checkpoints are kept; see training/keeper.py.")
    weights = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the network at the end.")

    # The owner of the lease is the worker that knows `attempt`: it fences off every earlier one.
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    deaths = models.PositiveSmallIntegerField(
        default=0, help_text="Workers that died while they held this run, since it last got any further."
    )

    created = models.DateTimeField(db_default=Now())
    queued = models.DateTimeField(db_default=Now())
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

    wish: str | None = None  # "stop" or "pause", from `with_dataset`
    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-created"]),
            models.Index(fields=["deleted"], condition=Q(deleted__isnull=False), name="runs_deleted"),
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
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED

    @property
    def progress(self) -> float:
        """The share of the planned steps that are done, 0 to 1."""
        return self.step / self.n_steps if self.n_steps else 0.0

    @property
    def steps_per_epoch(self) -> int:
        """With the batches of now; 1 before the run has begun."""
        return n_batches(self.n_train, self.configuration.batch_for(self.n_train)) if self.n_train else 1

    @property
    def samples_per_second(self) -> float | None:
        if self.steps_per_second is None or not self.n_steps:
            return None
        return self.steps_per_second * self.n_train / self.steps_per_epoch

    @property
    def seconds_left(self) -> float | None:
        """At the present speed; None while there is none."""
        return (self.n_steps - self.step) / self.steps_per_second if self.steps_per_second else None

    @property
    def spent(self) -> int:
        """How often the test part of its dataset was looked at, through any run."""
        return self.version.dataset.versions.aggregate(spent=models.Count("openings"))["spent"]

    def hold(self) -> None:
        """Renew the lease. Raises LeaseLostError when this worker does not hold the run any more."""
        self._write(lease_until=Now() + LEASE)

    def report(self, **progress: float | int | None) -> int:
        """Write how far the run has come; its revision, which tells of new commands. Raises LeaseLostError.

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
            cursor.execute(f"SELECT revision FROM {TABLE} WHERE id = %s", [self.pk])
            return int(cursor.fetchone()[0])

    def begin(self, **facts: Any) -> None:
        """The data are there and the next step is next: `facts` are what the run's row shall say of it."""
        self.note(state=self.State.RUNNING, lease_until=Now() + LEASE, resume_from=None, **facts)

    def note(self, **facts: Any) -> None:
        """Something beside the curves has changed: a checkpoint, the spec. Raises LeaseLostError."""
        self._write(revision=F("revision") + 1, **facts)

    def next_attempt(self, origin: "models.Model") -> None:
        """The worker that holds the run begins anew with it, from a checkpoint. Raises LeaseLostError."""
        self._write(state=self.State.STARTING, attempt=F("attempt") + 1, resume_from=origin)
        self.refresh_from_db()

    def seal(self, test_error: float) -> None:
        """Keep what the test part says about the trained network, for whoever opens it on purpose."""
        self._write(test_error=test_error if isfinite(test_error) else None)

    def open(self, who: AbstractBaseUser) -> None:
        """Note that somebody looks at the test error of a run that has ended."""
        if not self.is_live and self.test_error is not None:
            self.openings.create(version=self.version, who=who)

    def give_back(self) -> None:
        """Into the queue again, for another worker: this one leaves in good order."""
        self.note(state=self.State.QUEUED, lease_until=None, queued=Now())

    def pause(self) -> None:
        """Its worker has kept a checkpoint and lets it go, until somebody resumes it."""
        self.note(state=self.State.PAUSED, lease_until=None)

    def end(self, state: State, reason: str = "") -> None:
        """Finished, stopped, diverged or failed, and why."""
        self.note(state=state, reason=reason, ended=Now(), lease_until=None)

    def put_aside(self, state: State, reason: str = "") -> bool:
        """Pause or stop a run that no worker holds; whether it was so."""
        idle = Run.objects.filter(pk=self.pk, state__in=(self.State.QUEUED, self.State.PAUSED))
        ended = Now() if state in self.ENDED else None
        return bool(idle.update(state=state, reason=reason, ended=ended, revision=F("revision") + 1))

    def enqueue(self, **facts: Any) -> bool:
        """Back into the queue from a pause or from the end; whether it was not on its way already."""
        waiting = Run.objects.filter(pk=self.pk, state__in=(self.State.PAUSED, *self.ENDED))
        return bool(
            waiting.update(
                state=self.State.QUEUED,
                queued=Now(),
                ended=None,
                reason="",
                deaths=0,
                test_error=None,
                weights="",
                revision=F("revision") + 1,
                **facts,
            )
        )

    def _write(self, **changes: Any) -> None:
        mine = Run.objects.filter(pk=self.pk, attempt=self.attempt, state__in=self.ACTIVE)
        if not mine.update(**changes):
            raise LeaseLostError(f"run {self.pk}, attempt {self.attempt}")


TABLE = Run._meta.db_table
