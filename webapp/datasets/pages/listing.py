"""The list of datasets as its address asks for it: searched and sorted, all of it in the URL."""

import re
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict

from webapp.datasets.models import Dataset

PER_PAGE = 50
TAG = re.compile(r"""tag:(?:"([^"]*)"|(\S+))""", re.IGNORECASE)  # tag:lesson, tag:"my course"
COLUMNS = {  # sort key -> (heading, field, right-aligned)
    "name": ("Name", "name", False),
    "state": ("State", "current__state", False),
    "task": ("Task", "current__task", False),
    "rows": ("Rows", "current__n_rows", True),
    "features": ("Features", "current__n_features", True),
    "created": ("Created", "created", True),
}


class Listing:
    """What the list shows: `?q=wine+tag:lesson&sort=-rows&archived=1&page=2`; nonsense is left out."""

    def __init__(self, datasets: QuerySet[Dataset], asked: QueryDict) -> None:
        self.everything = datasets.with_version()
        self.asked = asked
        self.with_archived = asked.get("archived") == "1"
        self.all = self.everything if self.with_archived else self.everything.filter(archived=False)
        self.q = asked.get("q", "").replace("\0", "").strip()  # PostgreSQL knows no NUL
        sort = asked.get("sort", "")
        self.sort = sort if sort.removeprefix("-") in COLUMNS else "-created"

    @property
    def query(self) -> str:
        """The address of this very view, without its page number."""
        kept = self.asked.copy()
        kept.pop("page", None)
        return kept.urlencode()

    @cached_property
    def page(self) -> Page[Dataset]:
        chosen = self.all.filter(name__icontains=self.words) if self.words else self.all
        if self.tags:
            chosen = chosen.filter(pk__in=self._tagged())
        field = COLUMNS[self.sort.removeprefix("-")][1]
        order = f"-{field}" if self.sort.startswith("-") else field
        return Paginator(chosen.order_by(order, "-pk"), PER_PAGE).get_page(self.asked.get("page"))

    @property
    def words(self) -> str:
        """What is searched for in names."""
        return " ".join(TAG.sub(" ", self.q).split())

    @property
    def tags(self) -> set[str]:
        """The tags that all datasets shown must have."""
        return {(quoted or plain).strip().casefold() for quoted, plain in TAG.findall(self.q)}

    def _tagged(self) -> list[int]:
        # SQLite cannot look into JSON lists by itself
        return [pk for pk, tags in self.all.values_list("pk", "tags") if self.tags <= set(tags)]

    @property
    def toggle(self) -> str:
        """The address of this view with archived datasets, or without."""
        kept = self.asked.copy()
        for name in ("page", "archived"):
            kept.pop(name, None)
        if not self.with_archived:
            kept["archived"] = "1"
        return kept.urlencode()

    @cached_property
    def n_archived(self) -> int:
        return self.everything.filter(archived=True).count()

    @cached_property
    def has_any(self) -> bool:
        return self.everything.exists()

    @cached_property
    def is_live(self) -> bool:
        """Whether a dataset on this page is still being read."""
        return any(dataset.current.is_parsing for dataset in self.page)

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
