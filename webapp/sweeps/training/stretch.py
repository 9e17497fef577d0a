"""What a cohort tells while its members are the same: noted event by event, written member by member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import EpochMetrics
from webapp.runs.history.columns import EPOCHS

Array = npt.NDArray[Any]
Series = dict[str, Array]


class Stretch:
    """Steps and epochs of the K `members`, from `first_step` on."""

    def __init__(self, members: Sequence[int], first_step: int) -> None:
        self.members, self.first_step = tuple(members), first_step
        #: Of each step the costs (K,) and the seconds; learning rates (K, T) of some steps together.
        self.costs: list[Array] = []
        self.times: list[float] = []
        self.rates: list[Array] = []
        self.epochs: list[EpochMetrics] = []

    def steps(self) -> Series:
        """The series of steps, (K, T) each."""
        k, n = len(self.members), len(self.times)
        return {
            "cost": np.array(self.costs).reshape(n, k).T,
            "seconds": np.broadcast_to(self.times, (k, n)),
            "learning_rate": np.concatenate([np.empty((k, 0)), *self.rates], axis=1),
        }

    def epochs_ended(self) -> Series:
        """The series of epochs, (K, E) each."""
        found = {name: np.array([getattr(event, name) for event in self.epochs]).T for name in EPOCHS}
        return {
            name: np.broadcast_to(values, (len(self.members), len(self.epochs)))
            for name, values in found.items()
        }

    def best_dev_errors(self) -> Array:
        """The smallest error (K,) of all epochs that is a number; infinite where there is none."""
        errors = np.array([event.dev_error for event in self.epochs]).reshape(-1, len(self.members))
        return np.where(np.isfinite(errors), errors, np.inf).min(axis=0, initial=np.inf)

    def first_bad_steps(self) -> dict[int, int]:
        """The members whose last cost is no number, and the step at which it stopped being one."""
        if not self.costs or np.isfinite(self.costs[-1]).all():
            return {}
        bad = ~np.isfinite(np.array(self.costs))
        return {
            member: self.first_step + int(bad[:, place].argmax())
            for place, member in enumerate(self.members)
            if bad[-1, place]
        }


def joined(tables: Sequence[tuple[Stretch, Series]], members: Sequence[int]) -> Series:
    """The series of some members, a row (T,) for each, one stretch after the other: all are part of each."""
    parts = []
    for stretch, table in tables:
        places = [stretch.members.index(member) for member in members]
        parts.append({name: values[places] for name, values in table.items()})
    return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}
