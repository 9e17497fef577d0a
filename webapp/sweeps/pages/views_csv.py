"""The chosen trials as a CSV file, with every column."""

import csv as files
from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from webapp.sweeps.pages.mine import mine
from webapp.sweeps.pages.selection import Selection
from webapp.sweeps.pages.trials import Table
from webapp.sweeps.wording import written


class Echo:
    """A file that gives back what is written into it."""

    def write(self, text: str) -> str:
        return text


@require_GET
def csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The trials that the address chooses, sorted as it says; a gap is an empty cell."""
    found = mine(request, pk)
    table = Table(found, Selection.read(found, request.GET), request.GET)
    name = f"{slugify(found.name)[:60] or 'sweep'}-{found.pk}-trials.csv"
    answer = StreamingHttpResponse(lines(table), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def lines(table: Table) -> Iterator[str]:
    writer = files.writer(Echo(), lineterminator="\n")
    paths = table.dimensions
    yield writer.writerow(["trial", "state", "score", "epochs", *paths, "run", "repeats", "reason"])
    for row in table.ordered:
        values = [written(row.values[path]) if path in row.values else "" for path in paths]
        ends = [row.run or "", row.repeats or "", plain(row.reason)]
        score = "" if row.score is None else repr(row.score)
        yield writer.writerow([row.number, row.state, score, row.epoch, *map(plain, values), *ends])


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    formula = text.startswith(("=", "@", "+", "\t", "\r")) or (text.startswith("-") and text[1:2].isalpha())
    return f"'{text}" if formula else text
