"""Some series of a run on request: smoothed, thinned, or every point of a window.

A series is named by itself; the table it belongs to comes with the columns to draw it over. What is smoothed
is smoothed from the first step on, whatever the window, and before it is thinned.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from webapp.runs.history.columns import EPOCHS, PULSE, STEPS, Columns, Table
from webapp.runs.history.fetching import ALL, Wanted
from webapp.runs.history.reading import Tables, coarse, columns_of
from webapp.runs.history.smoothing import smooth
from webapp.runs.history.thinning import extremes_in, is_thinned, plain, shown, table_width
from webapp.runs.models import Attempt, Run, Stretch, line

OVER = {"steps": ("step", "seconds"), "epochs": ("epoch", "step"), "pulse": ("step", "seconds")}
TABLES = {"pulse": PULSE, "epochs": EPOCHS, "steps": STEPS}
KNOWN = {name: table for table, names in TABLES.items() for name in names if name not in OVER[table]}
VALUES = 4_000  # numbers in an answer for each table, at most, when it is thinned
PIECE = 2**17  # steps that are read at once when all are wanted


class UnknownSeriesError(ValueError):
    """There is no series of that name; the message lists those there are."""


class Window(NamedTuple):
    """Steps from `first` to `last`, both included; None: to the end."""

    first: int = 0
    last: int | None = None


class Answer(NamedTuple):
    """The tables, plain, and whether they hold each point of the window."""

    series: Tables
    exact: bool


def series(
    run: Run, names: Sequence[str], beta: float | None = None, first: int = 0, last: int | None = None
) -> Answer:
    """The named series of the run's line from step `first` to `last`, both included.

    With `beta`, each series of steps comes with its average `smooth.name`. Raises UnknownSeriesError.
    """
    return _answer(run, list(run.attempts.all()), names, beta, Window(first, last))


def superseded(run: Run, names: Sequence[str], beta: float | None = None) -> list[dict[str, Any]]:
    """What does not count any more, attempt by attempt: `{"attempt": number, "series": tables}`.

    It is smoothed as if it counted. Raises UnknownSeriesError.
    """
    attempts = list(run.attempts.all())
    counts = {stretch.attempt: stretch.last.step for stretch in line(attempts)}
    segments = []
    for attempt in attempts:
        until = [other for other in attempts if other.number <= attempt.number]
        first = max(counts.get(attempt.number, 0), attempt.step) + 1
        if first <= last_step(run, line(until)):
            found = _answer(run, until, names, beta, Window(first))
            segments.append({"attempt": attempt.number, "series": found.series})
    return segments


def clock(run: Run) -> list[dict[str, float]]:
    """When each attempt began, in ms since 1970, at which step, and how many seconds were trained by then.

    A point of an attempt was made at `began + 1000 * (its seconds - seconds)`.
    """
    return [
        {
            "attempt": attempt.number,
            "step": attempt.step,
            "seconds": attempt.seconds,
            "began": round(1000 * attempt.began.timestamp()),
        }
        for attempt in run.attempts.all()
    ]


def pieces(run: Run, names: Sequence[str], window: Window) -> Iterator[Table]:
    """Each point of series that belong to one table, some at a time. Raises UnknownSeriesError."""
    asked = tables_of(names)
    ((table, columns),) = asked.items()
    stretches = line(run.attempts.all())
    end = last_step(run, stretches) if window.last is None else min(window.last, last_step(run, stretches))
    for first in range(window.first, end + 1, PIECE):
        wanted = _wanted(asked, {}, Window(first, min(end, first + PIECE - 1)))
        rows = getattr(columns_of(run, stretches, wanted), table)
        yield {name: rows[name] for name in columns}


def tables_of(names: Sequence[str]) -> dict[str, list[str]]:
    """The columns of an answer, by table. Raises UnknownSeriesError."""
    if not names or (unknown := [name for name in names if name not in KNOWN and name != "seconds"]):
        what = f"There is no series {', '.join(unknown)}." if names else "Name at least one series."
        raise UnknownSeriesError(f"{what} Known: {', '.join(KNOWN)}.")
    tables = {KNOWN.get(name, "steps"): None for name in names}
    return {
        table: [
            *dict.fromkeys([*OVER[table], *(name for name in names if KNOWN.get(name, "steps") == table)])
        ]
        for table in tables
    }


def last_step(run: Run, stretches: Sequence[Stretch]) -> int:
    """The last step of the newest of some stretches that is in the history."""
    if not stretches:
        return 0
    newest = stretches[-1]
    rows = (
        of.filter(attempt=newest.attempt).order_by("-sequence").values_list("first_step", "n_steps").first()
        for of in (run.chunks, run.blocks)
    )
    last = max([newest.first.step, *(first + n - 1 for first, n in filter(None, rows))])
    return min(last, newest.last.step)


def _answer(
    run: Run, attempts: Sequence[Attempt], names: Sequence[str], beta: float | None, window: Window
) -> Answer:
    asked, stretches = tables_of(names), line(attempts)
    if beta is not None and "steps" in asked:
        asked["steps"] += [f"smooth.{name}" for name in asked["steps"] if name not in OVER["steps"]]
    widths = _widths(run, asked, last_step(run, stretches), window)
    rows = _read(run, stretches, asked, beta, widths, window)
    exact = not any(is_thinned(widths[table], len(extremes_in(table, asked[table]))) for table in asked)
    return Answer(
        {table: plain(rows[table], shown(table, rows[table], widths[table])) for table in asked}, exact
    )


def _widths(run: Run, asked: Mapping[str, Sequence[str]], end: int, window: Window) -> dict[str, int]:
    end = end if window.last is None else min(end, window.last)
    n_steps = max(0, end - max(1, window.first) + 1)
    n_epochs = min(run.epoch, -(-run.epoch * n_steps // max(1, run.step))) + 1
    counts = {"steps": n_steps, "epochs": n_epochs, "pulse": n_steps}
    return {table: table_width(table, columns, counts[table], VALUES) for table, columns in asked.items()}


def _read(
    run: Run,
    stretches: Sequence[Stretch],
    asked: Mapping[str, Sequence[str]],
    beta: float | None,
    widths: Mapping[str, int],
    window: Window,
) -> dict[str, Table]:
    """The asked columns of each table, in the window; steps that are to be averaged from the first one on."""
    found = columns_of(run, stretches, _wanted(asked, widths, window))._asdict()
    if beta is not None and "steps" in asked:
        whole = columns_of(run, stretches, _wanted({"steps": asked["steps"]}, {}, Window(0, window.last)))
        found["steps"] = _averaged(whole, asked["steps"], beta, window.first)
    return {table: {name: found[table][name] for name in columns} for table, columns in asked.items()}


def _wanted(asked: Mapping[str, Sequence[str]], widths: Mapping[str, int], window: Window) -> Wanted:
    series = [name for name in asked.get("steps", ()) if name in STEPS]
    names = (*series, *(table for table in asked if table != "steps"))
    last = ALL.last if window.last is None else window.last
    return Wanted(names, coarse(widths), window.first, last)


def _averaged(whole: Columns, columns: Sequence[str], beta: float, first: int) -> Table:
    """Steps from `first` on, with the averages of all steps so far."""
    rows = dict(whole.steps)
    for name in columns:
        if name.startswith("smooth."):
            rows[name] = smooth(rows[name.removeprefix("smooth.")], beta)
    start = np.searchsorted(rows["step"], first)
    return {name: values[start:] for name, values in rows.items()}
