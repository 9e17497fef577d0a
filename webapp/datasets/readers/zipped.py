"""Zip files whose members may lie about their sizes or share their bytes."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.datasets.readers.limits import readable, refuse_bomb, refuse_full_disk, unpacked_limit
from webapp.datasets.refusal import Refusal

MAX_MEMBERS = 10_000
PIECE = 1 << 20
LOCAL_HEADER = 30  # bytes, before the member's name
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip file `path`, its members checked. Raises Refusal, also for damage found within the block."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, path)
            yield archive
    except (*DAMAGE, UnicodeDecodeError) as error:
        raise Refusal(
            f"This file is a zip container that is damaged or cut short ({error}).",
            "Save it again, or upload it again if the upload was interrupted.",
        ) from error


def first_name(head: bytes) -> str:
    """The name of the first member of a zip file that begins with `head`; empty when there is none."""
    if len(head) < LOCAL_HEADER or not head.startswith(b"PK\x03\x04"):
        return ""
    length = int.from_bytes(head[26:28], "little")
    return head[LOCAL_HEADER : LOCAL_HEADER + length].decode("utf-8", "replace")


def pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The bytes of a member, no more of them than its entry in the list of members says."""
    left = archive.getinfo(name).file_size
    with archive.open(name) as member:
        while piece := member.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise zipfile.BadZipFile(f"“{name}” is larger than it says")
            yield piece
    if left:
        raise zipfile.BadZipFile(f"“{name}” is smaller than it says")


def extract(archive: zipfile.ZipFile, name: str, destination: Path) -> Path:
    """Write a member to `destination`. Raises Refusal when the disk is too full."""
    refuse_full_disk(destination.parent, archive.getinfo(name).file_size)
    with destination.open("wb") as file:
        for piece in pieces(archive, name):
            file.write(piece)
    return destination


def _check(archive: zipfile.ZipFile, path: Path) -> None:
    members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    if len(members) > MAX_MEMBERS:
        raise Refusal(
            f"This file is a zip container of {len(members):,} parts.", f"At most {MAX_MEMBERS:,} are read."
        )
    if any(member.flag_bits & 1 for member in members):
        raise Refusal("This file is protected by a password.", "Save it without one.")
    limit = unpacked_limit(path)
    if sum(member.file_size for member in members) > limit:
        refuse_bomb(limit)
    end = 0
    for member in members:
        if member.header_offset < end:
            raise Refusal(
                f"Parts of this zip container lie on top of each other (“{member.filename[:60]}”).",
                "No honest program writes such a file: save it again.",
            )
        end = member.header_offset + LOCAL_HEADER + len(member.orig_filename) + member.compress_size
    if end > path.stat().st_size:
        raise Refusal(
            f"The parts of this zip container need {readable(end)}, but the file has "
            f"{readable(path.stat().st_size)}.",
            "It was cut short: save or upload it again.",
        )
