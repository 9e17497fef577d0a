"""The list of runs: found by their name or their dataset's, and by state."""

from functools import cached_property

from django.db.models import Q, QuerySet
from django.http import QueryDict

from webapp.listing import Listing
from webapp.runs.models import Run
from webapp.runs.pages.presentation import figures


class RunListing(Listing[Run]):
    """`?q=digits&state=running&sort=-best&page=2`"""

    columns = {
        "name": ("Name", "name", False),
        "state": ("State", "state", False),
        "dataset": ("Dataset", "version__dataset__name", False),
        "epoch": ("Epoch", "epoch", True),
        "train": ("Train error", "train_error", True),
        "dev": ("Dev error", "dev_error", True),
        "best": ("Best dev error", "best_dev_error", True),
        "created": ("Created", "created", True),
    }
    states = Run.State.values

    def __init__(self, runs: QuerySet[Run], asked: QueryDict) -> None:
        super().__init__(runs, asked)
        self.state = asked.get("state", "") if asked.get("state") in self.states else ""

    def chosen(self) -> QuerySet[Run]:
        """Those whose name, or whose dataset's, holds what is searched for."""
        found = self.all
        if self.q:
            found = found.filter(Q(name__icontains=self.q) | Q(version__dataset__name__icontains=self.q))
        return found.filter(state=self.state) if self.state else found

    @property
    def rows(self) -> list[dict[str, object]]:
        """The runs of this page, each with its figures in words."""
        return [{"run": run, "strip": figures(run)} for run in self.page]

    @cached_property
    def is_live(self) -> bool:
        """Whether a run on this page can still change."""
        return any(run.is_live for run in self.page)
