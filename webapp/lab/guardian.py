"""Kills what is left of the lab when the lab is gone, however it went.

Every part is the leader of a process group. The lab writes `+<group>` to the guardian, a process of its own,
when a part starts and `-<group>` when it has ended; the end of the input means that the lab has ended, and
a kernel closes a pipe even after `kill -9`. Whole groups are killed, so that children of parts go too.
"""

import contextlib
import os
import signal
import subprocess
import sys


class Guardian:
    """The lab's end of the pipe."""

    def __init__(self) -> None:
        self.groups: set[int] = set()
        self._spawn()

    def watch(self, group: int) -> None:
        self.groups.add(group)
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self.groups.discard(group)
        self._tell(f"-{group}\n")

    def check(self) -> None:
        """Replace the guardian when someone killed it."""
        if self.process.poll() is not None:
            self.close()
            self._spawn()
            self._tell("".join(f"+{group}\n" for group in self.groups))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.input.close()
        self.process.wait()

    def _spawn(self) -> None:
        # No site-packages and no Django: it starts in 20 ms and stays small
        command = [sys.executable, "-I", "-S", __file__]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
        assert self.process.stdin is not None
        self.input = self.process.stdin

    def _tell(self, text: str) -> None:
        # When it is dead, `check` tells everything to the next one
        with contextlib.suppress(OSError):
            self.input.write(text)
            self.input.flush()


def kill_group(group: int) -> None:
    """End every process of a group; nothing happens when none is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    for group in groups:
        kill_group(group)


if __name__ == "__main__":
    main()
