"""One file per format; which of them reads a file is decided by its content, never by its name.

A reading is a folder with `table.arrow`: a row per example in Float64, String, Boolean and Datetime columns,
null where a value is missing. Images lie beside it in `images.npy`, uint8 (rows, height, width, channels), in
the order of the table's rows; their table has the columns `label` and `file`. A file that says itself which
rows train and which test gets a column `split` (train, dev, test).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from webapp.datasets.readers import archives, arrow, csv, gzipped, idx, jsonlines, npy, npz, parquet, xlsx
from webapp.datasets.readers.options import Options
from webapp.datasets.readers.signatures import refuse_foreign


class Reader(Protocol):
    """What a module in this folder offers. `work` is a scratch folder that the caller removes."""

    TITLE: str

    def accepts(self, head: bytes) -> bool:
        """Whether a file that begins with `head` is of this format."""

    def refuse_early(self, head: bytes) -> None:
        """Raise Refusal when these first bytes of an upload already rule it out."""

    def inspect(self, path: Path, work: Path, options: Options) -> tuple[str, ...]:
        """Check cheaply what can be checked before all of `path` is read; the names of its columns."""

    def read(self, path: Path, work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
        """Write the reading into `work`; notes for people on what was read, dropped and converted.

        `progress` hears the share done, from 0 to 1. Raises Refusal; memory is bounded.
        """


# Asked in this order; delimited text takes what is left.
READERS: tuple[Reader, ...] = (parquet, arrow, npy, npz, idx, xlsx, archives, jsonlines, csv)
SNIFF = 1 << 20


def reader_for(head: bytes) -> Reader:
    """The reader of a file that begins with `head`; raises Refusal for what none can read."""
    refuse_foreign(head)
    return next(reader for reader in READERS if reader.accepts(head))


def head_of(path: Path) -> bytes:
    """The first bytes of a file, unpacked if it is compressed with gzip: enough to tell its format."""
    with path.open("rb") as file:
        return gzipped.peel(file.read(SNIFF), SNIFF)
