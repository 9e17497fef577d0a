"""Runs a command that dies with the lab: `python tether.py <the lab's pid> <niceness> command ...`.

A script of its own and not a preexec_fn, because that is unsafe in a process with threads. Elsewhere than
on Linux only the guardian (guardian.py) looks after the parts.
"""

import os
import sys

if sys.platform == "linux":
    import ctypes

    PR_SET_PDEATHSIG = 1
    PR_SET_NAME = 15
    SIGKILL = 9


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when process `parent`, which started it, ends for whatever reason."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    # It may have ended before the line above
    if os.getppid() != parent:
        os._exit(1)


def take_name(name: str) -> None:
    """Be `name`, of which Linux keeps 15 letters, in the lists of ps and top."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode(), 0, 0, 0)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.nice(int(sys.argv[2]))
    os.execvp(sys.argv[3], sys.argv[3:])
