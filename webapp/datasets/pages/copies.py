"""A dataset of one's own out of a built-in one, to change."""

from pathlib import Path

import numpy as np
import polars as pl
from django.contrib.auth.models import AbstractBaseUser

from webapp.datasets.incoming import sources
from webapp.datasets.models import AuditEntry, Dataset
from webapp.datasets.refusal import Refusal


def can_copy(dataset: Dataset) -> bool:
    """Whether there is a table to copy: a person's own datasets are changed as they are."""
    return bool(dataset.builtin and dataset.current.is_ready)


def copy(dataset: Dataset, owner: AbstractBaseUser) -> Dataset:
    """A dataset of `owner` with what a built-in one holds as its file, and the same recipe.

    Raises Refusal when there is nothing to copy, or when it does not fit the owner's quota.
    """
    if not can_copy(dataset):
        raise Refusal(f"“{dataset}” cannot be copied.", "Wait until it is ready, or choose another one.")
    version = dataset.current
    write, suffix, recipe = _write_table, "csv", version.choices
    if version.image_shape:
        # In a file of arrays the answers have no name of their own
        write, suffix, recipe = _write_images, "npz", recipe.model_copy(update={"targets": ()})
    made = sources.bring(
        owner,
        lambda path: write(version.table, version.target, path),
        recipe,
        name=f"{dataset.name} (copy)"[:200],
        description=dataset.description,
        tags=dataset.tags,
        file_name=f"{dataset.builtin}.{suffix}",
    )
    AuditEntry.note(owner, "copied", made, f"from “{dataset.name}”")
    return made


def _write_table(reading: Path, _target: str, path: Path) -> None:
    pl.scan_ipc(reading / "table.arrow").sink_csv(path)


def _write_images(reading: Path, target: str, path: Path) -> None:
    answers = pl.read_ipc(reading / "table.arrow")[target].to_list()
    with path.open("wb") as file:
        np.savez_compressed(file, X=np.load(reading / "images.npy", mmap_mode="r"), y=np.array(answers))
