"""Tar files: one header after the other, each member's bytes behind its own.

Formats: POSIX.1-2001 (ustar and pax) and GNU. Python 3.11's own tarfile reads headers of any length into
memory and can be sent round in circles by negative offsets (CVE-2025-8194), so headers are parsed here.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from webapp.datasets.readers.archives.members import HIDDEN, Census, Member, is_hidden, settle_name, told
from webapp.datasets.refusal import Refusal

BLOCK = 512
MAX_HEADER = 1 << 20  # bytes of a long name or of a pax header
PIECE = 1 << 20
SKIPPED = {
    b"1": "links",
    b"2": "links",
    b"3": "devices or other special files",
    b"4": "devices or other special files",
    b"6": "devices or other special files",
    b"S": "sparse files",
}
REGULAR = (b"0", b"\0", b"7")
FOLDER = b"5"


def is_tar(head: bytes) -> bool:
    """Whether `head` begins with a tar header: its checksum is right, and it names something."""
    return len(head) >= BLOCK and head[0] != 0 and _sum_is_right(head[:BLOCK])


class Tar:
    """An open, uncompressed tar file. `members` are those to be read, by name; `census` counts the others."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY)
        self._size = os.fstat(self._file).st_size
        self.census = Census()
        try:
            self._list()
            self.members = self.census.settled()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        os.close(self._file)

    def read(self, member: Member) -> bytes:
        """The whole content of `member`."""
        return os.pread(self._file, member.size, member.offset)

    def head(self, member: Member, size: int) -> bytes:
        """The first `size` bytes of `member`, or fewer."""
        return os.pread(self._file, min(size, member.size), member.offset)

    def pieces(self, member: Member, size: int = PIECE) -> Iterator[bytes]:
        """The content of `member`, `size` bytes at a time."""
        for at in range(0, member.size, size):
            yield os.pread(self._file, min(size, member.size - at), member.offset + at)

    def _list(self) -> None:
        at, longer = 0, {}
        while at < self._size:
            header = os.pread(self._file, BLOCK, at)
            if len(header) < BLOCK:
                _refuse_cut("it ends in the middle of a header")
            if not any(header):
                return
            if not _sum_is_right(header):
                _refuse_cut(f"the header at byte {at:,} is not one")
            at += BLOCK
            size, kind = _number(header[124:136]), header[156:157]
            if kind in (b"x", b"g", b"L", b"K"):
                longer |= self._longer(kind, at, size)
            else:
                size = self._size_of(longer, size)
                self._take(_name(header, longer), kind, at, size)
                longer = {}
                if kind != FOLDER and (kind not in SKIPPED or kind == b"S"):
                    at += _padded(size)
                continue
            at += _padded(size)

    def _take(self, name: str, kind: bytes, at: int, size: int) -> None:
        if at + size > self._size and kind not in (FOLDER, b"1", b"2"):
            _refuse_cut(f"“{told(name)}” says that it has {size:,} bytes, which are not there")
        if kind == FOLDER or (kind in REGULAR and name.endswith("/")):
            return
        name = settle_name(name)
        if not name:
            return
        if kind not in REGULAR:
            self.census.skip(name, SKIPPED.get(kind, "members of an unknown kind"))
        elif is_hidden(name):
            self.census.skip(name, HIDDEN)
        else:
            self.census.add(Member(name, at, size, size))

    def _longer(self, kind: bytes, at: int, size: int) -> dict[str, str]:
        """What a header for the next header says that matters here: a long name, or a large size."""
        if size > MAX_HEADER:
            _refuse_cut(f"the header at byte {at - BLOCK:,} claims {size:,} bytes")
        content = os.pread(self._file, size, at)
        if kind == b"L":
            return {"path": _text(content)}
        return _pax(content) if kind == b"x" else {}

    @staticmethod
    def _size_of(longer: dict[str, str], size: int) -> int:
        written = longer.get("size", "")
        if written and not (written.isascii() and written.isdigit() and len(written) < 20):
            _refuse_cut(f"a size is given as “{told(written)}”")
        return int(written) if written else size


def _name(header: bytes, longer: dict[str, str]) -> str:
    if "path" in longer:
        return longer["path"]
    name, prefix = _text(header[:100]), _text(header[345:500])
    return f"{prefix}/{name}" if prefix and header[257:263] == b"ustar\0" else name


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "replace")


def _number(field: bytes) -> int:
    """Octal digits, or a number in base 256 behind a set bit (GNU)."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") - (0x80 << 8 * (len(field) - 1))
        return value if field[0] == 0x80 else _refuse_cut("a size is negative")
    digits = field.strip(b"\0 ")
    if not all(0x30 <= digit <= 0x37 for digit in digits):
        _refuse_cut("a size is no number")
    return int(digits or b"0", 8)


def _sum_is_right(header: bytes) -> bool:
    digits = header[148:156].strip(b"\0 ")
    if not digits or not all(0x30 <= digit <= 0x37 for digit in digits):
        return False
    return int(digits, 8) == sum(header) - sum(header[148:156]) + 8 * 0x20


def _pax(content: bytes) -> dict[str, str]:
    """The records “length key=value” of a pax header."""
    found, at = {}, 0
    while at < len(content) and content[at]:
        digits, _, _ = content[at : at + 20].partition(b" ")
        length = int(digits) if digits.isdigit() and len(digits) < 8 else 0
        if length <= len(digits) + 1 or at + length > len(content):
            _refuse_cut("an extended header is not well formed")
        key, _, value = content[at + len(digits) + 1 : at + length - 1].partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        at += length
    return {key: value for key, value in found.items() if key in ("path", "size")}


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _refuse_cut(reason: str) -> NoReturn:
    raise Refusal(
        f"This tar archive is damaged or cut short: {reason}.",
        "Upload or download it again; if that does not help, pack it again.",
    )
