"""What uses a dataset: all of it is counted, and the user's own is named."""

from typing import Any, NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber


class Used(NamedTuple):
    """How many there are, and of the user's own the latest."""

    count: int
    listed: list[Any]

    @property
    def unlisted(self) -> int:
        return self.count - len(self.listed)


NOTHING = Used(0, [])


def by_version(found: QuerySet[Any], user: AbstractBaseUser, at_most: int) -> dict[int, Used]:
    """What of `found` uses each version, by its key; at most so many of the user's own are listed."""
    counts = found.order_by().values("version").annotate(count=Count("pk"))
    listed: dict[int, list[Any]] = {}
    for one in _latest(found.filter(owner=user), at_most):
        listed.setdefault(one.version_id, []).append(one)
    return {each["version"]: Used(each["count"], listed.get(each["version"], [])) for each in counts}


def _latest(found: QuerySet[Any], at_most: int) -> QuerySet[Any]:
    """So many of each version, by name alone: a spec can be large."""
    latest = [F("created").desc(), F("pk").desc()]
    place = Window(RowNumber(), partition_by="version", order_by=latest)
    return found.annotate(place=place).filter(place__lte=at_most).only("name", "version")
