"""Series of a run, for its charts and for other programs."""

from collections.abc import Iterator

import polars as pl
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, StreamingHttpResponse
from django.views.decorators.http import require_GET

from webapp.datasets.pages.streaming import attachment
from webapp.runs.history.series import KNOWN, Window, clock, pieces, superseded, tables_of
from webapp.runs.history.series import series as series_of
from webapp.runs.history.smoothing import LARGEST
from webapp.runs.models import Run
from webapp.runs.pages.mine import mine

LAST = 2**62  # steps are smaller than that


class BadQueryError(ValueError):
    """The address asks for what there cannot be; the message says why."""


@require_GET
def series(request: HttpRequest, pk: int) -> HttpResponse:
    """`?names=cost,learning_rate&beta=0.98&first=1200&last=1300&superseded=1`; all may be left out."""
    return answered(mine(request, pk), request.GET)


def answered(run: Run, query: QueryDict) -> JsonResponse:
    """The series that a query asks for, or why there cannot be such."""
    try:
        names, window, beta = _names(query), _window(query), _beta(query)
        answer = series_of(run, names, beta, *window)
    except ValueError as error:
        return _refusal(error)
    content = {"series": answer.series, "exact": answer.exact, "clock": clock(run)}
    if query.get("superseded") == "1":
        content["superseded"] = superseded(run, names, beta)
    return JsonResponse(content)


@require_GET
def csv(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """Each point of series of one table, as a file: `?names=cost,learning_rate`, first and last."""
    run = mine(request, pk)
    try:
        names, window = _names(request.GET), _window(request.GET)
        if len(tables := tables_of(names)) > 1:
            raise BadQueryError(
                "Steps, epochs and the pulse have different rows: ask for one of them at a time. "
                + " ".join(
                    f"{table.capitalize()}: {', '.join(columns)}." for table, columns in tables.items()
                )
            )
    except ValueError as error:
        return _refusal(error)
    return attachment(request, _lines(run, names, window), f"{run.name}.csv")


def _lines(run: Run, names: list[str], window: Window) -> Iterator[bytes]:
    """A header, then a row for each point; a gap is an empty cell."""
    (columns,) = tables_of(names).values()
    yield (",".join(columns) + "\n").encode()
    for rows in pieces(run, names, window):
        close_old_connections()  # the next piece may be read in another thread
        yield pl.DataFrame(rows).fill_nan(None).write_csv(include_header=False).encode()


def _refusal(error: ValueError) -> JsonResponse:
    return JsonResponse({"error": str(error), "known": list(KNOWN)}, status=400)


def _names(query: QueryDict) -> list[str]:
    return [name.strip() for name in query.get("names", "cost").split(",") if name.strip()]


def _window(query: QueryDict) -> Window:
    first = _step(query, "first", 0)
    last = _step(query, "last", None)
    if last is not None and first > last:
        raise BadQueryError(f"first is {first} and last {last}: first must not be larger.")
    return Window(first, last)


def _step(query: QueryDict, name: str, otherwise: int | None) -> int | None:
    if not (text := query.get(name, "")):
        return otherwise
    try:
        step = int(text)
    except ValueError:
        raise BadQueryError(f"{name} is “{text[:50]}”: give a whole step number.") from None
    if not 0 <= step < LAST:
        raise BadQueryError(f"{name} is no step: give a number from 0 on, or leave it out.")
    return step


def _beta(query: QueryDict) -> float | None:
    if not (text := query.get("beta", "")):
        return None
    try:
        beta = float(text)
    except ValueError:
        raise BadQueryError(f"beta is “{text[:50]}”: give a number from 0 to {LARGEST}.") from None
    if not 0 <= beta <= LARGEST:
        raise BadQueryError(f"beta is {beta}: give a number from 0 to {LARGEST}.")
    return beta
