"""What uses a dataset, or a version of it: all of it is counted, and the user's own is named."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from webapp.datasets.models import Dataset, Version

FORGOTTEN_AT_ONCE = 100


class Used(NamedTuple):
    """How many there are, and of the user's own the latest."""

    count: int = 0
    listed: Sequence[Any] = ()

    @property
    def unlisted(self) -> int:
        return self.count - len(self.listed)


class Usage(NamedTuple):
    runs: Used
    sweeps: Used

    def __str__(self) -> str:
        return in_words(self.runs.count, self.sweeps.count)


def in_words(n_runs: int, n_sweeps: int) -> str:
    """ "2 runs and 1 sweep"; empty when nothing uses it."""
    counts = ((n_runs, "run"), (n_sweeps, "sweep"))
    return " and ".join(f"{n:,} {kind}{'' if n == 1 else 's'}" for n, kind in counts if n)


def of_dataset(dataset: Dataset, user: AbstractBaseUser, at_most: int) -> Usage:
    """What uses any of its versions; so many of the user's runs are listed, and sweeps, with `n_trials`."""
    sweeps = dataset.sweeps.annotate(n_trials=Count("trials"))
    return Usage(*(_all(found, user, at_most) for found in (dataset.runs, sweeps)))


def of_versions(
    dataset: Dataset, versions: Sequence[Version], user: AbstractBaseUser, at_most: int
) -> list[Usage]:
    """What uses each of the versions; so many of the user's runs and sweeps are listed for each."""
    found = (users.filter(version__in=versions) for users in (dataset.runs, dataset.sweeps))
    runs, sweeps = (_by_version(users, user, at_most) for users in found)
    return [Usage(runs.get(each.pk, Used()), sweeps.get(each.pk, Used())) for each in versions]


def n_returnable(**of: Any) -> int:
    """How many deleted runs `of` a version or dataset could still be brought back."""
    return apps.get_model("runs", "Run").objects.returnable().filter(**of).count()


def forget_deleted_runs(**of: Any) -> None:
    """Really delete runs `of` a version or dataset that somebody has deleted already: they keep nothing from
    being deleted. There can be thousands: some at a time, so that others can write in between."""
    deleted = apps.get_model("runs", "Run").objects.filter(deleted__isnull=False, **of)
    while keys := list(deleted.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        deleted.filter(pk__in=keys).delete()


def _all(found: QuerySet[Any], user: AbstractBaseUser, at_most: int) -> Used:
    return Used(found.count(), list(found.filter(owner=user).defer("spec")[:at_most]))


def _by_version(found: QuerySet[Any], user: AbstractBaseUser, at_most: int) -> dict[int, Used]:
    counts = found.order_by().values("version").annotate(count=Count("pk"))
    listed: dict[int, list[Any]] = {}
    for one in _latest(found.filter(owner=user), at_most):
        listed.setdefault(one.version_id, []).append(one)
    return {each["version"]: Used(each["count"], listed.get(each["version"], ())) for each in counts}


def _latest(found: QuerySet[Any], at_most: int) -> QuerySet[Any]:
    """So many of each version, by name alone: a spec can be large."""
    latest = [F("created").desc(), F("pk").desc()]
    place = Window(RowNumber(), partition_by="version", order_by=latest)
    return found.annotate(place=place).filter(place__lte=at_most).only("name", "version")
