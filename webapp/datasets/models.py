"""A dataset: a file that came in, what was found in it, and the arrays that training reads."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def visible_to(self, user: AbstractBaseUser) -> Self:
        """The user's own datasets and the built-in ones, which have no owner."""
        return self.filter(models.Q(owner=user) | models.Q(owner=None))


class Dataset(models.Model):
    class State(models.TextChoices):
        PARSING = "parsing"
        READY = "ready"
        FAILED = "failed"

    class Task(models.TextChoices):
        BINARY = "binary"
        MULTICLASS = "multiclass"
        REGRESSION = "regression"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PARSING)
    problem = models.JSONField(default=dict, blank=True)
    target = models.CharField(max_length=200, blank=True)
    task = models.CharField(max_length=10, choices=Task.choices, blank=True)
    classes = models.JSONField(default=list, blank=True)
    columns = models.JSONField(default=list, blank=True)
    n_rows = models.PositiveBigIntegerField(default=0)
    n_features = models.PositiveIntegerField(default=0)
    n_outputs = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        """Where this dataset's files live."""
        return Path(settings.HONE_HOME) / "datasets" / str(self.pk)
