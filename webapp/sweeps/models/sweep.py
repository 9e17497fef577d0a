"""A sweep: a space, a plan, and how far it has come. Its state changes only through the methods here."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.timezone import now

from engine import Spec
from webapp.datasets.models import Dataset, Version
from webapp.sweeps.plan import Plan


class SweepQuerySet(models.QuerySet["Sweep"]):
    def visible_to(self, user: AbstractBaseUser) -> Self:
        """The user's own sweeps."""
        return self.filter(owner=user)

    def with_dataset(self) -> Self:
        """With dataset and version, without what can be large in them."""
        return self.select_related("version__dataset").defer("version__columns", "version__notes")


class Sweep(models.Model):
    class State(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        FINISHED = "finished"
        STOPPED = "stopped"
        FAILED = "failed"

    ENDED = (State.FINISHED, State.STOPPED, State.FAILED)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sweeps")
    version = models.ForeignKey(Version, models.RESTRICT, related_name="sweeps")
    name = models.CharField(max_length=200)
    spec = models.JSONField(help_text="What every trial has that is no range.")
    plan = models.JSONField(help_text="The ranges, the strategy, the budgets; see plan.py.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    reason = models.TextField(blank=True, help_text="Why it ended, in plain words.")
    previous = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="next_rounds", help_text="The coarser round."
    )
    round = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveBigIntegerField(
        default=0, help_text="Rises with everything that its page shows; see Trial.revision."
    )
    trained_epochs = models.PositiveBigIntegerField(default=0, help_text="In all trials together.")
    created = models.DateTimeField(db_default=Now())
    ended = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0.0, help_text="Spent running, up to `resumed`.")
    resumed = models.DateTimeField(db_default=Now(), help_text="When it last began or went on.")

    objects = SweepQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-created"], name="sweeps_of_owner"),
            models.Index(fields=["state"], condition=models.Q(state="running"), name="sweeps_running"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sweeps:detail", args=[self.pk])

    @property
    def dataset(self) -> Dataset:
        """What its trials learn from."""
        return self.version.dataset

    @property
    def configuration(self) -> Spec:
        """The spec from which every trial differs in its own values."""
        return Spec.model_validate(self.spec)

    @property
    def planned(self) -> Plan:
        """The plan, read."""
        return Plan.model_validate(self.plan)

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED

    @property
    def is_running(self) -> bool:
        return self.state == self.State.RUNNING

    def touch(self, trained_epochs: int = 0) -> int:
        """Something that the page shows has changed, such as so many epochs more; the new revision, for the
        rows that did.

        Plain SQL, as `Run.report` is: training waits for it several times a cohort.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self._meta.db_table} SET revision = revision + 1, "
                "trained_epochs = trained_epochs + %s WHERE id = %s RETURNING revision, trained_epochs",
                [trained_epochs, self.pk],
            )
            if (row := cursor.fetchone()) is None:
                raise Sweep.DoesNotExist
        self.revision, self.trained_epochs = row
        return self.revision

    def pause(self) -> bool:
        """Workers keep a checkpoint and let go; whether it was running."""
        return self._change((self.State.RUNNING,), state=self.State.PAUSED, seconds=self.elapsed)

    def resume(self) -> bool:
        """Go on; whether it was paused."""
        return self._change((self.State.PAUSED,), state=self.State.RUNNING, resumed=Now())

    def reopen(self, plan: Plan) -> bool:
        """Go on with a larger plan; whether there was nobody who was faster."""
        closed = {"state": self.State.RUNNING, "resumed": Now(), "ended": None, "reason": ""}
        return self._change(self.ENDED, plan=plan.model_dump(mode="json"), **closed)

    def replan(self, plan: Plan) -> bool:
        """Another plan for what has not begun yet; whether it had not ended."""
        states = (self.State.RUNNING, self.State.PAUSED)
        return self._change(states, plan=plan.model_dump(mode="json"))

    def end(self, state: State, reason: str = "") -> bool:
        """Finished, stopped or failed, and why; whether it had not ended before."""
        states = (self.State.RUNNING, self.State.PAUSED)
        return self._change(states, state=state, reason=reason, ended=Now(), seconds=self.elapsed)

    @property
    def elapsed(self) -> float:
        """Seconds that it has been running, pauses left out."""
        running = (now() - self.resumed).total_seconds() if self.is_running else 0.0
        return self.seconds + max(0.0, running)  # the database's clock may be ahead

    def is_over_time(self, plan: Plan) -> bool:
        """Whether its budget of time is used up."""
        return plan.minutes is not None and self.elapsed >= 60 * plan.minutes

    def _change(self, states: tuple[str, ...], **changes: Any) -> bool:
        """Change it if it is in one of the states; whether it was."""
        there = Sweep.objects.filter(pk=self.pk, state__in=states)
        changed = bool(there.update(revision=F("revision") + 1, **changes))
        self.refresh_from_db()
        return changed
