"""How a part without a port tells the lab that it is ready: it leaves its process number in a file."""

import os
from pathlib import Path

VARIABLE = "HONE_READY_FILE"


def announce() -> None:
    """Say that this process is ready; nothing happens when no lab is listening."""
    if path := os.environ.get(VARIABLE):
        Path(path).write_text(str(os.getpid()))


def is_announced(path: Path, pid: int) -> bool:
    """Whether process `pid` has announced itself in `path`; the word of an earlier process does not count."""
    try:
        return path.read_text() == str(pid)
    except OSError:
        return False
