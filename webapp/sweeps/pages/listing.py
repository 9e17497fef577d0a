"""The list of sweeps: found by name or dataset, sorted and paged."""

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict

from webapp.listing import Listing
from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.pages.presentation import score
from webapp.sweeps.plan import Extent

WAIT = (Trial.State.WAITING, Trial.State.TRAINING)


class SweepListing(Listing[Sweep]):
    """`?q=digits&state=running&sort=-best&page=2`"""

    columns = {
        "name": ("Name", "name", False),
        "dataset": ("Dataset", "version__dataset__name", False),
        "state": ("State", "state", False),
        "trials": ("Trials", "n_done", True),
        "best": ("Best score", "best", True),
        "round": ("Round", "round", True),
        "created": ("Created", "created", True),
    }
    states = Sweep.State.values

    def __init__(self, user: AbstractBaseUser, asked: QueryDict) -> None:
        super().__init__(Sweep.objects.visible_to(user).with_dataset(), asked)
        self.state = asked.get("state", "") if asked.get("state") in self.states else ""

    def chosen(self) -> QuerySet[Sweep]:
        """Those whose names, or whose datasets' names, hold the words."""
        found = self.all.annotate(n_done=counted(), best=best())
        for word in self.q.split()[:20]:
            found = found.filter(Q(name__icontains=word) | Q(version__dataset__name__icontains=word))
        return found.filter(state=self.state) if self.state else found

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The sweeps of this page with their figures in words."""
        return [
            {
                "sweep": sweep,
                "trials": how_far(sweep),
                "best": score(sweep, sweep.best),
            }
            for sweep in self.page
        ]

    @cached_property
    def is_live(self) -> bool:
        """Whether a sweep on this page can still change."""
        return any(not sweep.has_ended for sweep in self.page)


def how_far(sweep: Any) -> str:
    """Of how many trials so many have ended; of a sweep that has finished, that many were all."""
    if sweep.state == Sweep.State.FINISHED:
        return f"{sweep.n_done:,}"
    extent = Extent(sweep.planned, sweep.spec)
    return f"{sweep.n_done:,} of {max(extent.trials + extent.repetitions, sweep.n_done):,}"


def counted() -> Coalesce:
    """How many trials of a sweep have ended; not those that waited when it was stopped."""
    ended = Trial.objects.filter(sweep=OuterRef("pk")).exclude(state__in=WAIT).order_by().values("sweep")
    ended = ended.exclude(state=Trial.State.STOPPED, cohort=None)
    return Coalesce(Subquery(ended.annotate(n=Count("pk")).values("n")), 0)


def best() -> Subquery:
    """The smallest score of those that are ranked."""
    ranked = Trial.objects.filter(sweep=OuterRef("pk")).ranked().order_by().values("sweep")
    return Subquery(ranked.annotate(least=Min(F("score"))).values("least"))
