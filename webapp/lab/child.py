"""One part, and the process it runs in at the moment."""

import os
import time

from webapp.lab import process
from webapp.lab.guardian import Guardian, kill_group
from webapp.lab.log import Log
from webapp.lab.parts import Part, environment, working_folder

STEADY = 10.0  # a part that was ready this many seconds after its start is started again at once
FIRST_DELAY = 0.2  # seconds until a part is started again, doubled each time it dies early
SLOWEST = 30.0


class Child:
    def __init__(self, part: Part, log: Log, guardian: Guardian) -> None:
        self.part, self.log, self.guardian = part, log, guardian
        self.process: process.Process | None = None
        # One pipe for all the processes the part ever has
        self.output, self.output_end = os.pipe()
        os.set_blocking(self.output, False)
        self.partial = b""
        self.ready = self.was_ready = False
        self.deaths = 0
        self.started = self.due = 0.0  # seconds of the monotonic clock

    def start(self) -> None:
        part = self.part
        self.process = process.start(
            process.Launch(
                part.name,
                part.command,
                working_folder(),
                environment(part),
                part.nice,
                self.output_end,
                part.keep,
                part.preload,
            )
        )
        self.guardian.watch(self.process.pid)
        self.started, self.ready = time.monotonic(), False

    def check_ready(self) -> bool:
        if not self.ready and self.process and self.part.is_ready(self.process.pid):
            self.ready = self.was_ready = True
        return self.ready

    def read(self) -> bool:
        """Pass on the lines that came; False when nothing is there now."""
        try:
            chunk = os.read(self.output, 65536)
        except BlockingIOError:
            return False
        *lines, self.partial = (self.partial + chunk).split(b"\n")
        for line in lines:
            self._print(line)
        return True

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def signal(self, number: int) -> None:
        """Send a signal to the part itself, which knows how to end its children in good order."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End the part and everything it started."""
        if self.process:
            kill_group(self.process.pid)

    def bury(self) -> int:
        """Clear away an ended process and what is left of its group; its exit code."""
        assert self.process is not None
        self.kill()
        code = self.process.wait()
        self.guardian.forget(self.process.pid)
        self.process = None
        while self.read():
            pass
        self._print(self.partial)
        self.partial = b""
        return code

    def schedule(self) -> float:
        """Set when to start again, later each time it dies early; the seconds until then."""
        steady = self.ready and time.monotonic() - self.started >= STEADY
        self.deaths = 1 if steady else self.deaths + 1
        delay = min(SLOWEST, FIRST_DELAY * 2 ** (self.deaths - 1))
        self.due = time.monotonic() + delay
        return delay

    def close(self) -> None:
        os.close(self.output)
        os.close(self.output_end)

    def _print(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text and not (self.part.noise and self.part.noise.search(text)):
            self.log.line(self.part.name, text)
