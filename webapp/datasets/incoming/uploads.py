"""Files on their way in: in pieces, resumable, straight to the disk."""

import fcntl
import shutil
import time
from contextlib import suppress
from datetime import timedelta
from glob import glob
from pathlib import Path, PurePath
from typing import BinaryIO, Protocol

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404

from webapp.datasets import readers
from webapp.datasets.incoming import quotas, sources
from webapp.datasets.incoming.quotas import TooLargeError
from webapp.datasets.ingestion import check
from webapp.datasets.models import Dataset, Upload
from webapp.datasets.recipe import Recipe
from webapp.datasets.refusal import Refusal

PIECE_BYTES = 8 << 20  # the largest piece taken at once
READ_BYTES = 1 << 18
LEFTOVERS = ("check-*", "source-*", "datasets/*/work-*", "datasets/*/versions/*/*.tmp")
FORGOTTEN = timedelta(hours=24)  # nobody has gone on with it for so long: nobody will


class Stream(Protocol):
    """The body of a request."""

    def read(self, size: int = ..., /) -> bytes: ...


class OffsetError(Exception):
    """A piece that does not begin where the file ends; `offset` is where it does."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the file has {offset} bytes")
        self.offset = offset


def start(owner: AbstractBaseUser, file_name: str, size: int) -> Upload:
    """Begin an upload of `size` bytes. Raises TooLargeError, or Refusal when it is empty."""
    clean_up()
    if size <= 0:
        raise Refusal("This file is empty.", "Upload a table with a header and one row per example.")
    quotas.refuse_alone(size)
    name = "".join(c for c in PurePath(file_name.replace("\\", "/")).name if c.isprintable())[-255:]
    upload = Upload(owner=owner, file_name=name or "table.csv", size=size)
    with transaction.atomic():
        quotas.refuse_over(owner, size)
        upload.save()
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.touch()
    return upload


def append(upload: Upload, offset: int, body: Stream) -> int:
    """Write a piece that begins at `offset`; the new offset.

    Raises OffsetError, TooLargeError (the file is left as it was), or Refusal when the first bytes already
    show that this cannot be a table.
    """
    with upload.path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OffsetError(upload.offset) from None
        if offset != upload.offset:
            raise OffsetError(upload.offset)
        file.seek(offset)
        _copy(body, file, upload.size)
    Upload.objects.filter(pk=upload.pk).update(touched=Now())
    if offset < readers.SNIFF:
        head = readers.head_of(upload.path)
        readers.reader_for(head).refuse_early(head)
    return upload.offset


def _copy(body: Stream, file: BinaryIO, size: int) -> None:
    begin = file.tell()
    while block := body.read(READ_BYTES):
        if file.tell() + len(block) > min(size, begin + PIECE_BYTES):
            file.truncate(begin)
            raise TooLargeError("More bytes arrived than were announced.", "Choose the file again.")
        file.write(block)


def finish(upload: Upload, name: str, recipe: Recipe) -> Dataset:
    """Check what arrived and make it a dataset that a worker will read. Raises Refusal."""
    check(upload.path, recipe)
    sha256 = sources.known(upload.path)
    with transaction.atomic():
        deleted, _ = Upload.objects.filter(pk=upload.pk).delete()
        if not deleted:
            raise Http404  # finished or cancelled in another window
        name = name or PurePath(upload.file_name).stem[:200] or "Table"
        return sources.keep(
            upload.path, recipe, sha256, owner=upload.owner, name=name, file_name=upload.file_name
        )


def unfinished(owner: AbstractBaseUser) -> list[Upload]:
    """The owner's uploads that can be gone on with, the latest first."""
    clean_up()
    return list(Upload.objects.filter(owner=owner).order_by("-touched"))


def clean_up() -> None:
    """Remove uploads that nobody goes on with, and what processes that were killed left behind."""
    Upload.objects.filter(touched__lt=Now() - FORGOTTEN).delete()
    home = Path(settings.HONE_HOME)
    for pattern in LEFTOVERS:
        for name in glob(pattern, root_dir=home):  # noqa: PTH207  (Path.glob fails on folders that vanish)
            _remove_forgotten(home / name)


def _remove_forgotten(left: Path) -> None:
    """Remove a folder or file when it is old enough; another process may be removing it just now."""
    with suppress(FileNotFoundError):
        if time.time() - left.stat().st_mtime <= FORGOTTEN.total_seconds():
            return
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink()
