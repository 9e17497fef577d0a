"""From the engine's events to the run's history: a chunk of columns about every 100 ms, then a wake-up.

In the same breath the recorder hears whether the run shall stop: the only arrow that points back. Training is
held up for a hundredth of its time: where a flush is slow, the next one comes later.
"""

from collections import deque
from collections.abc import Callable
from time import perf_counter, time
from typing import Any

import numpy as np
from django.db import transaction

from engine import EpochMetrics, StepMetrics
from engine.events import Event
from webapp.runs.bell import Bell
from webapp.runs.columns import EPOCHS, STEPS, finite, pack
from webapp.runs.models import Chunk, Run

FLUSH_SECONDS = 0.1
REST = 100  # times as long as a flush took, until the next one ...
LONGEST = 0.3  # ... but never more seconds than this
SPEED_FLUSHES = 20  # the speed shown is that of the last two seconds


class Recorder:
    """Takes the events of the run that this worker holds; raises LeaseLostError when it holds it no more."""

    def __init__(self, run: Run, bell: Bell, leaving: Callable[[], bool] = bool) -> None:
        self.run = run
        self.bell = bell
        self.leaving = leaving
        self.sequence = 0
        self.first_step = 1
        self.progress: dict[str, float | int | None] = {}
        waited = time() - run.started.timestamp() if run.started else 0.0
        self.clock = perf_counter() - max(0.0, waited)
        self.due = perf_counter() + FLUSH_SECONDS
        self.marks: deque[tuple[float, int]] = deque(maxlen=SPEED_FLUSHES)
        self._clear()

    @property
    def step(self) -> int:
        """The last step that was noted."""
        return self.first_step + len(self.costs) - 1

    def take(self, event: Event) -> bool:
        """Note one event; True when training has to end here: see `flush`."""
        now = perf_counter()
        if type(event) is StepMetrics:
            self.costs.append(event.cost.item(0))
            self.seconds.append(now - self.clock)
        elif type(event) is EpochMetrics:
            self.epochs.append(event)
        return now >= self.due and self.flush()

    def flush(self) -> bool:
        """Write what was noted and wake the viewers.

        True when training has to end here: the run was asked to stop, or its worker is leaving.
        """
        start = perf_counter()
        with transaction.atomic():
            if self.costs or self.epochs:
                self._chunk().write()
            stop = self.run.report(**self._progress())
        self._go_on()
        self.bell.ring()
        end = perf_counter()
        self.due = end + max(FLUSH_SECONDS, min(LONGEST, REST * (end - start)))
        return stop or self.leaving()

    def _chunk(self) -> Chunk:
        steps = dict(zip(STEPS, (self.costs, self.seconds), strict=True))
        epochs = {name: [_first(getattr(event, name)) for event in self.epochs] for name in EPOCHS}
        return Chunk(
            run=self.run,
            attempt=self.run.attempt,
            sequence=self.sequence + 1,
            first_step=self.first_step,
            n_steps=len(self.costs),
            columns=pack(steps, epochs),
        )

    def _progress(self) -> dict[str, float | int | None]:
        self._note_errors()
        self.marks.append((perf_counter(), self.step))
        (then, earlier), (now, step) = self.marks[0], self.marks[-1]
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
        self.sequence += bool(self.costs or self.epochs)
        self.first_step += len(self.costs)
        self._clear()

    def _clear(self) -> None:
        self.costs: list[float] = []
        self.seconds: list[float] = []
        self.epochs: list[EpochMetrics] = []


def _first(value: Any) -> Any:
    """The value of the cohort's first network; a count, which all of them share, as it is."""
    return value.item(0) if isinstance(value, np.ndarray) else value
