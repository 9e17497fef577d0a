"""A race: several programs, each with all its processes, train in slices of a second while the others are
stopped, until every one is through.

What else slows this machine then slows all of them alike, and each has all cores in its slices, as by itself.
A program says `ready`, waits for a line, and prints as JSON when it `began` and `ended`, in seconds since
1970.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from select import select
from typing import Any

import psutil

#: Seconds. The machine is faster or slower for several at a time, so ratios of longer slices swing more; but
#: what a program does by the clock is due whenever it goes on: the shorter they are, the more often.
SLICE = 1.0
LOOK = 0.05


class Racer:
    """A program under way, and when it was let run."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self.slices: list[tuple[float, float]] = []
        self.told: dict[str, Any] = {}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, text=True, stdin=pipe, stdout=pipe)
        assert self._line() == "ready\n", f"{command} did not start"
        #: The program and all that it has started.
        self.processes = [
            self.process.pid,
            *(each.pid for each in psutil.Process(self.process.pid).children(recursive=True)),
        ]

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def signal(self, number: int) -> None:
        for each in self.processes:
            with suppress(ProcessLookupError):
                os.kill(each, number)

    def begin(self) -> None:
        print("begin", file=self.process.stdin, flush=True)

    @property
    def is_through(self) -> bool:
        """Whether it has said so; what it said is in `told`."""
        if not self.told and select([self.process.stdout], [], [], 0)[0]:
            self.told = json.loads(self._line())
        return bool(self.told)

    def run_for(self, seconds: float) -> None:
        """Let it run, at most until it is through."""
        self.signal(signal.SIGCONT)
        began = time.time()
        while time.time() - began < seconds and not self.is_through:
            time.sleep(LOOK)
        self.slices.append((began, time.time()))
        self.signal(signal.SIGSTOP)

    @property
    def seconds(self) -> float:
        """How long it ran, from its beginning to its end."""
        first, last = self.told["began"], self.told["ended"]
        return sum(max(0.0, min(end, last) - max(start, first)) for start, end in self.slices)


@contextmanager
def started(command: Sequence[str], environment: dict[str, str]) -> Iterator[Racer]:
    """A program that is ready, and stopped; ended afterwards."""
    racer = Racer(command, environment)
    racer.signal(signal.SIGSTOP)
    try:
        yield racer
    finally:
        racer.signal(signal.SIGCONT)
        racer.process.communicate()


def race(*modules: Sequence[str], turn: int = 0, environment: dict[str, str] | None = None) -> list[Racer]:
    """Run each `python -m module argument ...` against the others: the first begins in an odd turn."""
    surroundings = os.environ | (environment or {})
    with ExitStack() as stack:
        racers = [
            stack.enter_context(started([sys.executable, "-m", *each], surroundings)) for each in modules
        ]
        for racer in racers:
            racer.begin()
        for lap in count(turn):
            left = [racer for racer in racers if not racer.is_through]
            if not left:
                return racers
            for racer in left if lap % 2 else reversed(left):
                racer.run_for(SLICE)
    raise AssertionError
