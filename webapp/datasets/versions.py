"""Decisions about a dataset's data: every change makes another version, and any version can be used again."""

import shutil

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from webapp.datasets.ingestion import announce
from webapp.datasets.models import AuditEntry, Dataset, Version
from webapp.datasets.recipe import Recipe


def change(dataset: Dataset, author: AbstractBaseUser, recipe: Recipe) -> Version:
    """A version of `dataset` by `recipe`, used as soon as a worker has made it; the one there is when it is
    made by this recipe already."""
    same = dataset.versions.filter(recipe=recipe.model_dump(mode="json")).exclude(state=Version.State.FAILED)
    if there := same.first():
        use(dataset, author, there)
        return there
    with transaction.atomic():
        version = dataset.current.successor(author, recipe)
        AuditEntry.note(author, "changed", dataset, f"version {version.number}")
        transaction.on_commit(lambda: announce(version.pk))
    return version


def again(dataset: Dataset, author: AbstractBaseUser) -> Version:
    """The version in use made once more, from the file on: a new version, for runs remember theirs."""
    recipe = dataset.current.choices
    with transaction.atomic():
        version = dataset.current.successor(author, recipe)
        AuditEntry.note(author, "read again", dataset, f"version {version.number}")
        shutil.rmtree(version.table, ignore_errors=True)  # or the worker would take the old reading
        transaction.on_commit(lambda: announce(version.pk))
    return version


def use(dataset: Dataset, author: AbstractBaseUser, version: Version) -> None:
    """Make a version that is ready the one in use."""
    if not version.is_ready or version.is_current:
        return
    with transaction.atomic():
        Dataset.objects.filter(pk=dataset.pk).update(current=version)
        AuditEntry.note(author, "used", dataset, f"version {version.number}")
