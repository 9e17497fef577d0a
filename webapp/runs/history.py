"""Reading a run's history: live and replay are this one path.

The history is exact and complete; it is thinned on reading only, and so that the smallest, the largest and
the last cost of every bucket of steps stay in view.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from webapp.runs.columns import Columns, Table, join, unpack
from webapp.runs.models import Chunk, Run

BUCKETS = 1000  # a chart gets at most three points for each

Series = dict[str, dict[str, list[float | int | None]]]


class Cursor(NamedTuple):
    """What a viewer has: all of `attempt` up to chunk `sequence`."""

    attempt: int = 0
    sequence: int = 0


class News(NamedTuple):
    """What lies beyond a viewer's cursor; `after` is that cursor, or the start of a newer attempt."""

    run: Run
    after: Cursor
    cursor: Cursor
    series: Series

    @property
    def thinned(self) -> bool:
        """Whether the run is so long that its series are thinned."""
        return is_thinned(width_for(self.run.n_steps))


def news(pk: int, seen: Cursor, until: Cursor | None = None) -> News:
    """All of run `pk` beyond what was seen, up to chunk `until`. Raises Run.DoesNotExist."""
    run = Run.objects.select_related("dataset").get(pk=pk)
    after = seen if seen.attempt == run.attempt else Cursor(run.attempt)
    beyond = run.history().filter(sequence__gt=after.sequence)
    if until is not None and until.attempt == run.attempt:
        beyond = beyond.filter(sequence__lte=until.sequence)
    chunks = list(beyond)
    newest = chunks[-1].sequence if chunks else after.sequence
    series = as_series(_read(chunks), width=width_for(run.n_steps))
    return News(run, after, Cursor(run.attempt, newest), series)


def window(run: Run, first: int, last: int) -> Series:
    """Steps `first` to `last`, both included: each of them, unless a chart could not show so many."""
    overlapping = (
        run.history().alias(end=F("first_step") + F("n_steps")).filter(first_step__lte=last, end__gt=first)
    )
    columns = _read(overlapping)
    steps, epochs = (_within(rows, first, last) for rows in columns)
    return as_series(Columns(steps, epochs), width=width_for(last - first + 1))


def as_series(columns: Columns, width: int) -> Series:
    """Columns as the page takes them: plain lists, thinned to buckets of `width` steps, gaps as null."""
    steps = columns.steps
    kept = thin(steps["step"], steps["cost"], width)
    shown = {name: steps[name][kept] for name in ("step", "cost")}
    return {
        "steps": {name: _plain(values) for name, values in shown.items()},
        "epochs": {name: _plain(values) for name, values in columns.epochs.items()},
    }


def width_for(n_steps: int) -> int:
    """Steps per bucket when `n_steps` of them fill a chart."""
    return n_steps // BUCKETS


def is_thinned(width: int) -> bool:
    """A bucket of up to three steps would keep them all."""
    return width > 3


def thin(step: NDArray[np.int64], value: NDArray[np.floating], width: int) -> NDArray[np.intp]:
    """Indices of the smallest, the largest and the last value in each bucket of `width` steps, in order.

    Buckets lie at fixed places of the step axis: a series read in pieces looks like one read in one go.
    """
    if not is_thinned(width) or not len(step):
        return np.arange(len(step))
    bucket = (step - 1) // width
    by_value = np.lexsort((value, bucket))
    starts = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    ends = np.append(starts[1:], len(step)) - 1
    return np.unique(np.concatenate([by_value[starts], by_value[ends], ends]))


def _read(chunks: Iterable[Chunk]) -> Columns:
    return join([unpack(chunk.first_step, chunk.columns) for chunk in chunks])


def _within(rows: Table, first: int, last: int) -> Table:
    inside = (rows["step"] >= first) & (rows["step"] <= last)
    return {name: values[inside] for name, values in rows.items()}


def _plain(values: NDArray[np.generic]) -> list[float | int | None]:
    if values.dtype.kind != "f" or not np.isnan(values).any():
        return values.tolist()
    return [None if number != number else number for number in values.tolist()]
