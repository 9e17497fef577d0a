"""The chosen trials as a CSV file, with every column."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from webapp.csv_file import csv_file
from webapp.sweeps.pages.mine import mine
from webapp.sweeps.pages.selection import Selection
from webapp.sweeps.pages.trials import Table
from webapp.sweeps.wording import written


@require_GET
def csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The trials that the address chooses, sorted as it says; a gap is an empty cell."""
    found = mine(request, pk)
    table = Table(found, Selection.read(found, request.GET), request.GET)
    return csv_file(rows(table), f"{slugify(found.name)[:60] or 'sweep'}-{found.pk}-trials.csv")


def rows(table: Table) -> Iterator[list[Any]]:
    paths = table.dimensions
    yield ["trial", "state", "score", "epochs", *paths, "run", "repeats", "reason"]
    for row in table.ordered:
        values = [written(row.values[path]) if path in row.values else "" for path in paths]
        yield [
            row.number,
            row.state,
            row.score,
            row.epoch,
            *map(plain, values),
            row.run,
            row.repeats,
            plain(row.reason),
        ]


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    formula = text.startswith(("=", "@", "+", "\t", "\r")) or (text.startswith("-") and text[1:2].isalpha())
    return f"'{text}" if formula else text
