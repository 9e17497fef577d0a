"""Which columns somebody has chosen for the list of runs."""

from django.conf import settings
from django.db import models


class ChosenColumns(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="run_columns")
    paths = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.user}: {', '.join(self.paths)}"
