"""Keeps the parts alive: starts them, passes on what they print, starts them again, stops them."""

import selectors
import signal
import time
from collections.abc import Iterable

from webapp.lab.child import Child
from webapp.lab.errors import CannotStartError
from webapp.lab.guardian import Guardian
from webapp.lab.log import Log
from webapp.lab.parts import Part

TICK = 0.05  # seconds between two looks at the parts
START = 60.0  # seconds until every part has to be ready
GRACE = 5.0  # seconds a part has to end by itself
FIRST_GRACE = 2.0  # the same for what stops last
TRIES = 3  # deaths before a part was ever ready, after which the lab gives up


class Supervisor:
    def __init__(self, parts: Iterable[Part], log: Log) -> None:
        self.log = log
        self.stopping = 0  # how many times we were asked to stop
        self.guardian = Guardian()
        self.children = [Child(part, log, self.guardian) for part in parts]
        self.selector = selectors.DefaultSelector()
        for child in self.children:
            self.selector.register(child.output, selectors.EVENT_READ, child)

    def ask_to_stop(self, *_: object) -> None:
        """The handler of SIGINT, SIGTERM and SIGHUP; the second one does not wait for anybody."""
        self.stopping += 1

    def start(self, first: bool) -> None:
        """Start the parts that have to come `first`, or all the others."""
        for child in self.children:
            if child.part.first == first:
                child.start()

    def wait_until_ready(self) -> None:
        """Return when every started part is ready. Raises CannotStartError when one does not get there."""
        deadline = time.monotonic() + START
        while not self.stopping:
            waiting = [child for child in self.children if child.started and not child.check_ready()]
            if not waiting:
                return
            lost = [child for child in waiting if child.deaths >= TRIES and not child.was_ready]
            if lost or time.monotonic() > deadline:
                names = ", ".join(child.part.name for child in lost or waiting)
                raise CannotStartError(f"{names} did not start; the last lines above say why.")
            self._tick()

    def run(self) -> None:
        """Look after the parts until somebody asks to stop."""
        while not self.stopping:
            self._tick()
            for child in self.children:
                if not child.ready and child.check_ready():
                    self.log.say(f"{child.part.name} is back.")

    def stop(self) -> None:
        """End every part, the ones that came first last; kill what does not end in time."""
        for first, grace in ((False, GRACE), (True, FIRST_GRACE)):
            self._end([child for child in self.children if child.part.first == first], grace)
        self.guardian.close()
        self.selector.close()
        for child in self.children:
            child.close()

    def _tick(self) -> None:
        self._pass_on()
        self.guardian.check()
        for child in self.children:
            if child.has_ended():
                code = child.bury()
                delay = child.schedule()
                self.log.say(f"{child.part.name} ended ({meaning(code)}); starting again in {delay:.1f} s.")
            elif not child.process and child.started and time.monotonic() >= child.due:
                child.start()

    def _pass_on(self) -> None:
        for key, _ in self.selector.select(TICK):
            key.data.read()

    def _end(self, children: list[Child], grace: float) -> None:
        patience = max(self.stopping, 1)
        for child in children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + grace
        while living := [child for child in children if child.process]:
            for child in living:
                if child.has_ended():
                    child.bury()
                elif time.monotonic() > deadline or self.stopping > patience:
                    child.kill()
            self._pass_on()


def meaning(code: int) -> str:
    """An exit code in words: a negative one is the number of the signal that ended it."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
