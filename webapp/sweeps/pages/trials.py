"""The table of trials and the leaderboard: the chosen rows, sorted and paged, with their cells in words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from webapp.listing import PER_PAGE
from webapp.runs.models import Run
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.lines import Line, cells_of
from webapp.sweeps.pages.parts import is_number
from webapp.sweeps.pages.presentation import score
from webapp.sweeps.pages.selection import Selection, value_of
from webapp.sweeps.results import Row
from webapp.sweeps.wording import title_of

BEST = 10
OF_TRIAL = {
    "number": ("Trial", True),
    "state": ("State", False),
    "score": ("Score", True),
    "epoch": ("Epochs", True),
}


@dataclass(frozen=True)
class Table:
    """`?sort=-learning_rate&page=2` of the chosen trials: best first, unless asked otherwise."""

    sweep: Sweep
    selection: Selection
    asked: QueryDict

    @cached_property
    def dimensions(self) -> list[str]:
        """The columns beside the fixed ones: what is searched now, then what was before."""
        paths = (path for row in self.selection.all_rows for path in row.values)
        return list(dict.fromkeys([*self.selection.space.dimensions, *paths]))

    @cached_property
    def sort(self) -> str:
        asked = self.asked.get("sort", "")
        return asked if asked.removeprefix("-") in {*OF_TRIAL, *self.dimensions} else "score"

    @cached_property
    def ordered(self) -> list[Row]:
        """All chosen rows, as they are sorted; those without a value are last either way."""
        key, falls = self.sort.removeprefix("-"), self.sort.startswith("-")
        if key == "score" and not falls:
            return best_first(self.selection.rows)
        having = [row for row in self.selection.rows if value_of(row, key) is not None]
        lacking = [row for row in self.selection.rows if value_of(row, key) is None]
        numbers = all(is_number(value_of(row, key)) for row in having)
        order = (lambda row: value_of(row, key)) if numbers else (lambda row: str(value_of(row, key)))
        return sorted(having, key=order, reverse=falls) + lacking

    @cached_property
    def page(self) -> Page[Row]:
        return Paginator(self.ordered, PER_PAGE).get_page(self.asked.get("page"))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The trials of the page, each with its line."""
        shown, paths = list(self.page.object_list), tuple(self.dimensions)
        runs = present(shown)
        lines = [Line.of(self.sweep, row, paths, runs.get(row.run)) for row in shown]
        return [
            {"trial": row, "line": line, "values": line.cells} for row, line in zip(shown, lines, strict=True)
        ]

    @property
    def headings(self) -> list[dict[str, object]]:
        """One entry a column: its title, the address that sorts by it, and how it is sorted now."""
        columns = OF_TRIAL | {path: (title_of(path), self._is_number(path)) for path in self.dimensions}
        key, falls = self.sort.removeprefix("-"), self.sort.startswith("-")
        return [
            {
                "title": title,
                "number": number,
                "query": self.address(f"-{name}" if self.sort == name else name),
                "order": ("descending" if falls else "ascending") if name == key else "",
            }
            for name, (title, number) in columns.items()
        ]

    def _is_number(self, path: str) -> bool:
        values = (row.values[path] for row in self.selection.all_rows if path in row.values)
        return all(is_number(value) for value in {type(value): value for value in values}.values())

    def address(self, sort: str = "") -> str:
        """This selection under another order; without one, as it is."""
        said = QueryDict(self.selection.query, mutable=True)
        if sort or self.sort != "score":
            said["sort"] = sort or self.sort
        return said.urlencode()


def best_first(rows: list[Row]) -> list[Row]:
    """Whole trainings by their score, then the others by theirs: what was given up early is no rival."""
    return sorted(rows, key=lambda row: (not row.counts, row.score is None, row.score or 0, row.number))


def leaderboard(sweep: Sweep, selection: Selection) -> list[dict[str, Any]]:
    """The best of the chosen trials, finalists with what they came to with other seeds."""
    best = ranked(selection)[:BEST]
    paths, runs = tuple(selection.space.dimensions), present(best)
    again: dict[int | None, list[str]] = defaultdict(list)
    for row in selection.all_rows:
        if row.counts:
            again[row.repeats].append(score(sweep, row.score))
    return [
        {
            "trial": row,
            "score": score(sweep, row.score),
            "again": again.get(row.number, []),
            "run": runs.get(row.run),
            "values": cells_of(row.values, paths),
        }
        for row in best
    ]


def ranked(selection: Selection) -> list[Row]:
    """The chosen trials that are compared, the best first."""
    return [row for row in best_first(selection.rows) if row.is_ranked]


def present(rows: list[Row]) -> dict[int | None, int]:
    """The keys of those runs that one can still look at, by themselves."""
    keys = [row.run for row in rows if row.run is not None]
    return {key: key for key in Run.objects.present().filter(pk__in=keys).values_list("pk", flat=True)}
