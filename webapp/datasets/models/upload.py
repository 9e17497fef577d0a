"""A file on its way in."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.dispatch import receiver


class Upload(models.Model):
    """Its offset is the size of the file on disk, so that the two cannot differ."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    touched = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.file_name

    @property
    def path(self) -> Path:
        return Path(settings.HONE_HOME) / "uploads" / str(self.pk)

    @property
    def offset(self) -> int:
        """Bytes received so far."""
        return self.path.stat().st_size if self.path.exists() else 0


@receiver(models.signals.post_delete, sender=Upload)
def remove_file(instance: Upload, **_: Any) -> None:
    """However an upload ends, its file goes with it."""
    path = instance.path
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
