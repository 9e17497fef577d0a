"""A dataset: a file that came in, what people say about it, and which of its versions is in use."""

import shutil
from pathlib import Path
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import receiver
from django.urls import reverse

from webapp.datasets.recipe import Recipe


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def visible_to(self, user: AbstractBaseUser) -> Self:
        """The user's own datasets and the built-in ones, which have no owner."""
        return self.filter(Q(owner=user) | Q(owner=None))

    def with_version(self) -> Self:
        """The version in use along with each dataset, without what can be large in it."""
        large = [f"current__{name}" for name in ("columns", "notes", "classes", "recipe")]
        return self.select_related("current").defer(*large)

    def trainable(self) -> Self:
        """Those that a run can be started on."""
        return self.filter(current__state="ready", quarantine="", archived=False)

    def bytes_of(self, user: AbstractBaseUser) -> int:
        """What the user's files take of the quota, and the arrays of all versions but the first, which comes
        with the file."""
        mine = self.filter(owner=user)
        further = mine.filter(versions__number__gt=1).aggregate(total=models.Sum("versions__size"))
        return (mine.aggregate(total=models.Sum("size"))["total"] or 0) + (further["total"] or 0)

    def begin(self, recipe: Recipe | None = None, **fields: Any) -> "Dataset":
        """A new dataset whose first version waits for its reader."""
        with transaction.atomic():
            dataset = self.create(**fields)
            dataset.current = dataset.versions.create(
                number=1,
                author=dataset.owner,
                recipe=(recipe or Recipe()).model_dump(mode="json", exclude_defaults=True),
            )
            dataset.save(update_fields=["current"])
        return dataset


class Dataset(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True)
    name = models.CharField(max_length=200)
    description = models.TextField(max_length=5000, blank=True)
    tags = models.JSONField(default=list, blank=True)
    archived = models.BooleanField(default=False, help_text="Kept, but out of the way of lists and choices.")
    quarantine = models.CharField(
        max_length=200, blank=True, help_text="Why nothing may be trained on it; empty when it may."
    )
    builtin = models.CharField(max_length=40, null=True, blank=True, unique=True, editable=False)
    file_name = models.CharField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the uploaded file.")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, db_index=True)
    created = models.DateTimeField(auto_now_add=True)
    current = models.ForeignKey(
        "Version", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="version in use"
    )
    human_error = models.FloatField(
        null=True,
        blank=True,
        help_text="What people, or the best that can be, get wrong: a share, or an RMSE.",
    )
    human_error_source = models.CharField(max_length=300, blank=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [models.Index(fields=["owner", "-created"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("datasets:detail", args=[self.pk])

    @property
    def thumbnail_url(self) -> str:
        """A small picture of its images, at another address as soon as another version is in use: browsers
        keep it."""
        address = reverse("datasets:thumbnail", args=[self.pk])
        return f"{address}?version={self.current.number}" if self.current else address

    @property
    def folder(self) -> Path:
        """Where this dataset's files live: source, tables/<reading>/, versions/<number>/."""
        return Path(settings.HONE_HOME) / "datasets" / str(self.pk)

    @property
    def source(self) -> Path:
        """The uploaded file as it came."""
        return self.folder / "source"

    @property
    def twin(self) -> "Dataset | None":
        """An older dataset of the same owner with the same file."""
        if not (self.sha256 and self.size and self.owner_id):
            return None
        same = Dataset.objects.filter(owner=self.owner_id, sha256=self.sha256, size=self.size)
        return same.filter(pk__lt=self.pk).order_by("pk").first()

    @property
    def newest(self) -> models.Model:
        """The latest version, which may not be ready yet."""
        return self.versions.defer("columns").first() or self.current

    @property
    def runs(self) -> models.QuerySet[models.Model]:
        """The runs of all its versions that nobody has deleted, without trials, which go with their sweep. By
        name, for imports only point down."""
        present = apps.get_model("runs", "Run").objects.present().filter(version__dataset=self)
        return present.filter(Q(is_trial=False) | Q(trial=None))

    @property
    def sweeps(self) -> models.QuerySet[models.Model]:
        """The sweeps of all its versions."""
        return apps.get_model("sweeps", "Sweep").objects.filter(version__dataset=self)

    @property
    def is_trainable(self) -> bool:
        return bool(self.current and self.current.is_ready and not self.quarantine)


@receiver(models.signals.post_delete, sender=Dataset)
def remove_folder(instance: Dataset, **_: Any) -> None:
    """However a dataset is deleted, its files go with it."""
    folder = instance.folder  # by the time of the commit the instance has lost its key
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
