"""One file per format; which of them reads a file is decided by its content, never by its name."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from webapp.datasets.readers import csv
from webapp.datasets.readers.signatures import refuse_foreign


class Reader(Protocol):
    """What a module in this folder offers. `work` is a scratch folder that the caller removes."""

    TITLE: str

    def accepts(self, head: bytes) -> bool:
        """Whether a file that begins with `head` is of this format."""

    def refuse_early(self, head: bytes) -> None:
        """Raise Refusal when these first bytes of an upload already rule it out."""

    def inspect(self, path: Path, work: Path) -> tuple[str, ...]:
        """Check the beginning of `path`; the names of its columns."""

    def read(self, path: Path, work: Path, progress: Callable[[float], None]) -> list[str]:
        """Write `work`/table.arrow (Float64 and String columns, null is missing); notes for people."""


# Asked in this order; delimited text takes what is left.
READERS: tuple[Reader, ...] = (csv,)
SNIFF = 1 << 20


def reader_for(head: bytes) -> Reader:
    """The reader of a file that begins with `head`; raises Refusal for what none can read."""
    refuse_foreign(head)
    return next(reader for reader in READERS if reader.accepts(head))


def head_of(path: Path) -> bytes:
    """The first bytes of a file, enough to tell its format."""
    with path.open("rb") as file:
        return file.read(SNIFF)
