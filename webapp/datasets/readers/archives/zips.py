"""Zip files, read with distrust: the list of members is bounded and checked before anything is unpacked.

Format: PKWARE's APPNOTE 6.3. Python 3.11's own zipfile accepts members that lie on top of each other and
lists as many as the file claims, so the list is parsed here, and only bytes that it promises are unpacked.
"""

import bz2
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from webapp.datasets.readers.archives.members import (
    HIDDEN,
    MAX_MEMBERS,
    PACK_AGAIN,
    Census,
    Member,
    is_hidden,
    is_plain,
    refuse_many,
    settle_name,
    told,
)
from webapp.datasets.readers.limits import refuse_bomb, unpacked_limit
from webapp.datasets.refusal import Refusal

MAX_DIRECTORY = 64 << 20  # bytes of the list of members
LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64 = struct.Struct("<4sLQL")
FULL, FULL_SHORT = 0xFFFFFFFF, 0xFFFF
STORED, DEFLATED, BZIP2 = METHODS = 0, 8, 12
ENCRYPTED = 0x41
PIECE = 1 << 20
WHOLE = 1 << 20  # members up to this size are unpacked in one call
FETCHED = 64  # bytes read beyond a local header and the name, for the extra field

# name, offset, size, packed size, method, checksum, and what else it is: folder, links, or nothing
Entry = tuple[str, int, int, int, int, int, str]


def is_zip(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


class Zip:
    """An open zip file. `members` are those to be read, sorted by name; `census` counts the others."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY)
        self._size = os.fstat(self._file).st_size
        self._path = path
        self.census = Census()
        try:
            self._list(unpacked_limit(path))
            self.members = self.census.settled()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        os.close(self._file)

    def read(self, member: Member) -> bytes:
        """The whole content of `member`. Raises Refusal when it is damaged or not of the size it says."""
        if member.size > WHOLE or member.method not in (STORED, DEFLATED):
            return b"".join(self.pieces(member))
        likely = LOCAL.size + 2 * len(member.name) + FETCHED
        fetched = os.pread(self._file, likely + member.packed, member.offset)
        begin = self._begin(member, fetched)
        packed = fetched[begin : begin + member.packed]
        if len(packed) < member.packed:
            packed = os.pread(self._file, member.packed, member.offset + begin)
        if member.method == STORED:
            content = packed
        else:
            unpacker = zlib.decompressobj(-15)
            try:
                content = unpacker.decompress(packed, member.size + 1)
            except zlib.error as error:
                raise damaged(member, str(error)) from error
        self._check(member, len(content), zlib.crc32(content))
        return content

    def head(self, member: Member, size: int) -> bytes:
        """The first `size` bytes of `member`, or fewer."""
        return next(self.pieces(member, size), b"")[:size]

    def pieces(self, member: Member, size: int = PIECE) -> Iterator[bytes]:
        """The content of `member`, `size` bytes at a time. Raises Refusal as `read` does."""
        fetched = os.pread(self._file, LOCAL.size + FULL_SHORT, member.offset)
        begin = member.offset + self._begin(member, fetched)
        count, checksum = 0, 0
        for piece in self._unpacked(member, begin, size):
            count += len(piece)
            checksum = zlib.crc32(piece, checksum)
            if count > member.size:
                break
            yield piece
        self._check(member, count, checksum)

    def _unpacked(self, member: Member, begin: int, size: int) -> Iterator[bytes]:
        if member.method == STORED:
            for at in range(0, member.packed, size):
                yield os.pread(self._file, min(size, member.packed - at), begin + at)
        elif member.method == DEFLATED:
            yield from self._inflated(member, begin, size)
        else:
            yield from self._unpacked_bzip2(member, begin, size)

    def _inflated(self, member: Member, begin: int, size: int) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(-15)
        try:
            for at in range(0, member.packed, PIECE):
                packed = os.pread(self._file, min(PIECE, member.packed - at), begin + at)
                while packed and not unpacker.eof:
                    if piece := unpacker.decompress(packed, size):
                        yield piece
                    packed = unpacker.unconsumed_tail
            if rest := unpacker.flush():
                yield rest
        except zlib.error as error:
            raise damaged(member, str(error)) from error

    def _unpacked_bzip2(self, member: Member, begin: int, size: int) -> Iterator[bytes]:
        unpacker = bz2.BZ2Decompressor()
        try:
            for at in range(0, member.packed, PIECE):
                packed = os.pread(self._file, min(PIECE, member.packed - at), begin + at)
                while not unpacker.eof and (packed or not unpacker.needs_input):
                    yield unpacker.decompress(packed, size)
                    packed = b""
        except OSError as error:
            raise damaged(member, str(error)) from error

    def _begin(self, member: Member, fetched: bytes) -> int:
        """The number of bytes from the local header, with which `fetched` begins, to the member's content."""
        if len(fetched) < LOCAL.size or fetched[:4] != b"PK\x03\x04":
            raise damaged(member, "its header is missing")
        length, extra = fetched[26] + 256 * fetched[27], fetched[28] + 256 * fetched[29]
        begin = LOCAL.size + length + extra
        if member.offset + begin + member.packed > member.end:
            _refuse_overlap(member.name)
        return begin

    @staticmethod
    def _check(member: Member, count: int, checksum: int) -> None:
        if count != member.size:
            raise damaged(member, f"it says that it has {member.size:,} bytes, but that is not so")
        if checksum != member.checksum:
            raise damaged(member, "its checksum is wrong")

    def _list(self, limit: int) -> None:
        n_members, begin, size = self._directory()
        directory = os.pread(self._file, size, begin)
        found = list(_entries(directory, n_members))
        total, offsets = 0, sorted(entry[1] for entry in found)
        ends = dict(pairwise([*offsets, begin]))
        if len(ends) < len(found):
            twice = next(a for a, b in pairwise(offsets) if a == b)
            _refuse_overlap(next(entry[0] for entry in found if entry[1] == twice))
        for entry in found:
            total += entry[2]
            if total > limit:
                refuse_bomb(limit)
            self._take(entry, ends[entry[1]])

    def _take(self, entry: Entry, end: int) -> None:
        name, offset, size, packed, method, checksum, kind = entry
        if offset + LOCAL.size + packed > end:
            _refuse_overlap(name)
        if kind == "folder":
            return
        if not kind and is_plain(name):
            self.census.add(Member(name, offset, size, packed, method, checksum, end))
            return
        name = settle_name(name)
        if kind:
            self.census.skip(name, kind)
        elif is_hidden(name):
            self.census.skip(name, HIDDEN)
        elif name:
            self.census.add(Member(name, offset, size, packed, method, checksum, end))

    def _directory(self) -> tuple[int, int, int]:
        """How many members the list at the file's end has, where it begins, and its bytes."""
        reach = min(self._size, END.size + FULL_SHORT)
        tail = os.pread(self._file, reach, self._size - reach)
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < END.size:
            _refuse_cut("the list of its files, which stands at the end, is missing")
        _, disk, first, _, count, size, begin, comment = END.unpack_from(tail, at)
        position = self._size - reach + at
        if position + END.size + comment > self._size:
            _refuse_cut("its end is missing")
        if FULL in (size, begin) or FULL_SHORT in (count, disk):
            count, begin, size, position = self._directory_64(position, (count, begin, size))
        elif disk or first:
            _refuse_parts()
        if count > MAX_MEMBERS or MAX_DIRECTORY < size <= self._size:
            refuse_many()
        if begin + size != position or count * CENTRAL.size > size:
            _refuse_cut("the list of its files is not where it says")
        return count, begin, size

    def _directory_64(self, end: int, plain: tuple[int, int, int]) -> tuple[int, int, int, int]:
        located = os.pread(self._file, LOCATOR_64.size, max(0, end - LOCATOR_64.size))
        if not located.startswith(b"PK\x06\x07") or len(located) < LOCATOR_64.size:
            return *plain, end
        _, _, position, disks = LOCATOR_64.unpack(located)
        if disks > 1:
            _refuse_parts()
        record = os.pread(self._file, END_64.size, min(position, self._size))
        if len(record) < END_64.size or not record.startswith(b"PK\x06\x06"):
            _refuse_cut("its long (zip64) list of files is not where it says")
        *_, count, size, begin = END_64.unpack(record)
        return count, begin, size, position


def _entries(directory: bytes, n_members: int) -> Iterator[Entry]:
    """The members in the list, as it says they are, and what else each is: folder, links, or nothing."""
    at = 0
    for _ in range(n_members):
        if len(directory) < at + CENTRAL.size or directory[at : at + 4] != b"PK\x01\x02":
            _refuse_cut("the list of its files ends too early")
        fields = CENTRAL.unpack_from(directory, at)
        _, made_by, _, flags, method, _, _, checksum, packed, size, length, extra, comment = fields[:13]
        offset, attributes = fields[16], fields[15]
        at += CENTRAL.size
        raw = directory[at : at + length]
        name = raw.decode("ascii") if raw.isascii() else _decoded(raw, flags)
        if FULL in (size, packed, offset):
            more = directory[at + length : at + length + extra]
            size, packed, offset = _long(more, name, (size, packed, offset))
        at += length + extra + comment
        kind = _kind(name, attributes >> 16, made_by >> 8)
        if not kind and (flags & ENCRYPTED or method not in METHODS):
            _refuse_unreadable(name, flags, method)
        if not kind and method == STORED and size != packed:
            _refuse_lie(name, size, packed)
        yield name, offset, size, packed, method, checksum, kind
    if at != len(directory):
        _refuse_cut("it holds more files than it says")


def _decoded(raw: bytes, flags: int) -> str:
    """UTF-8 where the flag says so or the bytes are; else the code page of MS-DOS, as the format has it."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")


def _long(extra: bytes, name: str, plain: tuple[int, int, int]) -> tuple[int, ...]:
    """Size, packed size and offset, those that do not fit into 32 bits from the zip64 field."""
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag == 1:
            values = [int.from_bytes(extra[i : i + 8], "little") for i in range(at + 4, at + 4 + length, 8)]
            if len(values) < plain.count(FULL) or at + 4 + length > len(extra):
                break
            return tuple(values.pop(0) if value == FULL else value for value in plain)
        at += 4 + length
    return _refuse_cut(f"the long (zip64) sizes of “{told(name)}” are missing")


def _kind(name: str, mode: int, system: int) -> str:
    if name.endswith("/"):
        return "folder"
    if system == 3 and mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "links" if stat.S_ISLNK(mode) else "devices or other special files"
    return ""


def damaged(member: Member, reason: str) -> Refusal:
    return Refusal(f"“{told(member.name)}” in this archive is damaged: {reason}.", PACK_AGAIN)


def _refuse_unreadable(name: str, flags: int, method: int) -> None:
    if flags & ENCRYPTED:
        raise Refusal("This archive is protected by a password.", "Pack the folder again without one.")
    raise Refusal(
        f"“{told(name)}” in this archive is compressed in a way that is not read (method {method}).",
        "Pack it again as a plain zip (deflate) or as tar.gz.",
    )


def _refuse_lie(name: str, size: int, packed: int) -> None:
    raise Refusal(
        f"“{told(name)}” in this archive gives two different sizes ({size:,} and {packed:,} bytes).",
        PACK_AGAIN,
    )


def _refuse_overlap(name: str) -> NoReturn:
    raise Refusal(
        f"Files in this archive lie on top of each other (“{told(name)}”).",
        f"No honest program writes such a file. {PACK_AGAIN}",
    )


def _refuse_cut(reason: str) -> NoReturn:
    raise Refusal(
        f"This zip archive is damaged or cut short: {reason}.",
        "Upload or download it again; if that does not help, pack it again.",
    )


def _refuse_parts() -> NoReturn:
    raise Refusal("This is one part of a zip archive in several parts.", "Pack the folder as one file.")
