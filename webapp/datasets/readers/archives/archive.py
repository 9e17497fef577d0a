"""What zip and tar have in common for those who read their members."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from webapp.datasets.readers.archives import unpacking
from webapp.datasets.readers.archives.members import Census, Member
from webapp.datasets.readers.archives.tars import Tar, is_tar
from webapp.datasets.readers.archives.zips import Zip, is_zip
from webapp.datasets.refusal import Refusal

HEAD = 1 << 10


class Archive(Protocol):
    """An open archive whose list of members is checked. Reading a damaged member raises Refusal."""

    members: list[Member]
    census: Census

    def read(self, member: Member) -> bytes:
        """The whole content of `member`: check its size first."""

    def head(self, member: Member, size: int) -> bytes:
        """The first `size` bytes of `member`, or fewer."""

    def pieces(self, member: Member, size: int = ...) -> Iterator[bytes]:
        """The content of `member`, `size` bytes at a time."""

    def close(self) -> None: ...


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The zip file or uncompressed tar file `path`. Raises Refusal."""
    with path.open("rb") as file:
        archive: Archive = Zip(path) if is_zip(file.read(HEAD)) else Tar(path)
    try:
        if not archive.members:
            _refuse_empty(archive)
        yield archive
    finally:
        archive.close()


def unpacked(path: Path, work: Path) -> Path:
    """`path` itself, or the plain file that was compressed to it, in `work`. Raises Refusal."""
    with path.open("rb") as file:
        if not unpacking.compression_of(file.read(HEAD)):
            return path
    destination = work / "unpacked"
    unpacking.unpack(path, destination)
    return destination


def is_archive(head: bytes) -> bool:
    """Whether a plain file that begins with `head` is a zip or tar file."""
    return is_zip(head) or is_tar(head)


def _refuse_empty(archive: Archive) -> None:
    notes = " ".join(archive.census.notes())
    raise Refusal(
        f"There is no file in this archive that could be read. {notes}".strip(),
        "Pack a table, or pictures in a folder for each class.",
    )
