"""How a person likes the charts of the run page: which, in which order, how wide, over which axis."""

from django.conf import settings
from django.db import models


class Arrangement(models.Model):
    """One a person, for all runs; see insight/arrangement.py for what is in it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="arrangement")
    charts = models.JSONField(default=list, help_text="Names in order, such as metric@f1:2; :2 is wide.")
    view = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"the charts of {self.user}"
