"""From the engine's events to the run's history: a chunk of columns about every 100 ms, then a wake-up.

In the same breath the recorder hears whether the run shall stop: the only arrow that points back. Training is
never held up for more than a fortieth of its time: where a flush is slow, the next one comes later.
"""

from collections import deque
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
REST = 40  # times as long as a flush took, at least, until the next one
SPEED_FLUSHES = 20  # the speed shown is that of the last two seconds


class Recorder:
    """Takes the events of the run that this worker holds; raises LeaseLostError when it holds it no more."""

    def __init__(self, run: Run, bell: Bell) -> None:
        self.run = run
        self.bell = bell
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
        """The last step that was written."""
        return self.first_step - 1

    def take(self, event: Event) -> bool:
        """Note one event; True when the run was asked to stop."""
        now = perf_counter()
        if type(event) is StepMetrics:
            self.costs.append(event.cost.item(0))
            self.seconds.append(now - self.clock)
        elif type(event) is EpochMetrics:
            self.epochs.append(event)
        return now >= self.due and self.flush()

    def flush(self) -> bool:
        """Write what was noted and wake the viewers; True when the run was asked to stop."""
        start = perf_counter()
        with transaction.atomic():
            self._write_chunk()
            self.run.report(**self._progress())
            stop = self.run.was_asked_to_stop()
        self.bell.ring()
        self._clear()
        end = perf_counter()
        self.due = end + max(FLUSH_SECONDS, REST * (end - start))
        return stop

    def _write_chunk(self) -> None:
        if not (self.costs or self.epochs):
            return
        self.sequence += 1
        steps = dict(zip(STEPS, (self.costs, self.seconds), strict=True))
        Chunk.objects.create(
            run=self.run,
            attempt=self.run.attempt,
            sequence=self.sequence,
            first_step=self.first_step,
            n_steps=len(self.costs),
            columns=pack(
                steps, {name: [_first(getattr(event, name)) for event in self.epochs] for name in EPOCHS}
            ),
        )
        self.first_step += len(self.costs)

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
        known = [finite(_first(event.dev_error)) for event in self.epochs] + [
            self.progress.get("best_dev_error")
        ]
        best = min((error for error in known if error is not None), default=None)
        self.progress |= {"epoch": last.epoch, **errors, "best_dev_error": best}

    def _clear(self) -> None:
        self.costs: list[float] = []
        self.seconds: list[float] = []
        self.epochs: list[EpochMetrics] = []


def _first(value: Any) -> Any:
    """The value of the cohort's first network; a count, which all of them share, as it is."""
    return value.item(0) if isinstance(value, np.ndarray) else value
