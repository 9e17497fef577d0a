"""One readable log: each line with the name of its part in front, in a colour of its own on a terminal."""

import contextlib
import os
from typing import TextIO

COLOURS = {"lab": 1, "redis": 31, "web": 36, "worker-training": 32, "worker-ingestion": 33, "reaper": 35}
WIDTH = max(map(len, COLOURS))


class Log:
    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.coloured = stream.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """A word from the lab itself."""
        self.line("lab", text)

    def line(self, name: str, text: str) -> None:
        prefix = f"{name:<{WIDTH}} |"
        if self.coloured:
            prefix = f"\x1b[{COLOURS.get(name, 0)}m{prefix}\x1b[0m"
        # The terminal may be gone; the parts still have to be stopped in good order
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"{prefix} {text}".rstrip() + "\n")
            self.stream.flush()
