"""A terminal for commands: it keeps what is written, and lets something happen in between."""

import io
from collections.abc import Callable


class Terminal(io.StringIO):
    """`when_drawn` is called once, between two looks at the progress."""

    def __init__(self, when_drawn: Callable[[], object]) -> None:
        super().__init__()
        self.when_drawn: Callable[[], object] | None = when_drawn

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        written = super().write(text)
        if text.startswith("\r[") and (happens := self.when_drawn):
            self.when_drawn = None
            happens()
        return written


class Pipe(io.StringIO):
    """No terminal: `when_announced` is called once, when the first line was written."""

    def __init__(self, when_announced: Callable[[], object]) -> None:
        super().__init__()
        self.when_announced: Callable[[], object] | None = when_announced

    def write(self, text: str) -> int:
        written = super().write(text)
        if happens := self.when_announced:
            self.when_announced = None
            happens()
        return written
