"""Blocks: many chunks of one attempt merged, so that a long run opens fast and takes little room.

A block is a few rows of the database: one for each series of steps, single precision as it is; one for the
epochs and one for the pulse; and an overview, the same tables thinned to fine buckets. A chart of the whole
run is made of overviews, exactly as it would be made of all points; a window and an average read the series.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from django.db import transaction
from safetensors.numpy import load, save

from webapp.runs.history.columns import (
    STEPS,
    Columns,
    Table,
    from_named,
    join,
    table_of,
    to_named,
    unpack,
)
from webapp.runs.history.thinning import FINE, shown
from webapp.runs.models import Block, Run

FULL = 2**17  # steps in a block, from which on no more are added to it
OVERVIEW = "overview"
ALWAYS = "seconds"  # every block has this series, others only where they were recorded

Part = tuple[int, Columns]  # up to which chunk, and what it holds


def compact(run: Run, keep: int = 0) -> None:
    """Merge the chunks of the attempt that holds the run but for the last `keep`. Raises LeaseLostError."""
    with transaction.atomic():
        run.hold()
        merge(run, run.attempt, keep)


def compact_all(run: Run) -> None:
    """Merge all chunks of the run, also those of attempts that were cut short. Raises LeaseLostError."""
    with transaction.atomic():
        run.hold()
        for attempt in run.chunks.order_by("attempt").values_list("attempt", flat=True).distinct():
            merge(run, attempt)


def merge(run: Run, attempt: int, keep: int = 0) -> None:
    """Merge the chunks of one attempt but for the last `keep`. Only for its holder, in a transaction."""
    mine = run.chunks.filter(attempt=attempt).order_by("sequence")
    chunks = list(mine)[: -keep or None]
    if chunks:
        parts = [(chunk.sequence, unpack(chunk.first_step, chunk.columns)) for chunk in chunks]
        write(run, attempt, [*_take_open(run, attempt), *parts])
        mine.filter(sequence__lte=chunks[-1].sequence).delete()


def _take_open(run: Run, attempt: int) -> list[Part]:
    """The attempt's last block, out of the database, when it has room for more."""
    mine = run.blocks.filter(attempt=attempt)
    last = mine.order_by("-sequence").values_list("sequence", "n_steps").first()
    if last is None or last[1] >= FULL:
        return []
    rows = mine.filter(sequence=last[0])
    content = assemble(list(rows.exclude(name=OVERVIEW)))
    rows.delete()
    return [(last[0], content)]


def write(run: Run, attempt: int, parts: Iterable[Part]) -> None:
    """Blocks made of parts in order."""
    rows: list[Block] = []
    for sequence, columns in _filled(parts):
        steps = columns.steps["step"]
        place = {"run": run, "attempt": attempt, "sequence": sequence, "n_steps": len(steps)}
        place["first_step"] = int(steps[0]) if len(steps) else _before(columns) + 1
        rows += [Block(**place, name=name, content=content) for name, content in _contents(columns)]
    Block.objects.bulk_create(rows)


def _before(columns: Columns) -> int:
    """The last step before a part that has none of its own, only the epochs that ended with it."""
    return int(max([0, *columns.epochs["step"], *columns.pulse["step"]]))


def _filled(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts joined until a block is full; a part is never cut."""
    waiting: list[Columns] = []
    n_steps = sequence = 0
    for sequence, columns in parts:
        waiting.append(columns)
        n_steps += len(columns.steps["step"])
        if n_steps >= FULL:
            yield sequence, join(waiting)
            waiting, n_steps = [], 0
    if waiting:
        yield sequence, join(waiting)


def _contents(columns: Columns) -> Iterator[tuple[str, bytes]]:
    """The rows of a block, by name."""
    for name, column in STEPS.items():
        values = columns.steps[name].astype(column.dtype, copy=False)
        if name == ALWAYS or not np.isnan(values).all():
            yield name, values.tobytes()
    yield "epochs", save(to_named({"epochs": columns.epochs}))
    yield "pulse", save(to_named({"pulse": columns.pulse}))
    yield OVERVIEW, save(to_named(_thinned(columns)))


def _thinned(columns: Columns) -> dict[str, Table]:
    thinned = {}
    for table, rows in columns._asdict().items():
        kept = shown(table, rows, FINE)
        thinned[table] = {name: values[kept] for name, values in rows.items()}
    return thinned


def assemble(
    rows: Sequence[Block], series: Sequence[str] | None = None, coarse: Iterable[str] = ()
) -> Columns:
    """The tables of one block from its rows, `coarse` ones from its overview when that is there.

    Of the steps it has the `series` that are given, or all. A table none of whose rows is there is empty.
    """
    content = {row.name: row.content for row in rows}
    exact = {**_named(content, "epochs"), **_named(content, "pulse"), **_steps(rows[0], content)}
    thinned = _named(content, OVERVIEW)
    named = {
        key: values
        for source, is_thinned in ((exact, False), (thinned, True))
        for key, values in source.items()
        if (bool(thinned) and table_of(key) in coarse) == is_thinned
    }
    return from_named(named, series)


def _named(content: dict[str, bytes], row: str) -> Table:
    return load(bytes(content[row])) if row in content else {}


def _steps(row: Block, content: dict[str, bytes]) -> Table:
    series = {name: np.frombuffer(content[name], STEPS[name].dtype) for name in STEPS if name in content}
    if not series:
        return {}
    numbers = np.arange(row.first_step, row.first_step + row.n_steps)
    return {f"steps.{name}": values for name, values in {"step": numbers, **series}.items()}
