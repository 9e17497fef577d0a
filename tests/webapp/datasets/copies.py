"""What became of a file, kept once it was read: its rows and its folder, set up again for other tests."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import Model

from webapp.datasets.models import Dataset, Version


class Copy(NamedTuple):
    """A dataset with one version, as the worker left it."""

    dataset: dict[str, Any]
    version: dict[str, Any]
    folder: Path


def keep(dataset: Dataset, folder: Path) -> Copy:
    """Copy it to `folder`, which must not exist."""
    shutil.copytree(dataset.folder, folder)
    return Copy(values(dataset), values(dataset.current), folder)


def set_up(copy: Copy, owner: User) -> Dataset:
    """The same dataset anew, in the database and the home of this test."""
    dataset = again(Dataset, copy.dataset, owner_id=owner.pk, current_id=None)
    version = again(Version, copy.version, dataset_id=dataset.pk, author_id=owner.pk)
    Dataset.objects.filter(pk=dataset.pk).update(current=version)
    shutil.copytree(copy.folder, dataset.folder)
    return Dataset.objects.get(pk=dataset.pk)


def values(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def again(model: type[Model], kept: dict[str, Any], **changes: Any) -> Any:
    """A row with a key of its own; times that the model sets by itself are those of the first row."""
    facts = {name: value for name, value in (kept | changes).items() if name != model._meta.pk.attname}
    row = model.objects.create(**facts)
    model.objects.filter(pk=row.pk).update(**facts)
    return row
