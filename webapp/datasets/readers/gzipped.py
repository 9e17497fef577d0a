"""Files compressed with gzip: their beginning, and an unpacked copy of bounded size."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.datasets.readers.limits import refuse_bomb, refuse_full_disk, unpacked_limit
from webapp.datasets.refusal import Refusal

MAGIC = b"\x1f\x8b"
PIECE = 1 << 20


def is_gzip(head: bytes) -> bool:
    return head.startswith(MAGIC)


def peel(head: bytes, size: int) -> bytes:
    """The first `size` unpacked bytes of a file that begins with `head`, or fewer; `head` if it is plain."""
    if not is_gzip(head):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, size)
    except zlib.error as error:
        raise _damaged(error) from error


def unpacked(path: Path, work: Path) -> Path:
    """`path` itself when it is plain, else an unpacked copy in `work`. Raises Refusal."""
    with path.open("rb") as file:
        if not is_gzip(file.read(2)):
            return path
    copy, limit, size = work / "unpacked", unpacked_limit(path), 0
    with _opened(path) as source, copy.open("wb") as target:
        while piece := source.read(PIECE):
            size += len(piece)
            if size > limit:
                refuse_bomb(limit)
            if size % (64 * PIECE) < PIECE:
                refuse_full_disk(work, 0)
            target.write(piece)
    return copy


def beginning(path: Path, work: Path, size: int) -> Path:
    """`path` itself when it is plain, else a file with its first `size` unpacked bytes."""
    with path.open("rb") as file:
        if not is_gzip(file.read(2)):
            return path
    copy = work / "beginning"
    with _opened(path) as source:
        copy.write_bytes(source.read(size))
    return copy


@contextmanager
def _opened(path: Path) -> Iterator[gzip.GzipFile]:
    try:
        with gzip.open(path) as file:
            yield file
    except EOFError as error:
        raise Refusal(
            "This file is compressed with gzip and ends too early.",
            "It was cut short: upload or download it again.",
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> Refusal:
    return Refusal(
        f"This file is compressed with gzip and damaged, or something else follows its end ({error}).",
        "Compress the table again, or upload it uncompressed.",
    )
