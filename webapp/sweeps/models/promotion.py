"""Runs of their own that a trial led to."""

from django.db import models

from webapp.runs.models import Run

from .trial import Trial


class Promotion(models.Model):
    """A run that goes on from where a trial ended, or trains its settings again, outside of the sweep."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="promotion")
    trial = models.ForeignKey(Trial, models.CASCADE, related_name="promotions")

    def __str__(self) -> str:
        return f"run {self.run_id} from trial {self.trial_id}"
