"""How much may come in: a limit for each file, each person's quota, and one for the whole laboratory."""

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max, Sum
from django.template.defaultfilters import filesizeformat

from webapp.datasets.models import Dataset, Quota, Upload, Version
from webapp.datasets.refusal import Refusal

SMALLER = "Leave out rows or columns, or save it as Parquet, which takes less room."


class TooLargeError(Refusal):
    """More bytes than are allowed, or than were announced."""


@dataclass(frozen=True)
class Allowance:
    """What one person may bring in, in bytes; `pending` is the part of `used` that uploads announced."""

    used: int
    pending: int
    limit: int
    total_left: int | None

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def largest(self) -> int:
        """The largest file that would be accepted now."""
        left = self.left if self.total_left is None else min(self.left, self.total_left)
        return min(settings.HONE_MAX_UPLOAD_BYTES, left)


def of(owner: AbstractBaseUser) -> Allowance:
    """The allowance of `owner`: datasets count, and uploads at the size they announced."""
    pending = _announced(owner=owner)
    total = settings.HONE_TOTAL_QUOTA_BYTES
    total_left = max(0, total - used_by_all()) if total else None
    return Allowance(Dataset.objects.bytes_of(owner) + pending, pending, Quota.bytes_for(owner), total_left)


def used_by_all() -> int:
    """Bytes of the laboratory's quota in use. What was uploaded twice is stored, and counted, once; versions
    count from the second on."""
    sizes = Dataset.objects.exclude(sha256="").order_by().values("sha256").annotate(bytes=Max("size"))
    shared = sizes.aggregate(total=Sum("bytes"))["total"] or 0
    single = Dataset.objects.filter(sha256="").aggregate(total=Sum("size"))["total"] or 0
    further = Version.objects.filter(number__gt=1).aggregate(total=Sum("size"))["total"] or 0
    return shared + single + further + _announced()


def _announced(**whose: AbstractBaseUser) -> int:
    return Upload.objects.filter(**whose).aggregate(total=Sum("size"))["total"] or 0


def refuse_alone(size: int) -> None:
    """Raise TooLargeError for a file that is too large whoever brings it."""
    if size > settings.HONE_MAX_UPLOAD_BYTES:
        limit = filesizeformat(settings.HONE_MAX_UPLOAD_BYTES)
        raise TooLargeError(
            f"This file has {filesizeformat(size)}; at most {limit} can be uploaded.", SMALLER
        )
    # The file, its table and its arrays each take about as much again.
    if 3 * size > shutil.disk_usage(settings.HONE_HOME).free:
        raise TooLargeError("The laboratory's disk is too full for this file.", "Ask its admin to make room.")


def refuse_over(owner: AbstractBaseUser, size: int, what: str = "This file") -> None:
    """Raise TooLargeError when `size` more bytes, those of `what`, go over a quota.

    To be called inside the transaction that takes the room: until its end nobody else takes any.
    """
    get_user_model().objects.select_for_update().order_by("pk").first()
    allowance = of(owner)
    has = f"{what} has {filesizeformat(size)}, but only"
    if size > allowance.left:
        raise TooLargeError(
            f"{has} {filesizeformat(allowance.left)} of your quota "
            f"of {filesizeformat(allowance.limit)} are left.",
            _room_to_make(allowance),
        )
    if allowance.total_left is not None and size > allowance.total_left:
        total = filesizeformat(settings.HONE_TOTAL_QUOTA_BYTES)
        raise TooLargeError(
            f"{has} {filesizeformat(allowance.total_left)} of the laboratory's {total} are left.",
            "Delete datasets you no longer need, or ask its admin to make room.",
        )


def _room_to_make(allowance: Allowance) -> str:
    pending = filesizeformat(allowance.pending)
    discard = (
        f" Unfinished uploads hold {pending}: go on with them or discard them." if allowance.pending else ""
    )
    return f"Delete datasets you no longer need, or ask the laboratory's admin for more.{discard}"
