"""The epochs of many runs at once, in three queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from safetensors.numpy import load

from webapp.runs.history.columns import EPOCHS, Table, stack
from webapp.runs.models import Attempt, Block, Chunk, Stretch, line

Part = tuple[int, int, int, Table]  # run, attempt, up to which chunk, and the epochs in it
Parts = dict[tuple[int, int], list[Part]]  # by run and attempt
AT_ONCE = 500  # runs in one question: databases limit how many values one has


def epochs_of(runs: Sequence[int]) -> dict[int, Table]:
    """What counts of the table of epochs, by the key of the run; runs without one are left out."""
    found: dict[int, Table] = {}
    for first in range(0, len(runs), AT_ONCE):
        found |= _some(runs[first : first + AT_ONCE])
    return found


def _some(runs: Sequence[int]) -> dict[int, Table]:
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(run__in=runs):
        attempts[attempt.run_id].append(attempt)
    parts: Parts = defaultdict(list)
    for part in (*_chunks(runs), *_blocks(runs)):  # in this order, as in fetching.py
        parts[part[:2]].append(part)
    lines = {run: _line(run, line(own), parts) for run, own in attempts.items()}
    return {run: table for run, table in lines.items() if len(table["epoch"])}


def _chunks(runs: Sequence[int]) -> Iterator[Part]:
    rows = Chunk.objects.filter(run__in=runs)
    for *place, content in rows.values_list("run", "attempt", "sequence", "columns").iterator():
        yield *place, _epochs_in(content)


def _blocks(runs: Sequence[int]) -> Iterator[Part]:
    rows = Block.objects.filter(run__in=runs, name="epochs")
    for *place, content in rows.values_list("run", "attempt", "sequence", "content").iterator():
        yield *place, _epochs_in(content)


def _epochs_in(content: bytes) -> Table:
    """The table of epochs in a chunk or a block, and nothing else of it."""
    named = load(bytes(content))
    return {name: named[f"epochs.{name}"] for name in EPOCHS}


def _line(run: int, stretches: Iterable[Stretch], parts: Parts) -> Table:
    """All that counts of one run. Chunks that were merged while they were read are in a block as well."""
    tables = [{name: np.zeros(0, column.dtype) for name, column in EPOCHS.items()}]
    for stretch in stretches:
        own = sorted(parts.get((run, stretch.attempt), []), key=lambda part: part[2])
        if own:
            table = stack([epochs for *_, epochs in own])
            _, kept = np.unique(table["epoch"], return_index=True)
            kept = kept[table["epoch"][kept] <= stretch.last.epoch]
            tables.append({name: values[kept] for name, values in table.items()})
    return stack(tables)
