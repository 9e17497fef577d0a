"""Zip and tar files that lie: every field can be set to something else than the truth."""

import io
import struct
import tarfile
import zlib
from typing import NamedTuple

LOCAL, CENTRAL = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L")
DEFLATED = 8


class Entry(NamedTuple):
    """A member as its headers tell of it; what is None is told truly."""

    name: bytes = b"t.csv"
    content: bytes = b"a,b\n1,2\n3,4\n5,6\n"
    method: int = 0
    flags: int = 0
    size: int | None = None
    packed: int | None = None
    checksum: int | None = None
    offset: int | None = None
    mode: int = 0
    extra: bytes = b""
    hidden: bytes = b""  # bytes that follow the content and belong to nothing


def forged(*entries: Entry, count: int | None = None, begin: int | None = None, size: int | None = None,
           disk: int = 0, before_end: bytes = b"") -> bytes:  # fmt: skip
    """A zip of these entries; the last arguments lie about the list of members."""
    body, directory = b"", b""
    for entry in entries:
        packed = _deflated(entry.content) if entry.method == DEFLATED else entry.content
        told = (
            zlib.crc32(entry.content) if entry.checksum is None else entry.checksum,
            len(packed) if entry.packed is None else entry.packed,
            len(entry.content) if entry.size is None else entry.size,
        )
        offset = len(body) if entry.offset is None else entry.offset
        directory += CENTRAL.pack(
            b"PK\x01\x02", 3 << 8 | 20, 20, entry.flags, entry.method, 0, 0, *told, len(entry.name),
            len(entry.extra), 0, 0, 0, entry.mode << 16, offset,
        ) + entry.name + entry.extra  # fmt: skip
        head = LOCAL.pack(b"PK\x03\x04", 20, entry.flags, entry.method, 0, 0, *told, len(entry.name), 0)
        body += head + entry.name + packed + entry.hidden
    count = len(entries) if count is None else count
    begin, size = len(body) if begin is None else begin, len(directory) if size is None else size
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", disk, 0, count, count, size, begin, 0)
    return body + directory + before_end + end


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def zip64_end(count: int, size: int, begin: int, position: int) -> bytes:
    """The long record of the list's place, and its locator, which says that the record is at `position`."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, begin)
    return record + struct.pack("<4sLQL", b"PK\x06\x07", 0, position, 1)


def tar_header(
    name: bytes = b"t.csv", size: bytes = b"00000000020", kind: bytes = b"0", **wrong: int
) -> bytes:
    """A tar header whose checksum is right, unless `checksum` says otherwise."""
    header = bytearray(512)
    header[: len(name)] = name
    header[100:108], header[124 : 124 + len(size)], header[156:157] = b"0000644\0", size, kind
    header[148:156] = b" " * 8
    header[257:265] = b"ustar\x0000"
    header[148:156] = b"%06o\0 " % wrong.get("checksum", sum(header))
    return bytes(header)


def tar_of(*infos: tuple[str, bytes, bytes], **fields: object) -> bytes:
    """A tar of members (name, type, content), all with these `fields` of TarInfo."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind, content in infos:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, len(content)
            for field, value in fields.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
