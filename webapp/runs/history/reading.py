"""Reading a run's history: live and replay are this one path.

The history is exact and complete; it is thinned on reading only, and so that the smallest, the largest and
the last cost of every bucket of steps stay in view.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from django.db.models import F, QuerySet
from numpy.typing import NDArray

from webapp.runs.history.columns import Columns, Table, join, unpack
from webapp.runs.models import END, Chunk, Point, Run, Stretch, line

BUCKETS = 500  # a chart gets at most three points for each, more than it has pixels

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
        """Whether the run has so many steps by now that its series is thinned."""
        return is_thinned(width_for(self.run.step))


def news(pk: int, seen: Cursor, until: Cursor | None = None) -> News:
    """All of run `pk` beyond what was seen, up to chunk `until`. Raises Run.DoesNotExist.

    It is thinned to what a chart of the whole run so far can show. Who has seen another attempt gets all of
    the line, since part of what was seen may be superseded.
    """
    run = Run.objects.with_dataset().get(pk=pk)
    stretches = line(run.attempts.all())
    newest = stretches[-1] if stretches else Stretch(0, Point(0, 0, 0))
    after = seen if seen.attempt == newest.attempt else Cursor(newest.attempt)
    bound = until if until is not None and until.attempt == newest.attempt else None
    chunks = list(_beyond(run, newest, after, bound))
    if not chunks and not is_known(run, after):
        return news(pk, Cursor(), until)
    earlier = [] if after.sequence else [_stretch(run, stretch) for stretch in stretches[:-1]]
    cursor = Cursor(newest.attempt, chunks[-1].sequence if chunks else after.sequence)
    columns = join([*earlier, _read(chunks)])
    return News(run, after, cursor, as_series(columns, width_for(run.step), width_for(run.epoch)))


def _beyond(run: Run, stretch: Stretch, after: Cursor, bound: Cursor | None) -> QuerySet[Chunk]:
    chunks = run.chunks.filter(attempt=stretch.attempt, sequence__gt=after.sequence).order_by("sequence")
    return chunks if bound is None else chunks.filter(sequence__lte=bound.sequence)


def is_known(run: Run, cursor: Cursor) -> bool:
    """Whether the cursor stands where a chunk of the run's history ends, or at its start."""
    mine = run.chunks.filter(attempt=cursor.attempt, sequence=cursor.sequence)
    return cursor.sequence == 0 or mine.exists()


def window(run: Run, first: int, last: int) -> Series:
    """Steps `first` to `last`, both included: each of them, unless a chart could not show so many."""
    columns = columns_of(run, line(run.attempts.all()), first, last)
    return as_series(columns, width_for(last - first + 1), width_for(len(columns.epochs["epoch"])))


def columns_of(run: Run, stretches: Iterable[Stretch], first: int = 0, last: int = END.step) -> Columns:
    """All that counts of the stretches between two steps, both included."""
    return join([_stretch(run, stretch, first, last) for stretch in stretches])


def _stretch(run: Run, stretch: Stretch, first: int = 0, last: int = END.step) -> Columns:
    """What counts of one attempt, between two steps."""
    last = min(last, stretch.last.step)
    overlapping = (
        run.chunks.filter(attempt=stretch.attempt, first_step__lte=last + 1)
        .alias(end=F("first_step") + F("n_steps"))
        .filter(end__gte=first)
        .order_by("sequence")
    )
    steps, epochs = _read(overlapping)
    return Columns(_within(steps, first, last), _within(epochs, first, last, stretch.last.epoch))


def as_series(columns: Columns, width: int, epochs_width: int) -> Series:
    """Columns as the page takes them: plain lists, thinned to buckets of steps and epochs, gaps as null."""
    steps, epochs = columns
    shown = thin(steps["step"], width, steps["cost"])
    good = thin(epochs["epoch"], epochs_width, epochs["train_error"], epochs["dev_error"])
    return {
        "steps": {name: _plain(steps[name][shown]) for name in ("step", "cost")},
        "epochs": {name: _plain(values[good]) for name, values in epochs.items()},
    }


def width_for(count: int) -> int:
    """Steps, or epochs, in each bucket when `count` of them fill a chart."""
    return count // BUCKETS


def is_thinned(width: int) -> bool:
    """A bucket of up to three rows would keep them all."""
    return width > 3


def thin(number: NDArray[np.int64], width: int, *values: NDArray[np.floating]) -> NDArray[np.intp]:
    """Indices of the rows where one of `values` is smallest, largest or last in its bucket, in order.

    A bucket is `width` consecutive numbers, counted from 1; `number` and each of `values` have shape (n,).
    Buckets lie at fixed places: a series cut where they end and read in pieces is the same as read in one go.
    """
    if not is_thinned(width) or not len(number):
        return np.arange(len(number))
    bucket = (number - 1) // width
    starts = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    ends = np.append(starts[1:], len(number)) - 1
    kept = [ends]
    for value in values:
        by_value = np.lexsort((value, bucket))
        kept += [by_value[starts], by_value[ends]]
    return np.unique(np.concatenate(kept))


def _read(chunks: Iterable[Chunk]) -> Columns:
    return join([unpack(chunk.first_step, chunk.columns) for chunk in chunks])


def _within(rows: Table, first: int, last: int, last_epoch: int = END.epoch) -> Table:
    inside = (rows["step"] >= first) & (rows["step"] <= last)
    if "epoch" in rows:
        inside &= rows["epoch"] <= last_epoch
    return {name: values[inside] for name, values in rows.items()}


def _plain(values: NDArray[np.generic]) -> list[float | int | None]:
    if values.dtype.kind != "f" or not np.isnan(values).any():
        return values.tolist()
    return [None if number != number else number for number in values.tolist()]
