"""From the engine's events to the run's history: a chunk of columns about every 100 ms, then a wake-up.

In the same breath the recorder hears the run's revision, which tells of new commands: the only arrow that
points back. Training is held up for a hundredth of its time: where a flush is slow, the next one comes later;
where nobody looks, in a second.
"""

import os
import resource
import sys
from collections import deque
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction

from engine import EpochMetrics, StepMetrics
from engine.descent import Descent
from engine.events import Event
from webapp.runs.history.blocks import compact, compact_all
from webapp.runs.history.columns import EPOCHS, finite, pack
from webapp.runs.live.bell import Bell
from webapp.runs.models import Chunk, Run

FLUSH_SECONDS = 0.1
REST = 100  # times as long as a flush took, until the next one ...
LONGEST = 0.3  # ... but never more seconds than this
UNSEEN = 1.0  # seconds between two flushes that nobody hears of: who opens the page waits as long for news
SPEED_SECONDS = 2.0  # of which the speed is shown
PILE = 100  # chunks beside those that stay, until they are merged into blocks
STAY = 64  # the last chunks, so that a page that is a little behind goes on where it stands

STATM = Path("/proc/self/statm")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Start(NamedTuple):
    """Where an attempt begins: steps and epochs done, seconds trained, the best and the last dev error."""

    step: int = 0
    epoch: int = 0
    seconds: float = 0.0
    best_dev_error: float | None = None
    dev_error: float | None = None


START = Start()


class Recorder:
    """Takes the events of the run that this worker holds; raises LeaseLostError when it holds it no more.

    `descent` knows the learning rates of the steps; without one they are not recorded.
    """

    def __init__(self, run: Run, bell: Bell, start: Start = START, descent: Descent | None = None) -> None:
        self.run, self.bell, self.start = run, bell, start
        self.descent = descent
        self.sequence = self.merged = 0
        self.first_step = start.step + 1
        self.revision = run.revision
        self.has_news = True  # the run may have been told something before it began
        self.progress: dict[str, float | int | None] = {}
        if start.best_dev_error is not None:
            self.progress["best_dev_error"] = start.best_dev_error
        self.clock = perf_counter() - start.seconds
        self.due = perf_counter() + FLUSH_SECONDS
        self.marks: deque[tuple[float, int]] = deque()
        self._clear()

    @property
    def step(self) -> int:
        """The last step that was noted."""
        return self.first_step + len(self.costs) - 1

    @property
    def seconds(self) -> float:
        """Seconds trained, in all attempts of the line."""
        return perf_counter() - self.clock

    @property
    def dev_error(self) -> float | None:
        """That of the last epoch."""
        self._note_errors()
        return self.progress.get("dev_error", self.start.dev_error)

    @property
    def best_dev_error(self) -> float | None:
        """The smallest dev error so far."""
        self._note_errors()
        return self.progress.get("best_dev_error")

    @property
    def is_due(self) -> bool:
        """Whether it is time to flush."""
        return perf_counter() >= self.due

    def take(self, event: Event) -> bool:
        """Note one event; whether it is time to flush."""
        now = perf_counter()
        if type(event) is StepMetrics:
            self.costs.append(event.cost.item(0))
            self.times.append(now - self.clock)
        elif type(event) is EpochMetrics:
            self.epochs.append(event)
            if self.descent is not None and self.descent.plateaus.scale.item(0) != self.scale:
                self.settle_rates()
        return now >= self.due

    def settle_rates(self) -> None:
        """Note the learning rates of the steps so far: they may be others from here on.

        A plateau has cut them by the time that the epoch's metrics come, but these steps were before it.
        """
        if self.descent is None:
            return
        first = self.first_step + sum(map(len, self.rates))
        scale = self.descent.plateaus.scale.item(0)
        if first <= self.step:
            rates = self.descent.learning_rates(np.arange(first, self.step + 1.0))[0]
            self.rates.append(rates if scale == self.scale else rates / scale * self.scale)
        self.scale = scale

    @property
    def is_behind(self) -> bool:
        """Whether anything was noted that is not written."""
        return bool(self.costs or self.epochs)

    def flush(self) -> None:
        """Write what was noted, wake the viewers, and hear whether the run's revision has changed."""
        start = perf_counter()
        with transaction.atomic():
            progress = self._progress()
            if self.is_behind:
                self._chunk().write()
            revision = self.run.report(**progress)
        self._go_on()
        self.bell.ring()
        if self.sequence - self.merged >= PILE + STAY:
            compact(self.run, keep=STAY)
            self.merged = self.sequence - STAY
        end = perf_counter()
        rest = max(FLUSH_SECONDS, min(LONGEST, REST * (end - start)))
        self.due = end + (rest if self.bell.is_heard else UNSEEN)
        self.has_news |= revision != self.revision
        self.revision = revision

    def close(self) -> None:
        """Flush for the last time, and merge all there is."""
        self.flush()
        compact_all(self.run)

    def _chunk(self) -> Chunk:
        self.settle_rates()
        steps = {"cost": self.costs, "seconds": self.times}
        if self.rates:
            steps["learning_rate"] = np.concatenate(self.rates)
        epochs = {name: [_first(getattr(event, name)) for event in self.epochs] for name in EPOCHS}
        return Chunk(
            run=self.run,
            attempt=self.run.attempt,
            sequence=self.sequence + 1,
            first_step=self.first_step,
            n_steps=len(self.costs),
            columns=pack(steps, epochs, self._pulse()),
        )

    def _pulse(self) -> dict[str, list[float | int | None]]:
        speed = self.progress.get("steps_per_second")
        return {
            "step": [self.step],
            "seconds": [self.seconds],
            "memory_mb": [resident_memory() / 2**20],
            "steps_per_second": [np.nan if speed is None else speed],
        }

    def _progress(self) -> dict[str, float | int | None]:
        self._note_errors()
        now, step = perf_counter(), self.step
        self.marks.append((now, step))
        while len(self.marks) > 2 and self.marks[1][0] <= now - SPEED_SECONDS:
            self.marks.popleft()
        then, earlier = self.marks[0]
        if now > then:
            self.progress["steps_per_second"] = (step - earlier) / (now - then)
        return self.progress | {"step": step}

    def _note_errors(self) -> None:
        if not self.epochs:
            return
        last = self.epochs[-1]
        errors = {name: finite(_first(getattr(last, name))) for name in ("train_error", "dev_error")}
        known = [
            self.progress.get("best_dev_error"),
            *(finite(_first(event.dev_error)) for event in self.epochs),
        ]
        best = min((error for error in known if error is not None), default=None)
        self.progress |= {"epoch": last.epoch, **errors, "best_dev_error": best}

    def _go_on(self) -> None:
        self.sequence += self.is_behind
        self.first_step += len(self.costs)
        self._clear()

    def _clear(self) -> None:
        self.costs: list[float] = []
        self.times: list[float] = []
        self.epochs: list[EpochMetrics] = []
        self.rates: list[np.ndarray] = []
        self.scale = self.descent.plateaus.scale.item(0) if self.descent is not None else 1.0


def resident_memory() -> int:
    """Bytes of memory that this process has now; where the system does not say, the most it ever had."""
    try:
        return int(STATM.read_text().split()[1]) * PAGE
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _first(value: Any) -> Any:
    """The value of the cohort's first network; a count, which all of them share, as it is."""
    return value.item(0) if isinstance(value, np.ndarray) else value
