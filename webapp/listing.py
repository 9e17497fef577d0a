"""A list of rows as its address asks for it: searched, sorted and paged, all of it in the URL."""

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import Combinable
from django.http import QueryDict

Row = TypeVar("Row", bound=Model)
PER_PAGE = 50


class Listing(Generic[Row]):
    """What a list shows: `?q=wine&sort=-rows&page=2`; what makes no sense is left out.

    `columns` are sort key -> (heading, field, right-aligned); `all` are the rows that one may see.
    """

    columns: ClassVar[Mapping[str, tuple[str, str, bool]]]

    def __init__(self, rows: QuerySet[Row], asked: QueryDict) -> None:
        self.all = rows
        self.asked = asked
        self.q = asked.get("q", "").replace("\0", "").strip()  # PostgreSQL knows no NUL
        sort = asked.get("sort", "")
        self.sort = sort if sort.removeprefix("-") in self.columns else "-created"

    def chosen(self) -> QuerySet[Row]:
        """The rows that are searched for."""
        raise NotImplementedError

    @cached_property
    def page(self) -> Page[Row]:
        return Paginator(self.ordered(), PER_PAGE).get_page(self.asked.get("page"))

    def ordered(self) -> QuerySet[Row]:
        """The rows that are searched for, as they are sorted."""
        field = self.sorted_by(self.sort.removeprefix("-"))
        order = field.desc(nulls_last=True) if self.sort.startswith("-") else field.asc(nulls_last=True)
        return self.chosen().order_by(order, "-pk")

    def sorted_by(self, key: str) -> Combinable:
        """What the rows are sorted by under a sort key."""
        return F(self.columns[key][1])

    @property
    def query(self) -> str:
        """The address of this very view, without its page number."""
        return self.address()

    @cached_property
    def has_any(self) -> bool:
        return self.all.exists()

    @property
    def headings(self) -> list[dict[str, object]]:
        """One entry a column: its title, the address that sorts by it, and how it is sorted now."""
        key = self.sort.removeprefix("-")
        return [
            {
                "title": title,
                "number": number,
                "query": self.address(sort=f"-{name}" if self.sort == name else name),
                "order": ("descending" if self.sort.startswith("-") else "ascending") if name == key else "",
            }
            for name, (title, _, number) in self.columns.items()
        ]

    def address(self, **changes: str | None) -> str:
        """The address of this view's first page with `changes`; None takes a name away."""
        kept = self.asked.copy()
        for name, value in {"page": None, **changes}.items():
            if value is None:
                kept.pop(name, None)
            else:
                kept[name] = value
        return kept.urlencode()
