"""The list of runs as its address asks for it: searched, filtered and sorted, all of it in the URL."""

from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from webapp.runs.models import Run
from webapp.runs.presentation import strip

PER_PAGE = 50

COLUMNS = {  # sort key -> (heading, field, right-aligned)
    "name": ("Name", "name", False),
    "state": ("State", "state", False),
    "dataset": ("Dataset", "version__dataset__name", False),
    "epoch": ("Epoch", "epoch", True),
    "train": ("Train error", "train_error", True),
    "dev": ("Dev error", "dev_error", True),
    "best": ("Best dev error", "best_dev_error", True),
    "created": ("Created", "created", True),
}


class Listing:
    """What the list shows: `?q=digits&state=running&sort=-best&page=2`; what makes no sense is left out."""

    def __init__(self, runs: QuerySet[Run], asked: QueryDict) -> None:
        self.all = runs
        self.asked = asked
        self.q = asked.get("q", "").replace("\0", "").strip()  # PostgreSQL knows no NUL
        self.state = asked.get("state", "") if asked.get("state") in Run.State.values else ""
        self.sort = (
            asked.get("sort", "") if asked.get("sort", "").removeprefix("-") in COLUMNS else "-created"
        )
        self.states = Run.State.values

    @property
    def query(self) -> str:
        """The address of this very view, without its page number."""
        kept = self.asked.copy()
        kept.pop("page", None)
        return kept.urlencode()

    @cached_property
    def page(self) -> Page[Run]:
        return Paginator(self._sorted(self._chosen()), PER_PAGE).get_page(self.asked.get("page"))

    @property
    def rows(self) -> list[dict[str, object]]:
        """The runs of this page, each with its figures in words."""
        return [{"run": run, "strip": strip(run)} for run in self.page]

    @cached_property
    def has_any(self) -> bool:
        return self.all.exists()

    @cached_property
    def is_live(self) -> bool:
        """Whether a run on this page can still change."""
        return any(run.is_live for run in self.page)

    @property
    def headings(self) -> list[dict[str, object]]:
        """One entry a column: its title, the address that sorts by it, and how it is sorted now."""
        key = self.sort.removeprefix("-")
        return [
            {
                "title": title,
                "number": number,
                "query": self._sorted_by(f"-{name}" if self.sort == name else name),
                "order": ("descending" if self.sort.startswith("-") else "ascending") if name == key else "",
            }
            for name, (title, _, number) in COLUMNS.items()
        ]

    def _sorted_by(self, sort: str) -> str:
        kept = self.asked.copy()
        kept.pop("page", None)
        kept["sort"] = sort
        return kept.urlencode()

    def _chosen(self) -> QuerySet[Run]:
        runs = self.all
        if self.q:
            runs = runs.filter(Q(name__icontains=self.q) | Q(version__dataset__name__icontains=self.q))
        return runs.filter(state=self.state) if self.state else runs

    def _sorted(self, runs: QuerySet[Run]) -> QuerySet[Run]:
        field = F(COLUMNS[self.sort.removeprefix("-")][1])
        order = field.desc(nulls_last=True) if self.sort.startswith("-") else field.asc(nulls_last=True)
        return runs.order_by(order, "-pk")
