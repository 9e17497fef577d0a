"""Decisions about a dataset's data: every change makes another version, and any version can be used again."""

import shutil

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from webapp.datasets import usage
from webapp.datasets.incoming import quotas
from webapp.datasets.ingestion import announce
from webapp.datasets.models import AuditEntry, Dataset, Version
from webapp.datasets.recipe import Recipe
from webapp.datasets.refusal import Refusal

AT_ONCE = 3  # versions of a dataset that wait or are being made


def change(dataset: Dataset, author: AbstractBaseUser, recipe: Recipe) -> Version:
    """A version of `dataset` by `recipe`, used as soon as a worker has made it; the one there is when it is
    made by this recipe already.

    Raises Refusal when too many are being made, or when about as many bytes as now go over a quota.
    """
    if there := alike(dataset, recipe):
        use(dataset, author, there)
        return there
    with transaction.atomic():
        quotas.refuse_over(author, dataset.current.size, "Another version")
        if dataset.versions.filter(state=Version.State.PARSING).count() >= AT_ONCE:
            raise Refusal(
                f"{AT_ONCE} versions of “{dataset}” are being made already.",
                "Wait until one of them is ready.",
            )
        version = dataset.current.successor(author, recipe)
        AuditEntry.note(author, "made", dataset, f"version {version.number}")
        transaction.on_commit(lambda: announce(version.pk))
    return version


def again(dataset: Dataset, author: AbstractBaseUser) -> Version:
    """The version in use made once more, from the file on: a new version, for runs remember theirs.

    The worker knows by the recipe, which an earlier version has, that it is to read the file again; until it
    has, everything else goes on with the old reading.
    """
    recipe = dataset.current.choices
    with transaction.atomic():
        version = dataset.current.successor(author, recipe)
        AuditEntry.note(author, "read again", dataset, f"version {version.number}")
        transaction.on_commit(lambda: announce(version.pk))
    return version


def alike(dataset: Dataset, recipe: Recipe) -> Version | None:
    """The version made, or being made, by just this recipe."""
    made = dataset.versions.exclude(state=Version.State.FAILED).defer("columns", "notes")
    return next((version for version in made if version.choices == recipe), None)


def use(dataset: Dataset, author: AbstractBaseUser, version: Version) -> None:
    """Make a version that is ready the one in use."""
    if not version.is_ready or version.is_current:
        return
    with transaction.atomic():
        Dataset.objects.filter(pk=dataset.pk).update(current=version)
        AuditEntry.note(author, "used", dataset, f"version {version.number}")


def can_read(dataset: Dataset) -> bool:
    """Whether there is still something to make versions of."""
    return bool(dataset.builtin) or dataset.source.exists()


def can_retry(version: Version) -> bool:
    """Whether it failed and there is still something to make it of."""
    return version.state == Version.State.FAILED and can_read(version.dataset)


def retry(version: Version, author: AbstractBaseUser) -> bool:
    """Make a version that failed once more; False when there is nothing to make."""
    if not can_retry(version) or not version.retry():
        return False
    AuditEntry.note(author, "retried", version.dataset, f"version {version.number}")
    transaction.on_commit(lambda: announce(version.pk))
    return True


def kept_because(version: Version, users: str) -> str:
    """Why it cannot be deleted, in words; empty when it can. `users` are "2 runs and 1 sweep", or nothing."""
    if version.is_current:
        return "it is in use"
    if version.is_parsing:
        return "it is being made"
    return f"{users} used it" if users else ""


def remove(version: Version, author: AbstractBaseUser) -> None:
    """Delete a version, and the reading that no other one is made of.

    Raises Refusal when it has to stay.
    """
    _removable(version)
    usage.forget_deleted_runs(version=version)  # before others have to wait
    with transaction.atomic():
        # As `successor` does: nobody begins another version while its reading is taken away
        Dataset.objects.select_for_update().get(pk=version.dataset_id)
        found = _removable(version)
        if found is None:
            return
        dataset, number, reading = found.dataset, found.number, found.table
        usage.forget_deleted_runs(version=found)  # what was deleted since
        found.delete()
        _remove_reading(dataset, reading.name)
        AuditEntry.note(author, "deleted", dataset, f"version {number}")


def _removable(version: Version) -> Version | None:
    """The version as it is now; None when it is gone. Raises Refusal when it has to stay."""
    found = Version.objects.select_related("dataset").filter(pk=version.pk).first()
    if found is None:
        return None
    counts = [users.filter(version=found).count() for users in (found.dataset.runs, found.dataset.sweeps)]
    if why := kept_because(found, usage.in_words(*counts)):
        raise Refusal(
            f"Version {found.number} stays: {why}.", "Use another version, or delete what used this one."
        )
    return found


def _remove_reading(dataset: Dataset, digest: str) -> None:
    others = dataset.versions.defer("columns", "notes")
    if all(other.choices.reading.digest != digest for other in others):
        shutil.rmtree(dataset.folder / "tables" / digest, ignore_errors=True)
