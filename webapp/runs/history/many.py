"""The epochs of many runs at once, in three queries however many there are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from webapp.runs.history.columns import EPOCHS, Table, missing, split, stack, table_of
from webapp.runs.models import Attempt, Block, Chunk, Stretch, line

Part = tuple[int, int, int, Table]  # run, attempt, up to which chunk, and the epochs in it
Parts = dict[tuple[int, int], list[Part]]  # by run and attempt
AT_ONCE = 500  # runs in one question: databases limit how many values one has


def epochs_of(runs: Sequence[int], names: Sequence[str] = tuple(EPOCHS)) -> dict[int, Table]:
    """What counts of the table of epochs, by the key of the run; runs without one are left out. Columns that
    are not among `names` are not unpacked: a chart of many runs is asked for again and again."""
    found: dict[int, Table] = {}
    asked = tuple(dict.fromkeys(["epoch", *names]))
    for first in range(0, len(runs), AT_ONCE):
        found |= _some(runs[first : first + AT_ONCE], asked)
    return found


def _some(runs: Sequence[int], names: Sequence[str]) -> dict[int, Table]:
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(run__in=runs):
        attempts[attempt.run_id].append(attempt)
    parts: Parts = defaultdict(list)
    for part in (*_chunks(runs, names), *_blocks(runs, names)):  # in this order, as in fetching.py
        parts[part[:2]].append(part)
    lines = {run: _line(run, line(own), parts, names) for run, own in attempts.items()}
    return {run: table for run, table in lines.items() if len(table["epoch"])}


def _chunks(runs: Sequence[int], names: Sequence[str]) -> Iterator[Part]:
    rows = Chunk.objects.filter(run__in=runs)
    for *place, content in rows.values_list("run", "attempt", "sequence", "columns").iterator():
        yield *place, _epochs_in(content, names)


def _blocks(runs: Sequence[int], names: Sequence[str]) -> Iterator[Part]:
    rows = Block.objects.filter(run__in=runs, name="epochs")
    for *place, content in rows.values_list("run", "attempt", "sequence", "content").iterator():
        yield *place, _epochs_in(content, names)


def _epochs_in(content: bytes, names: Sequence[str]) -> Table:
    """Columns of the table of epochs in a chunk or a block. safetensors would take out all that it holds."""
    content = bytes(content)
    header, start = split(content)
    n, begins = _epochs_at(header)
    return {
        # A copy: the rest, which is far more, need not stay
        name: np.frombuffer(content, EPOCHS[name].dtype, n, start + begins[name]).copy()
        if name in begins
        else missing(n, EPOCHS[name])
        for name in names
    }


@lru_cache(maxsize=1024)
def _epochs_at(header: bytes) -> tuple[int, dict[str, int]]:
    """How many epochs there are, and where each column begins. Runs that trained together have one header."""
    columns = {
        key.removeprefix("epochs."): each
        for key, each in json.loads(header).items()
        if table_of(key) == "epochs"
    }
    return columns["epoch"]["shape"][0], {name: each["data_offsets"][0] for name, each in columns.items()}


def _line(run: int, stretches: Iterable[Stretch], parts: Parts, names: Sequence[str]) -> Table:
    """All that counts of one run. Chunks that were merged while they were read are in a block as well."""
    tables = [{name: np.zeros(0, EPOCHS[name].dtype) for name in names}]
    for stretch in stretches:
        own = sorted(parts.get((run, stretch.attempt), []), key=lambda part: part[2])
        if own:
            table = stack([epochs for *_, epochs in own])
            _, kept = np.unique(table["epoch"], return_index=True)
            kept = kept[table["epoch"][kept] <= stretch.last.epoch]
            tables.append({name: values[kept] for name, values in table.items()})
    return stack(tables)
