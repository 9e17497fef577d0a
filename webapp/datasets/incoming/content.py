"""Files by what is in them: the same bytes are stored once, however often they are brought in."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from webapp.datasets.models import Dataset

BLOCK = 1 << 20


def digest(path: Path, tell: Callable[[float], None] = lambda _done: None) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits; `tell` hears the share done, from 0 to 1."""
    size = max(1, path.stat().st_size)
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
            tell(min(1, file.tell() / size))
    return found.hexdigest()


def identify(dataset: Dataset, sha256: str) -> None:
    """Note what the source of `dataset` holds; when another has the same bytes, keep them once."""
    Dataset.objects.filter(pk=dataset.pk).update(sha256=sha256)
    dataset.sha256 = sha256
    for twin in Dataset.objects.filter(sha256=sha256, size=dataset.size).exclude(pk=dataset.pk):
        if _link(twin.source, dataset.source):
            return


def _link(there: Path, here: Path) -> bool:
    """Make `here` another name of the file `there`; False, and nothing done, where that is not possible."""
    name = here.with_name("same")
    with suppress(OSError):  # just deleted, on another disk, or a disk that knows no links
        name.unlink(missing_ok=True)
        os.link(there, name)
        name.replace(here)
        name.unlink(missing_ok=True)  # two names of one file already: then replace leaves both
        return True
    return False
