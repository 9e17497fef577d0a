"""Files on their way in: in pieces, resumable, straight to the disk."""

import fcntl
import shutil
from datetime import timedelta
from pathlib import PurePath
from typing import BinaryIO, Protocol

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now
from django.http import Http404
from django.template.defaultfilters import filesizeformat

from webapp.datasets import readers
from webapp.datasets.ingestion import announce, check
from webapp.datasets.models import Dataset, Quota, Upload
from webapp.datasets.recipe import Recipe
from webapp.datasets.refusal import Refusal

PIECE_BYTES = 8 << 20  # the largest piece taken at once
READ_BYTES = 1 << 18
IDLE = timedelta(minutes=15)  # the owner starts another upload: this one is abandoned
FORGOTTEN = timedelta(hours=24)


class Stream(Protocol):
    """The body of a request."""

    def read(self, size: int = ..., /) -> bytes: ...


class OffsetError(Exception):
    """A piece that does not begin where the file ends; `offset` is where it does."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the file has {offset} bytes")
        self.offset = offset


class TooLargeError(Exception):
    """More bytes than are allowed, or than were announced."""


def start(owner: AbstractBaseUser, file_name: str, size: int) -> Upload:
    """Begin an upload of `size` bytes. Raises TooLargeError, or Refusal when it is empty."""
    clean_up(owner)
    if size <= 0:
        raise Refusal("This file is empty.", "Upload a table with a header and one row per example.")
    if size > settings.HONE_MAX_UPLOAD_BYTES:
        limit = filesizeformat(settings.HONE_MAX_UPLOAD_BYTES)
        raise TooLargeError(f"This file has {filesizeformat(size)}; at most {limit} can be uploaded.")
    # The file, its table and its arrays each take about as much again.
    if 3 * size > shutil.disk_usage(settings.HONE_HOME).free:
        raise TooLargeError("The laboratory's disk is too full for this file. Ask its admin to make room.")
    name = "".join(c for c in PurePath(file_name.replace("\\", "/")).name if c.isprintable())[-255:]
    upload = Upload(owner=owner, file_name=name or "table.csv", size=size)
    with transaction.atomic():
        # One at a time, or several at once could announce more than the quota
        get_user_model().objects.select_for_update().get(pk=owner.pk)
        refuse_over_quota(owner, size)
        upload.save()
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.touch()
    return upload


def refuse_over_quota(owner: AbstractBaseUser, size: int) -> None:
    """Raise TooLargeError when `size` more bytes do not fit the quota."""
    quota = Quota.bytes_for(owner)
    left = quota - used_by(owner)
    if size > left:
        raise TooLargeError(
            f"This file has {filesizeformat(size)}, but only {filesizeformat(max(0, left))} of your quota of "
            f"{filesizeformat(quota)} are left. Delete datasets you no longer need."
        )


def used_by(owner: AbstractBaseUser) -> int:
    """Bytes of the owner's quota in use: datasets, and uploads at the size they announced."""
    announced = Upload.objects.filter(owner=owner).aggregate(total=Sum("size"))["total"] or 0
    return Dataset.objects.bytes_of(owner) + announced


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
            raise TooLargeError("More bytes arrived than were announced.")
        file.write(block)


def finish(upload: Upload, name: str, recipe: Recipe) -> Dataset:
    """Check what arrived and make it a dataset that a worker will read. Raises Refusal."""
    check(upload.path, recipe)
    with transaction.atomic():
        deleted, _ = Upload.objects.filter(pk=upload.pk).delete()
        if not deleted:
            raise Http404  # finished or cancelled in another window
        dataset = Dataset.objects.begin(
            recipe,
            owner=upload.owner,
            name=name or PurePath(upload.file_name).stem[:200] or "Table",
            file_name=upload.file_name,
            size=upload.size,
        )
        # One that was rolled back may have had the same key and left its folder
        dataset.folder.mkdir(parents=True, exist_ok=True)
        upload.path.replace(dataset.source)
        transaction.on_commit(lambda: announce(dataset.current_id))
    return dataset


def clean_up(owner: AbstractBaseUser | None = None) -> None:
    """Remove uploads that nobody goes on with: the owner's idle ones, and anybody's forgotten ones."""
    forgotten = Upload.objects.filter(touched__lt=Now() - FORGOTTEN)
    forgotten.delete()
    if owner is not None:
        Upload.objects.filter(owner=owner, touched__lt=Now() - IDLE).delete()
