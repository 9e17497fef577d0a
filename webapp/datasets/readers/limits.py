"""How large a file may turn out to be once it is unpacked, and how large a table has to be."""

import io
import shutil
from pathlib import Path

from django.conf import settings

from webapp.datasets.refusal import Refusal

LEAST_ROWS = 3
ROOM, RATIO, UPLOADS = 512 << 20, 100, 4


def unpacked_limit(path: Path) -> int:
    """The bytes that `path` may become: honest tables shrink to a hundredth at best, bombs to far less."""
    return min(UPLOADS * settings.HONE_MAX_UPLOAD_BYTES, ROOM + RATIO * path.stat().st_size)


def refuse_bomb(limit: int) -> None:
    """Raise the Refusal for a file that unpacks to more than `limit` bytes."""
    raise Refusal(
        f"Unpacked, this file has more than {readable(limit)}, far more than its size suggests.",
        "Upload fewer rows or columns; if the file is damaged, export it again.",
    )


def refuse_full_disk(folder: Path, needed: int) -> None:
    """Raise Refusal when `needed` bytes do not fit on the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if needed > 0.9 * free:
        raise Refusal(
            f"Unpacked, this file needs {readable(needed)}, but only {readable(free)} of disk are free.",
            "Delete datasets you no longer need, or upload fewer rows or columns.",
        )


def refuse_wide(n_columns: int) -> None:
    """Raise Refusal for a table with more columns than the settings allow."""
    if n_columns > settings.HONE_MAX_COLUMNS:
        raise Refusal(
            f"This table has {n_columns:,} columns, more than the {settings.HONE_MAX_COLUMNS:,} "
            "that can be read.",
            "Remove columns that say little about the target, or transpose the table if rows and columns are "
            "swapped.",
        )


def refuse_narrow(n_columns: int, least: int = 2) -> None:
    """Raise Refusal for a table that cannot hold both an input and a target."""
    if n_columns < least:
        raise Refusal(
            f"This table has {'one column' if n_columns else 'no columns'}.",
            "A table needs at least one input column and the target column.",
        )


def refuse_short(n_rows: int) -> None:
    """Raise Refusal for a table whose rows do not suffice for three parts."""
    if n_rows < LEAST_ROWS:
        rows = "one row" if n_rows == 1 else f"{n_rows} rows"
        raise Refusal(
            f"This file has {rows} of data.",
            "Training, dev and test part need at least one each: 3 rows is the least, hundreds are better.",
        )


def readable(size: int) -> str:
    """A number of bytes as people read it."""
    for unit, factor in (("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size} bytes"


class BoundedFile(io.RawIOBase):
    """A file to write to that raises Refusal beyond `limit` bytes."""

    def __init__(self, path: Path, limit: int) -> None:
        self._file, self._left, self._limit = path.open("wb"), limit, limit

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes, /) -> int:  # type: ignore[override]
        self._left -= len(piece)
        if self._left < 0:
            refuse_bomb(self._limit)
        return self._file.write(piece)

    def close(self) -> None:
        self._file.close()
        super().close()
