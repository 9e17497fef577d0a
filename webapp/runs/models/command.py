"""Commands: what somebody told a run to do, and what became of it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from webapp.runs.models.run import Run


class CommandQuerySet(models.QuerySet["Command"]):
    def pending(self) -> "CommandQuerySet":
        """Those that nobody has carried out yet, in the order in which they came."""
        return self.filter(state=Command.State.PENDING).order_by("number")

    def applied(self) -> "CommandQuerySet":
        return self.filter(state=Command.State.APPLIED).order_by("number")

    def refuse(self, why: str) -> None:
        """None of them can be done; whoever calls it sees to the revision."""
        self.update(state=Command.State.REFUSED, answer=why, answered=Now())


class Command(models.Model):
    """Stored first, carried out between two steps, and answered with the step at which it took effect."""

    class Kind(models.TextChoices):
        STOP = "stop", "Stop"
        STOP_AFTER_EPOCH = "stop_after_epoch", "Stop after this epoch"
        PAUSE = "pause", "Pause"
        RESUME = "resume", "Resume"
        EXTEND = "extend", "Extend"
        CHANGE = "change", "Change"
        CHECKPOINT = "checkpoint", "Checkpoint"
        REWIND = "rewind", "Rewind"
        KEEP = "keep", "Keep checkpoints"

    class State(models.TextChoices):
        PENDING = "pending"
        APPLIED = "applied"
        REFUSED = "refused"

    run = models.ForeignKey(Run, models.CASCADE, related_name="commands")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    values = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    key = models.CharField(max_length=64, blank=True, help_text="The page's own name for it.")
    created = models.DateTimeField(db_default=Now())

    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempt = models.PositiveIntegerField(null=True)
    step = models.PositiveBigIntegerField(null=True, help_text="The first step for which it holds.")
    epoch = models.PositiveIntegerField(null=True, help_text="Epochs done then.")
    before = models.JSONField(default=dict, help_text="The values that it replaced.")
    answer = models.TextField(blank=True)
    answered = models.DateTimeField(null=True)

    objects = CommandQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_command_a_number"),
            models.UniqueConstraint(fields=["run", "key"], condition=~Q(key=""), name="one_command_a_key"),
        ]

    def __str__(self) -> str:
        return f"run {self.run_id}, command {self.number}: {self.kind}"

    def apply(self, *, step: int, epoch: int, attempt: int, **facts: Any) -> None:
        """It holds from `step` on; `facts` are the values before it, and an answer in words."""
        self._answer(Command.State.APPLIED, step=step, epoch=epoch, attempt=attempt, **facts)

    def refuse(self, why: str) -> None:
        """It cannot be done, and nothing was changed."""
        self._answer(Command.State.REFUSED, answer=why)

    def _answer(self, state: str, **facts: Any) -> None:
        mine = Command.objects.filter(pk=self.pk, state=Command.State.PENDING)
        if mine.update(state=state, answered=Now(), **facts):
            Run.objects.filter(pk=self.run_id).update(revision=F("revision") + 1)
        self.refresh_from_db()
