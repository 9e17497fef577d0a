"""Fetching what counts of an attempt, from its blocks and from the chunks that are not merged yet.

A worker may merge chunks meanwhile. Chunks are read before blocks, and those that are found again in blocks
are left out: what is read is complete, and nothing is in it twice.
"""

from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from django.db.models import F, Q, QuerySet

from webapp.runs.history.blocks import ALWAYS, OVERVIEW, assemble
from webapp.runs.history.columns import EMPTY, STEPS, Columns, Table, join, unpack
from webapp.runs.models import END, Block, Run, Stretch


class Wanted(NamedTuple):
    """What a reader needs: series of steps, and other tables, exactly or, where `coarse`, as in overviews.

    Steps from `first` to `last`, both included; only what lies beyond chunk `after`, and no chunk beyond
    `until`. `seconds` are always read with other series of steps. No names: all there are.
    """

    names: tuple[str, ...] = ()
    coarse: tuple[str, ...] = ()
    first: int = 0
    last: int = END.step
    after: int = 0
    until: int = END.command

    @property
    def series(self) -> list[str]:
        """The series of steps that have to be read."""
        found = [name for name in STEPS if not self.names or name in self.names]
        return list(dict.fromkeys([*found, ALWAYS])) if found else []

    @property
    def tables(self) -> list[str]:
        """The other tables that have to be read."""
        return [name for name in ("epochs", "pulse") if not self.names or name in self.names]


ALL = Wanted()


class Found(NamedTuple):
    """What was read of an attempt, and the numbers of the last chunk in it, and in its blocks; 0: none."""

    sequence: int
    merged: int
    columns: Columns


def fetch(run: Run, stretch: Stretch, wanted: Wanted = ALL) -> Found:
    """What counts of one attempt. Tables and series that are not wanted are left out, or empty."""
    wanted = wanted._replace(last=min(wanted.last, stretch.last.step))
    chunks = list(_overlapping(run.chunks, stretch.attempt, wanted))
    # Where the next chunk is still there, no later one was merged
    is_next = bool(chunks) and chunks[0].sequence == wanted.after + 1
    blocks = [] if is_next else list(_rows(run, stretch.attempt, wanted))
    merged = blocks[-1].sequence if blocks else 0
    chunks = [chunk for chunk in chunks if merged < chunk.sequence <= wanted.until]
    parts = [
        assemble(list(rows), wanted.series, wanted.coarse)
        for _, rows in groupby(blocks, lambda row: row.sequence)
    ]
    parts += [unpack(chunk.first_step, chunk.columns) for chunk in chunks]
    cut = [_within(_only(part, wanted), wanted, stretch.last.epoch) for part in parts or [EMPTY]]
    return Found(chunks[-1].sequence if chunks else merged, merged, join(cut))


def _overlapping(rows: Any, attempt: int, wanted: Wanted) -> QuerySet[Any]:
    """Chunks or blocks of an attempt that have anything to do with what is wanted."""
    mine = rows.filter(attempt=attempt, sequence__gt=wanted.after, first_step__lte=wanted.last + 1)
    mine = mine.alias(end=F("first_step") + F("n_steps")).filter(end__gte=wanted.first)
    return mine.order_by("sequence")


def _rows(run: Run, attempt: int, wanted: Wanted) -> QuerySet[Block]:
    """Overviews of blocks that lie inside; rows as they are of blocks that are cut, and where need be."""
    inside = Q(first_step__gt=wanted.first, end__lte=wanted.last)
    series = [] if "steps" in wanted.coarse else wanted.series
    exact = [*series, *(table for table in wanted.tables if table not in wanted.coarse)]
    names = Q(name__in=[*wanted.series, *wanted.tables])
    if wanted.coarse:
        names = (inside & Q(name__in=[OVERVIEW, *exact])) | (~inside & names)
    return _overlapping(run.blocks, attempt, wanted).filter(names)


def _only(columns: Columns, wanted: Wanted) -> Columns:
    """Without the series that are not wanted, and without the rows of tables that are not."""
    steps = {name: columns.steps[name] for name in ("step", *wanted.series)}
    return Columns(
        steps=steps if wanted.series else _no_rows(steps),
        epochs=columns.epochs if "epochs" in wanted.tables else _no_rows(columns.epochs),
        pulse=columns.pulse if "pulse" in wanted.tables else _no_rows(columns.pulse),
    )


def _no_rows(rows: Table) -> Table:
    return {name: values[:0] for name, values in rows.items()}


def _within(columns: Columns, wanted: Wanted, last_epoch: int) -> Columns:
    return Columns(*(_rows_within(rows, wanted.first, wanted.last, last_epoch) for rows in columns))


def _rows_within(rows: Table, first: int, last: int, last_epoch: int) -> Table:
    start, end = np.searchsorted(rows["step"], (first, last + 1))  # numbers never fall
    if "epoch" in rows:
        end = min(end, np.searchsorted(rows["epoch"], last_epoch, side="right"))
    return {name: values[start:end] for name, values in rows.items()}
