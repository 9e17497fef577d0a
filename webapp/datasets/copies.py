"""A dataset of one's own out of a built-in one, to change."""

import hashlib
import tempfile
from pathlib import Path

import polars as pl
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from webapp.datasets import uploads
from webapp.datasets.ingestion import announce
from webapp.datasets.models import AuditEntry, Dataset
from webapp.datasets.refusal import Refusal


def can_copy(dataset: Dataset) -> bool:
    """Whether its table says everything: images lie beside theirs."""
    return bool(dataset.builtin and dataset.current.is_ready and not dataset.current.image_shape)


def copy(dataset: Dataset, owner: AbstractBaseUser) -> Dataset:
    """A dataset of `owner` with the table of a built-in one as its file and the same recipe.

    Raises Refusal when there is nothing to copy, TooLargeError when it does not fit the owner's quota.
    """
    if not can_copy(dataset):
        raise Refusal(f"“{dataset}” cannot be copied.", "Wait until it is ready, or choose another one.")
    with tempfile.TemporaryDirectory(dir=settings.HONE_HOME, prefix="copy-") as work:
        file = Path(work) / "source"
        pl.scan_ipc(dataset.current.table / "table.arrow").sink_csv(file)
        uploads.refuse_over_quota(owner, file.stat().st_size)
        return _adopt(file, dataset, owner)


def _adopt(file: Path, dataset: Dataset, owner: AbstractBaseUser) -> Dataset:
    """A dataset with this file, and all else as `dataset` has it."""
    with transaction.atomic():
        made = Dataset.objects.begin(
            dataset.current.choices,
            owner=owner,
            name=f"{dataset.name} (copy)"[:200],
            description=dataset.description,
            tags=dataset.tags,
            file_name=f"{dataset.builtin}.csv",
            size=file.stat().st_size,
            sha256=_digest(file),
        )
        # One that was rolled back may have had the same key and left its folder
        made.folder.mkdir(parents=True, exist_ok=True)
        file.replace(made.source)
        AuditEntry.note(owner, "copied", made, f"from “{dataset.name}”")
        transaction.on_commit(lambda: announce(made.current_id))
    return made


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
