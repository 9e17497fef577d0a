"""One lab for one home: a lock that ends with its process, and a note that says where the lab answers."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from webapp.lab.errors import CannotStartError


def note(home: Path) -> Path:
    """The file that says where the lab of `home` answers."""
    return home / "lab.json"


@contextlib.contextmanager
def claimed(home: Path) -> Iterator[None]:
    """Hold `home` for this process. Raises CannotStartError, with the address, when another one holds it."""
    # A child must not inherit the lock, or it would outlive the lab; Python's descriptors are not inherited
    with (home / "lab.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStartError(_refusal(home)) from None
        note(home).unlink(missing_ok=True)
        try:
            yield
        finally:
            note(home).unlink(missing_ok=True)


def publish(home: Path, **facts: Any) -> None:
    """Write the note in one piece: a reader sees all of it or nothing."""
    draft = note(home).with_suffix(".new")
    draft.write_text(json.dumps({"pid": os.getpid(), **facts}, indent=2) + "\n")
    draft.replace(note(home))


def running(home: Path) -> dict[str, Any] | None:
    """What the lab of `home` says of itself; None when none runs or it does not answer yet."""
    with contextlib.suppress(OSError), (home / "lab.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(note(home))
    return None


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def _refusal(home: Path) -> str:
    facts = _read(note(home))
    where = f"at {facts['address']} (process {facts['pid']})" if facts else "and is just starting"
    return (
        f"A lab is already running in {home} {where}. `manage.py link` prints a sign-in link for it. "
        "Stop it first, or start this one with another HONE_HOME."
    )
