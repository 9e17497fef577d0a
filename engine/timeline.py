"""Timeline: how the steps of a run lie in its epochs, though the batch size may change on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Segment(NamedTuple):
    """Batches of ``batch_size`` examples, begun after ``step`` steps: ``epoch`` whole epochs, and
    ``position`` examples of the next."""

    step: int
    epoch: int
    position: int
    batch_size: int


class Timeline(NamedTuple):
    """What a schedule has to know of the run: steps in an epoch and in all, as if batches had always been
    what they are now, and ``knots`` of (steps done, epochs done) that say how it really was."""

    steps_per_epoch: int
    n_steps: int
    knots: tuple[tuple[int, float], ...] = ((0, 0.0),)

    def at(self, t: Floats) -> Floats:
        """The places of steps ``t`` (T,), from 1, on a scale of ``steps_per_epoch`` to an epoch: of the first
        step after e epochs it is 1 + e * steps_per_epoch. ``t`` itself in a run that was never changed."""
        begun, epochs = self.knots[-1]
        places = t - begun + epochs * self.steps_per_epoch
        if len(self.knots) > 1:
            steps, done = zip(*self.knots, strict=True)
            earlier = 1 + np.interp(t - 1, steps, done) * self.steps_per_epoch
            places = np.where(t - 1 < begun, earlier, places)
        return places


def n_batches(n_examples: int, batch_size: int) -> int:
    """Steps on so many examples: the last batch is kept, though it may be smaller."""
    return -(-n_examples // batch_size)


def continued(history: Sequence[Segment], new: Segment) -> list[Segment]:
    """``history`` when batches go on as ``new`` says; sizes of which no batch was made leave no trace."""
    kept = [old for old in history if old[1:3] != new[1:3]]
    return kept if kept and kept[-1].batch_size == new.batch_size else [*kept, new]


def segment_start(history: Sequence[Segment], epoch: int) -> int:
    """The example at which the present batches began in the epoch after ``epoch`` whole ones."""
    return history[-1].position if history[-1].epoch == epoch else 0


def place(epoch: int, within: bool, position: int, n_train: int) -> tuple[int, int]:
    """Whole epochs done, and examples of the next, ``position`` examples into the last ``epoch`` begun."""
    over = not within or position == n_train
    return (epoch, 0) if over else (epoch - 1, position)


def timeline_of(history: Sequence[Segment], n_train: int, epochs: int) -> Timeline:
    """The timeline of a run of ``epochs`` on ``n_train`` examples whose batches were those of ``history``."""
    knots: list[tuple[int, float]] = []
    for i, (step, epoch, position, size) in enumerate(history):
        places: list[tuple[int, float]] = [(step, epoch + position / n_train)]
        if position:
            if history[i - 1].epoch != epoch:
                places.insert(0, (step - n_batches(position, history[i - 1].batch_size), float(epoch)))
            places.append((step + n_batches(n_train - position, size), epoch + 1.0))
        knots = [knot for knot in knots if knot[0] < places[0][0]] + places
    steps = n_batches(n_train, history[-1].batch_size)
    return Timeline(steps, steps * epochs, tuple(knots))
