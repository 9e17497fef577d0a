"""The columns of a version as an address asks for them: searched, chosen, sorted, a page at a time."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import QueryDict

PER_PAGE = 100
Column = dict[str, Any]
ORDER = ("target", "split", "feature", "dropped")
SORTS: dict[str, tuple[str, bool, Callable[[Column], Any]]] = {  # key -> (heading, right-aligned, by what)
    "name": ("Column", False, lambda column: column["name"].casefold()),
    "kind": ("Type", False, lambda column: column["kind"]),
    "missing": ("Missing", True, lambda column: column["missing"]),
    "distinct": ("Distinct", True, lambda column: column["distinct"]),
}
ONLY: dict[str, tuple[str, Callable[[Column], bool]]] = {  # key -> (title, which)
    "": ("All columns", lambda _: True),
    "inputs": ("Inputs", lambda column: column.get("role") == "feature"),
    "dropped": ("Not used", lambda column: column.get("role") == "dropped"),
    "missing": ("With missing values", lambda column: column["missing"] > 0),
    "outliers": ("With outliers", lambda column: column.get("outliers", 0) > 0),
    "text": ("Categories and texts", lambda column: column["kind"] in ("category", "text")),
}


class ColumnListing:
    """`?q=age&only=missing&sort=-missing&page=2`; what makes no sense is left out."""

    def __init__(self, columns: list[Column], asked: QueryDict | Mapping[str, str]) -> None:
        self.columns = columns
        self.asked = {key: str(asked.get(key, "")) for key in ("q", "only", "sort", "page", "version")}
        self.q = self.asked["q"].strip()
        self.only = self.asked["only"] if self.asked["only"] in ONLY else ""
        self.sort = self.asked["sort"] if self.asked["sort"].removeprefix("-") in SORTS else ""

    @cached_property
    def chosen(self) -> list[Column]:
        """All columns that are asked for, in order; without a sort the targets come first."""
        _, fits = ONLY[self.only]
        wanted = self.q.casefold()
        found = [column for column in self.columns if fits(column) and wanted in column["name"].casefold()]
        if not self.sort:
            return sorted(found, key=lambda column: ORDER.index(column.get("role") or "feature"))
        _, _, by = SORTS[self.sort.removeprefix("-")]
        return sorted(found, key=by, reverse=self.sort.startswith("-"))

    @cached_property
    def page(self) -> Page[Column]:
        return Paginator(self.chosen, PER_PAGE).get_page(self.asked["page"] or 1)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What `only` can be: (key, title)."""
        return [(key, title) for key, (title, _) in ONLY.items()]

    @property
    def query(self) -> str:
        """The address of this very view, without its page number."""
        return self._query(page="")

    @property
    def headings(self) -> dict[str, dict[str, object]]:
        """For each column that sorts: its title, the address that sorts by it, and how it is sorted now."""
        now = self.sort.removeprefix("-")
        return {
            name: {
                "title": title,
                "number": number,
                "query": self._query(page="", sort=f"-{name}" if self.sort == name else name),
                "order": ("descending" if self.sort.startswith("-") else "ascending") if name == now else "",
            }
            for name, (title, number, _) in SORTS.items()
        }

    def _query(self, **changes: str) -> str:
        kept = QueryDict(mutable=True)
        kept.update({key: value for key, value in (self.asked | changes).items() if value})
        return kept.urlencode()
