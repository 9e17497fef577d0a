"""What a run leaves on the disk goes with its row."""

import shutil
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from webapp.runs.models.checkpoint import folder_of
from webapp.runs.models.run import Run


@receiver(post_delete, sender=Run)
def remove_folder(instance: Run, **_: Any) -> None:
    """However a run is deleted, its folder goes with it."""
    folder = folder_of(instance.pk).parent
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
