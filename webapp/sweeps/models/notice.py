"""The notice that a sweep has ended."""

from __future__ import annotations

from django.db import models

from webapp.runs.models import Notice

from .sweep import Sweep


class SweepNotice(Notice):
    """A sweep of the user's has finished or failed."""

    sweep = models.ForeignKey(Sweep, models.CASCADE, related_name="notices")
    ended = models.DateTimeField(help_text="Which of its endings it was.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sweep", "ended"], name="one_notice_an_ending")]
