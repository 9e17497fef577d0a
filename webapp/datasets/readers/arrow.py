"""Arrow: the file format (also called IPC or Feather) and the stream format."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from webapp.datasets.readers import isolated, typed
from webapp.datasets.readers.limits import unpacked_limit
from webapp.datasets.readers.options import Options

TITLE = "Arrow"
MAGIC = b"ARROW1"
CONTINUES = b"\xff\xff\xff\xff"  # before every message of a stream
LONGEST_SCHEMA = 1 << 24


def accepts(head: bytes) -> bool:
    """A stream begins with a marker and the length of its schema, a multiple of 8."""
    length = int.from_bytes(head[4:8], "little")
    is_stream = head.startswith(CONTINUES) and 0 < length < LONGEST_SCHEMA and length % 8 == 0
    return head.startswith(MAGIC) or is_stream


def refuse_early(head: bytes) -> None:
    """What an Arrow file holds stands at its end."""


def inspect(path: Path, work: Path, options: Options) -> tuple[str, ...]:
    return tuple(isolated.call("arrow", "names", path, work, options))


def read(path: Path, work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
    notes = isolated.call("arrow", "convert", path, work, options)
    progress(1)
    return list(notes)


def names(path: Path, _work: Path, _options: Options) -> tuple[str, ...]:
    """The columns' names; of a stream, from its first rows."""
    with typed.decoding(TITLE):
        if _is_file(path):
            return typed.check_columns(pl.scan_ipc(path, glob=False).collect_schema())
        return typed.check_columns(pl.read_ipc_stream(path, n_rows=1).schema)


def convert(path: Path, work: Path, _options: Options) -> list[str]:
    """Write the reading into `work`; notes. A file is decoded batch by batch, a stream as a whole."""
    limit = unpacked_limit(path)
    with typed.decoding(TITLE):
        is_file = _is_file(path)
        table = pl.scan_ipc(path, glob=False) if is_file else pl.read_ipc_stream(path).lazy()
        columns = typed.check_columns(table.collect_schema())
        typed.refuse_large(table.select(pl.len()).collect().item(), len(columns), limit)
        kind = "file" if is_file else "stream"
        return [f"Read as an Arrow {kind}.", *typed.write(table, work / "table.arrow", typed.Limits(limit))]


def _is_file(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC
