"""Deleting runs: hidden at once, really gone when there was time enough to change one's mind."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from webapp.runs.models.run import UNDO, Run

logger = logging.getLogger(__name__)

SWEPT_AT_ONCE = 20
AT_ONCE = 500  # runs in one query


class Hidden(NamedTuple):
    """What `hide` did: `moment` names the runs that were hidden together."""

    moment: datetime
    count: int
    refused: list[Run]


def hide(runs: Iterable[int], by: AbstractBaseUser) -> Hidden:
    """Delete those of the runs, by their keys, that have ended; the others are refused."""
    moment, mine = timezone.now(), Run.objects.visible_to(by)
    count, refused = 0, []
    for keys in batches(list(runs)):
        some = mine.filter(pk__in=keys)
        count += some.filter(state__in=Run.ENDED).update(deleted=moment)
        refused += some.with_dataset().exclude(state__in=Run.ENDED)
    return Hidden(moment, count, refused)


def batches(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    """The keys for one query after the other: databases limit how many values one has."""
    for first in range(0, len(keys), AT_ONCE):
        yield keys[first : first + AT_ONCE]


def restore(moment: datetime, by: AbstractBaseUser) -> int:
    """Bring the runs back that were hidden at `moment`; how many there still were."""
    return Run.objects.returnable().filter(owner=by, deleted=moment).update(deleted=None)


def hidden_by(user: AbstractBaseUser) -> dict[datetime, int]:
    """How many of the user's runs can still come back, by the moment at which they were hidden."""
    recent = Run.objects.returnable().filter(owner=user)
    counts: dict[datetime, int] = {}
    for moment in recent.order_by("-deleted").values_list("deleted", flat=True):
        counts[moment] = counts.get(moment, 0) + 1
    return counts


def sweep() -> int:
    """Really delete what was hidden long enough ago, a few at a time; how many."""
    due = Run.objects.filter(deleted__lt=timezone.now() - UNDO, state__in=Run.ENDED)
    gone = 0
    for run in due.order_by("deleted")[:SWEPT_AT_ONCE]:
        run.delete()
        gone += 1
    if gone:
        logger.info("%d deleted runs are gone with their files", gone)
    return gone
