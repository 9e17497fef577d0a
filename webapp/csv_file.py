"""Rows as a CSV file to keep."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse


def csv_file(rows: Iterable[Sequence[Any]], name: str) -> HttpResponse:
    """The rows as a file of this name, which is plain ASCII; a number that is none is an empty field.

    Whole, for the site's server would collect the pieces of a plain iterator first."""
    file = io.StringIO()
    write = csv.writer(file, lineterminator="\n").writerow
    for row in rows:
        write(["" if value is None or value != value else value for value in row])
    answer = HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
