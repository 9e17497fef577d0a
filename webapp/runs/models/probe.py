"""Probes: short trainings and looks on the side that answer one question about a run."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from webapp.runs.models.run import Run

PATIENCE = timedelta(minutes=5)  # the longest that a worker may take for an answer
WAIT = timedelta(hours=1)  # the longest that one may lie in the queue, behind runs that train
UNHEARD = timedelta(seconds=5)  # until the message of one that waits may be lost


class Probe(models.Model):
    """One question, and its answer once a worker has found it."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    run = models.ForeignKey(Run, models.CASCADE, related_name="probes")
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(db_default=Now())
    begun = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "kind"],
                condition=Q(state__in=["queued", "running"]),
                name="one_probe_of_a_kind_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"run {self.run_id}, {self.kind}"

    @property
    def is_live(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    def claim(self) -> bool:
        """Take it, unless somebody has."""
        mine = Probe.objects.filter(pk=self.pk, state=self.State.QUEUED)
        return bool(mine.update(state=self.State.RUNNING, begun=Now()))

    def end(self, state: State, *, result: dict[str, Any] | None = None, reason: str = "") -> None:
        """Its answer, or why there is none."""
        Probe.objects.filter(pk=self.pk, state=self.State.RUNNING).update(
            state=state, result=result or {}, reason=reason
        )

    @classmethod
    def unheard(cls) -> list[int]:
        """Keys of probes that wait for so long that their message may be lost."""
        waiting = cls.objects.filter(state=cls.State.QUEUED, created__lt=Now() - UNHEARD)
        return list(waiting.order_by("pk").values_list("pk", flat=True))

    @classmethod
    def give_up_lost(cls) -> None:
        """Probes whose worker was lost, and those that no worker comes to."""
        too_long = Q(state=cls.State.RUNNING, begun__lt=Now() - PATIENCE)
        too_late = Q(state=cls.State.QUEUED, created__lt=Now() - WAIT)
        lost = cls.objects.filter(too_long | too_late)
        lost.update(state=cls.State.FAILED, reason="No worker has answered it in time: ask again.")
