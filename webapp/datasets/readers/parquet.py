"""Parquet: a table in columns, compressed, with types."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from webapp.datasets.readers import isolated, typed
from webapp.datasets.readers.limits import unpacked_limit
from webapp.datasets.readers.options import Options

TITLE = "Parquet"
MAGIC = b"PAR1"


def accepts(head: bytes) -> bool:
    return head.startswith(MAGIC)


def refuse_early(head: bytes) -> None:
    """What a Parquet file holds stands at its end."""


def inspect(path: Path, work: Path, options: Options) -> tuple[str, ...]:
    return tuple(isolated.call("parquet", "names", path, work, options))


def read(path: Path, work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
    notes = isolated.call("parquet", "convert", path, work, options)
    progress(1)
    return list(notes)


def names(path: Path, _work: Path, _options: Options) -> tuple[str, ...]:
    """The columns' names, from the description at the file's end."""
    with typed.decoding(TITLE):
        return typed.check_columns(pl.scan_parquet(path, glob=False).collect_schema())


def convert(path: Path, work: Path, _options: Options) -> list[str]:
    """Write the reading into `work`; notes. Row groups are decoded one after the other."""
    limit = unpacked_limit(path)
    with typed.decoding(TITLE):
        table = pl.scan_parquet(path, glob=False, low_memory=True)
        columns = typed.check_columns(table.collect_schema())
        n_rows = table.select(pl.len()).collect().item()
        typed.refuse_large(n_rows, len(columns), limit)
        return ["Read as Parquet.", *typed.write(table, work / "table.arrow", typed.Limits(limit))]
