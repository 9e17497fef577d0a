"""Looks at the sealed test error."""

from django.conf import settings
from django.db import models

from webapp.datasets.models import Version
from webapp.runs.models.run import Run


class Opening(models.Model):
    """Somebody looked at the test error of a run: the test part of its dataset is spent a little more.

    It is spent still when the run is deleted.
    """

    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="openings")
    version = models.ForeignKey(Version, models.CASCADE, related_name="openings")
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    when = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["when", "pk"]

    def __str__(self) -> str:
        return f"{self.run or 'a run that is gone'}, opened by {self.who or 'somebody who left'}"
