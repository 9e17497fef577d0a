"""Some series of a run on request: smoothed, thinned, or every point of a window.

A series is named by itself; the table it belongs to comes with the columns to draw it over. What is smoothed
is smoothed before it is thinned, and from so far before the window on that it does not depend on the window.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from webapp.runs.history.columns import EPOCHS, PULSE, STEPS, Table, stack
from webapp.runs.history.fetching import ALL, Wanted
from webapp.runs.history.reading import Tables, coarse, columns_of
from webapp.runs.history.smoothing import Average, reach
from webapp.runs.history.thinning import extremes_in, is_thinned, plain, shown, table_width
from webapp.runs.models import Attempt, Run, Stretch, line

OVER = {"steps": ("step", "seconds"), "epochs": ("epoch", "step"), "pulse": ("step", "seconds")}
TABLES = {"pulse": PULSE, "epochs": EPOCHS, "steps": STEPS}
KNOWN = {name: table for table, names in TABLES.items() for name in names if name not in OVER[table]}
SMOOTH = "smooth."  # before the name of a series that is smoothed
VALUES = 4_500  # numbers in an answer for each table, at most, when it is thinned
PIECE = 2**19  # steps that are read at once when all are wanted
GAPS = 2  # times as far as an average reaches back it is begun: half of the costs may be gaps


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
    return _Question(run, list(run.attempts.all()), names, beta, Window(first, last)).answer()


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
            found = _Question(run, until, names, beta, Window(first)).answer()
            segments.append({"attempt": attempt.number, "series": found.series})
    return segments


def clock(run: Run) -> list[dict[str, float]]:
    """When each attempt began, in ms since 1970, at which step, and how many seconds were trained by then.

    A point of an attempt was made at `began + 1000 * (its seconds - seconds)`. What a branch has from its
    parent is told as if it had been trained without a break until the branch was made.
    """
    attempts = list(run.attempts.all())
    inherited = next((attempt.seconds for attempt in attempts if attempt.origin == 0), 0.0)
    return [
        {
            "attempt": attempt.number,
            "step": attempt.step,
            "seconds": attempt.seconds,
            "began": round(1000 * (attempt.began.timestamp() - (0.0 if attempt.number else inherited))),
        }
        for attempt in attempts
    ]


def pieces(run: Run, names: Sequence[str], window: Window) -> Iterator[Table]:
    """Each point of series that belong to one table, some at a time. Raises UnknownSeriesError."""
    ((table, columns),) = tables_of(names).items()
    stretches = line(run.attempts.all())
    for part in _cut(window, last_step(run, stretches)):
        rows = columns_of(run, stretches, _wanted({table: columns}, part))._asdict()[table]
        yield {name: rows[name] for name in columns}


def tables_of(names: Sequence[str]) -> dict[str, list[str]]:
    """The columns of an answer, by table. Raises UnknownSeriesError."""
    if not names or (unknown := [name for name in names if name not in KNOWN and name != "seconds"]):
        what = f"There is no series {', '.join(unknown)}." if names else "Name at least one series."
        raise UnknownSeriesError(f"{what} Known: {', '.join(KNOWN)}.")
    tables: dict[str, list[str]] = {}
    for name in names:
        table = KNOWN.get(name, "steps")
        columns = tables.setdefault(table, list(OVER[table]))
        columns += [] if name in columns else [name]
    return tables


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


class _Question:
    """Series of the line of some attempts, in a window."""

    def __init__(
        self, run: Run, attempts: Sequence[Attempt], names: Sequence[str], beta: float | None, window: Window
    ) -> None:
        self.run, self.stretches = run, line(attempts)
        self.asked = tables_of(names)
        self.beta, self.window = beta, window
        if beta is not None and "steps" in self.asked:
            noisy = [name for name in self.asked["steps"] if name not in OVER["steps"]]
            self.asked["steps"] += [f"{SMOOTH}{name}" for name in noisy]
        self.end = last_step(run, self.stretches)
        self.widths = self._widths()

    def answer(self) -> Answer:
        """The tables, thinned where they have to be."""
        asked = self.asked
        exact = not any(
            is_thinned(self.widths[table], len(extremes_in(table, asked[table]))) for table in asked
        )
        rows = self._rows()
        return Answer({table: plain(rows[table], self._shown(table, rows[table])) for table in asked}, exact)

    def _widths(self) -> dict[str, int]:
        """How wide the buckets of each table are. Epochs are taken to have the same number of steps each."""
        run, (first, last) = self.run, self.window
        n_steps = max(0, min(self.end, self.end if last is None else last) - max(1, first) + 1)
        n_epochs = min(run.epoch, -(-run.epoch * n_steps // max(1, run.step))) + 1
        counts = {"steps": n_steps, "epochs": n_epochs, "pulse": n_steps}
        return {
            table: table_width(table, columns, counts[table], VALUES) for table, columns in self.asked.items()
        }

    def _rows(self) -> dict[str, Table]:
        """The asked columns of each table, in the window."""
        smoothed = ["steps"] if self.beta is not None and "steps" in self.asked else []
        others = {table: columns for table, columns in self.asked.items() if table not in smoothed}
        found: dict[str, Table] = {table: self._averaged() for table in smoothed}
        if others:
            wanted = _wanted(others, self.window)._replace(coarse=coarse(self.widths))
            read = columns_of(self.run, self.stretches, wanted)._asdict()
            found |= {
                table: {name: read[table][name] for name in columns} for table, columns in others.items()
            }
        return found

    def _averaged(self) -> Table:
        """Steps with averages of all steps before them that still have weight; thinned piece by piece."""
        averages = {
            name: Average(self.beta or 0.0) for name in self.asked["steps"] if name.startswith(SMOOTH)
        }
        shown: list[Table] = []
        begin = max(0, self.window.first - GAPS * reach(self.beta or 0.0))
        for part in _cut(Window(begin, self.window.last), self.end) or [Window(0, 0)]:
            rows = columns_of(self.run, self.stretches, _wanted(self.asked, part)).steps
            for name, average in averages.items():
                rows[name] = average.go_on(rows[name.removeprefix(SMOOTH)]).astype(np.float32)
            start = np.searchsorted(rows["step"], self.window.first)
            rows = {name: rows[name][start:] for name in self.asked["steps"]}
            kept = self._shown("steps", rows)
            shown.append({name: values[kept] for name, values in rows.items()})
        return stack(shown)

    def _shown(self, table: str, rows: Table) -> NDArray[np.intp]:
        return shown(table, rows, self.widths[table])


def _cut(window: Window, end: int) -> list[Window]:
    """A window in pieces, up to the last step there is."""
    last = end if window.last is None else min(end, window.last)
    return [
        Window(first, min(last, first + PIECE - 1)) for first in range(max(1, window.first), last + 1, PIECE)
    ]


def _wanted(asked: Mapping[str, Sequence[str]], window: Window) -> Wanted:
    """What to read of each table, exactly."""
    series = [name for name in asked.get("steps", ()) if name in STEPS]
    tables = [table for table in asked if table != "steps"]
    last = ALL.last if window.last is None else window.last
    return Wanted((*series, *tables), (), window.first, last)
