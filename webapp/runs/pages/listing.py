"""The list of runs: searched, filtered by state, with the columns that somebody chose."""

import json
from functools import cached_property
from zlib import crc32

from django.contrib.auth.models import AbstractBaseUser
from django.core.paginator import Page, Paginator
from django.db.models import F, Min, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.http import QueryDict

from webapp.listing import PER_PAGE, Listing
from webapp.runs.models import ChosenColumns, Run, Tag
from webapp.runs.pages.presentation import ABSENT, error, figures, written
from webapp.runs.searching.conditions import asks_for_trials, condition
from webapp.runs.searching.language import SearchError
from webapp.runs.searching.quantities import Quantity, quantities, shown_as_columns

MOST_COLUMNS = 20


class RunListing(Listing[Run]):
    """`?q=lr<0.01 tag:baseline&state=running&sort=-best&columns=batch_size,optimizer&page=2`

    Without `columns` the list has those that the user chose last. Trials of sweeps, which are many, are shown
    when the search speaks of them.
    """

    fixed = {
        "name": ("Name", "name", False),
        "state": ("State", "state", False),
        "dataset": ("Dataset", "version__dataset__name", False),
        "tags": ("Tags", "", False),
        "lr": ("Learning rate", "", True),
        "epoch": ("Epoch", "epoch", True),
        "train": ("Train error", "train_error", True),
        "dev": ("Dev error", "dev_error", True),
        "best": ("Best dev error", "best_dev_error", True),
    }
    last = {"created": ("Created", "created", True)}
    star = {"star": ("Star", "starred", False)}
    states = Run.State.values

    def __init__(self, user: AbstractBaseUser, asked: QueryDict) -> None:
        self.user = user
        asked = asked.copy()
        asked.pop("seen", None)  # of a page that asks for news, and no part of its address
        self.chosen_columns = self._columns(asked)
        further = {column.name: (column.title, "", is_number(column)) for column in self.chosen_columns}
        self.columns = {**self.star, **self.fixed, **further, **self.last}
        super().__init__(Run.objects.visible_to(user).with_dataset().prefetch_related("tags"), asked)
        self.state = asked.get("state", "") if asked.get("state") in self.states else ""
        self.problem: SearchError | None = None
        try:
            self.condition = condition(self.q)
        except SearchError as problem:
            self.problem, self.condition = problem, condition("")

    def _columns(self, asked: QueryDict) -> list[Quantity]:
        if "columns" in asked:
            paths = asked["columns"].split(",")
        else:
            paths = ChosenColumns.objects.filter(user=self.user).values_list("paths", flat=True).first() or []
        offered = {quantity.name: quantity for quantity in shown_as_columns()}
        return [offered[path] for path in dict.fromkeys(paths) if path in offered][:MOST_COLUMNS]

    def chosen(self) -> QuerySet[Run]:
        """Those that the search and the state ask for; all of the state's when the search makes no sense."""
        found = self.all.filter(self.condition)
        if not asks_for_trials(self.q):
            found = found.filter(is_trial=False)
        return found.filter(state=self.state) if self.state else found

    @cached_property
    def page(self) -> Page[Run]:
        """One look at all runs for their keys, which tell their number, too; then the rows of this page."""
        keys = list(self.ordered().values_list("pk", flat=True))
        page = Paginator(keys, PER_PAGE).get_page(self.asked.get("page"))
        found = {run.pk: run for run in self.all.filter(pk__in=page.object_list)}
        page.object_list = [found[key] for key in page.object_list if key in found]
        return page

    def sorted_by(self, key: str) -> Combinable:
        if key == "tags":
            of_run = Tag.objects.filter(run=OuterRef("pk")).order_by().values("run")
            return Subquery(of_run.annotate(first=Min("name")).values("first"))
        if key == "lr":
            return quantities()["learning_rate"].expression
        return F(self.columns[key][1]) if self.columns[key][1] else quantities()[key].expression

    @cached_property
    def rows(self) -> list[dict[str, object]]:
        """The runs of this page, each with its figures in words, and a mark that changes with any of them."""
        return [self._row(run) for run in self.page]

    def _row(self, run: Run) -> dict[str, object]:
        tags = [tag.name for tag in run.tags.all()]
        words = figures(run)
        cells = [
            {"text": text_of(run, column), "is_number": is_number(column)} for column in self.chosen_columns
        ]
        row = {
            "strip": words,
            "tags": tags,
            "cells": cells,
            "learning_rate": written(run.spec["learning_rate"]),
        }
        mark = crc32(repr((row, run.name, run.starred, run.dataset.name)).encode())
        return {"run": run, "mark": f"{run.pk}:{mark:08x}", **row}

    @property
    def seen(self) -> str:
        """What the page shows now; sent back, it tells which rows are new to it."""
        return ",".join(row["mark"] for row in self.rows)

    @property
    def poll_values(self) -> str:
        """What the page asks again with, every two seconds: this very view, and what it shows already."""
        return json.dumps({**self.asked.dict(), "seen": self.seen})

    @cached_property
    def is_live(self) -> bool:
        """Whether a run on this page can still change."""
        return any(run.is_live for run in self.page)

    @cached_property
    def hides_trials(self) -> bool:
        """Whether there are trials that are left out here."""
        return not asks_for_trials(self.q) and self.all.filter(is_trial=True).exists()

    @property
    def columns_query(self) -> str:
        """The chosen columns as the address spells them."""
        return ",".join(column.name for column in self.chosen_columns)

    @property
    def offered_columns(self) -> dict[str, list[dict[str, object]]]:
        """Every further column, by group, and whether it is shown."""
        groups: dict[str, list[dict[str, object]]] = {}
        for column in shown_as_columns():
            is_shown = column in self.chosen_columns
            groups.setdefault(column.group, []).append({"column": column, "is_shown": is_shown})
        return groups


def is_number(column: Quantity) -> bool:
    return column.kind in ("number", "date") and not column.inside


def text_of(run: Run, column: Quantity) -> str:
    """What the list shows in a chosen column."""
    if not column.column:
        return ", ".join(written(value, column.choices) for value in column.read(run.spec)) or ABSENT
    if column.name == "version":
        return str(run.version.number)
    value = getattr(run, column.column)
    if value is None:
        return ABSENT
    if column.kind == "date":
        return f"{value:%Y-%m-%d %H:%M}"
    return error(run, value) if column.is_error else f"{value:,}"
