"""Watching a training from the keyboard: a bar on a terminal, lines anywhere else."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings

from webapp.runs.keyboard import came_to_nothing
from webapp.runs.keyboard.laboratory import START, has_workers

SECONDS = 0.25  # between two looks
BAR = 20  # characters
TENTHS = 10  # lines while nothing is drawn


class Progress(NamedTuple):
    """How far it is: the share that is done, 0 to 1, and how it does in a few words. `begun` when a worker
    has it or had it, `over` when it has ended."""

    share: float
    words: str
    begun: bool
    over: bool


class Screen:
    """Where progress is shown. On a terminal one line is written over and over."""

    def __init__(self, out: Any) -> None:
        self.out, self.drawn = out, out.isatty()
        self._shown = ""
        self._tenth = -1

    def show(self, now: Progress) -> None:
        """The progress of now, where it has changed."""
        if self.drawn:
            full = round(BAR * now.share)
            line = f"[{'=' * full}{' ' * (BAR - full)}] {now.share:4.0%}  {now.words}"
            width = shutil.get_terminal_size().columns - 1
            if line != self._shown:
                self._write("\r" + line[:width].ljust(min(width, len(self._shown))))
                self._shown = line[:width]
        elif int(TENTHS * now.share) > self._tenth and now.begun:
            self._tenth = int(TENTHS * now.share)
            self.say(f"{now.share:4.0%}  {now.words}")

    def say(self, text: str) -> None:
        """A line of its own, below the bar."""
        self.end()
        self._write(f"{text}\n")

    def end(self) -> None:
        """Leave the line of the bar."""
        if self._shown:
            self._write("\n")
            self._shown = ""

    def _write(self, text: str) -> None:
        self.out.write(text, ending="")
        self.out.flush()


def follow(look: Callable[[], Progress], screen: Screen, patience: float) -> None:
    """Show the progress until it is over. Raises CommandError when no worker is there to take it, and
    KeyboardInterrupt, below the bar."""
    deadline: float | None = time.monotonic() + patience
    try:
        while True:
            now = look()
            screen.show(now)
            if now.over:
                return
            if now.begun:
                deadline = None
            elif deadline is not None and time.monotonic() >= deadline:
                if not has_workers(settings.CELERY_TASK_DEFAULT_QUEUE):
                    raise came_to_nothing(
                        f"It waits in the queue, but no worker is there to take it. {START} "
                        "It then begins by itself."
                    )
                screen.say("Every worker is busy: it waits for its turn.")
                deadline = None
            time.sleep(SECONDS)
    finally:
        screen.end()
