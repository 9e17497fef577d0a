"""Files compressed as a whole (gzip, bzip2, xz) become plain ones of bounded size."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from webapp.datasets.readers.limits import refuse_bomb, refuse_full_disk, unpacked_limit
from webapp.datasets.refusal import Refusal

PIECE = 1 << 20
XZ_MEMORY = 256 << 20  # xz -9 needs 65 MB to unpack; a header may ask for gigabytes
MAGICS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError)


def compression_of(head: bytes) -> str:
    """What compressed a file that begins with `head`; empty when it is plain."""
    return next((name for magic, name in MAGICS.items() if head.startswith(magic)), "")


def beginning(head: bytes, size: int) -> bytes | None:
    """The first `size` unpacked bytes of a file that begins with `head`; none when `head` is too short.

    Of damage only so much is said that there is nothing to see.
    """
    kind = compression_of(head)
    if not kind:
        return head[:size]
    with suppress(*DAMAGE):
        if kind == "gzip":
            return zlib.decompressobj(31).decompress(head, size) or None
        unpacker = bz2.BZ2Decompressor() if kind == "bzip2" else lzma.LZMADecompressor(memlimit=XZ_MEMORY)
        return unpacker.decompress(head, size) or (b"" if unpacker.eof else None)
    return b""


def unpack(path: Path, destination: Path) -> None:
    """Write the unpacked content of `path`. Raises Refusal when it is damaged, or too much."""
    with path.open("rb") as file:
        kind = compression_of(file.read(8))
    limit, size = unpacked_limit(path), 0
    with destination.open("wb") as target:
        try:
            for piece in _pieces(path, kind):
                size += len(piece)
                if size > limit:
                    refuse_bomb(limit)
                if size % (64 * PIECE) < len(piece):
                    refuse_full_disk(destination.parent, 0)
                target.write(piece)
        except DAMAGE as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the disk, not of the file
            raise Refusal(
                f"This file is compressed with {kind} and damaged or cut short ({error}).",
                "Upload or download it again; if that does not help, pack it again.",
            ) from error


def _pieces(path: Path, kind: str) -> Iterator[bytes]:
    if kind == "xz":
        yield from _xz_pieces(path)
        return
    with gzip.open(path) if kind == "gzip" else bz2.open(path) as file:
        while piece := file.read(PIECE):
            yield piece


def _xz_pieces(path: Path) -> Iterator[bytes]:
    """As lzma.open, which cannot bound the memory."""
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY)
    with path.open("rb") as file:
        while packed := file.read(PIECE):
            while packed or not unpacker.needs_input:
                if unpacker.eof:  # another stream follows, or padding
                    packed = packed.lstrip(b"\0")
                    if not packed:
                        break
                    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY)
                if piece := unpacker.decompress(packed, PIECE):
                    yield piece
                packed = unpacker.unused_data if unpacker.eof else b""
    if not unpacker.eof:
        raise EOFError("it ends too early")
