"""Who did what to which dataset, kept when the dataset is gone."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class AuditEntry(models.Model):
    when = models.DateTimeField(auto_now_add=True)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    what = models.CharField(max_length=40)
    dataset = models.PositiveBigIntegerField(help_text="The dataset's number; it may be gone.")
    name = models.CharField(max_length=200, help_text="The dataset's name at the time.")
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-when", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["dataset", "-when"])]

    def __str__(self) -> str:
        return f"{self.who or 'the laboratory'} {self.what} “{self.name}”"

    @classmethod
    def note(cls, who: AbstractBaseUser | None, what: str, dataset: models.Model, detail: str = "") -> None:
        """Remember that `who` did `what` ("renamed", "deleted") to `dataset`."""
        cls.objects.create(who=who, what=what, dataset=dataset.pk, name=dataset.name, detail=detail[:500])
