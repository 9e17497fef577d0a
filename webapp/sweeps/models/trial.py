"""A trial: one point of a sweep's space. Once it trains, it is a run like any other."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from webapp.runs.models import Run

from .cohort import Cohort
from .sweep import Sweep


class TrialQuerySet(models.QuerySet["Trial"]):
    def waiting(self) -> TrialQuerySet:
        return self.filter(state=Trial.State.WAITING)

    def open(self) -> TrialQuerySet:
        """Those that have not ended."""
        return self.filter(state__in=Trial.OPEN)

    def ranked(self) -> TrialQuerySet:
        """Those that trained to their end, the best first. What was given up early is not compared, nor are
        finalists' repetitions: the luckiest of several seeds would win."""
        finished = self.filter(state=Trial.State.FINISHED, score__isnull=False, repeats=None)
        return finished.order_by("score", "number")


class Trial(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting"
        TRAINING = "training"
        FINISHED = "finished"
        PRUNED = "pruned"
        STOPPED = "stopped"
        DIVERGED = "diverged"
        FAILED = "failed"
        REFUSED = "refused"  # never trained, for it would not fit

    OPEN = (State.WAITING, State.TRAINING)

    sweep = models.ForeignKey(Sweep, models.CASCADE, related_name="trials")
    number = models.PositiveIntegerField(help_text="From 1 on, in the order in which they were suggested.")
    run = models.OneToOneField(Run, models.SET_NULL, null=True, related_name="trial")
    cohort = models.ForeignKey(Cohort, models.SET_NULL, null=True, related_name="trials")
    values = models.JSONField(help_text="Of the dimensions that matter here, by their path.")
    group = models.CharField(max_length=32, help_text="Trials of one group can train together.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.TextField(blank=True)
    score = models.FloatField(null=True, help_text="The objective after `epoch` epochs: smaller is better.")
    epoch = models.PositiveIntegerField(default=0)
    repeats = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        related_name="repetitions",
        help_text="The finalist that this one trains again, with another seed.",
    )
    revision = models.PositiveBigIntegerField(default=0, help_text="Of the sweep, when this last changed.")
    created = models.DateTimeField(db_default=Now())
    ended = models.DateTimeField(null=True, blank=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["sweep", "number"], name="one_trial_a_number")]
        indexes = [
            models.Index(fields=["sweep", "state", "group"], name="trials_by_state"),
            models.Index(fields=["sweep", "revision"], name="trials_by_revision"),
        ]

    def __str__(self) -> str:
        return f"trial {self.number}"


class Mark(models.Model):
    """The objective of a trial after one epoch at which pruning looks."""

    sweep = models.ForeignKey(Sweep, models.CASCADE, related_name="marks")
    trial = models.ForeignKey(Trial, models.CASCADE, related_name="marks")
    epoch = models.PositiveIntegerField()
    score = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trial", "epoch"], name="one_mark_an_epoch")]
        indexes = [models.Index(fields=["sweep", "epoch"], name="marks_by_epoch")]

    def __str__(self) -> str:
        return f"trial {self.trial_id} after epoch {self.epoch}: {self.score:g}"
