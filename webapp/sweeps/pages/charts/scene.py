"""What a chart of a sweep is drawn from: the chosen trials as columns, and how somebody wants to see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from webapp.charts.trials import Look, Trials
from webapp.datasets.recipe import Task
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.charts.scales import Dimension, Scores
from webapp.sweeps.pages.selection import Selection
from webapp.sweeps.results import Row

DECADES = 20.0  # the largest score over the smallest, from which on their axis is logarithmic
Over = Literal["trials", "minutes"]


@dataclass(frozen=True)
class Asked:
    """How it is wanted, as the address says it: `?x=minutes&log=1&a=learning_rate&b=l2&trial=12`."""

    x: Over = "trials"
    log: bool | None = None
    a: str = ""
    b: str = ""
    trial: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Asked:
        """What makes no sense is as if it was not said: these are only views."""
        trial = query.get("trial", "")
        return cls(
            x="minutes" if query.get("x") == "minutes" else "trials",
            log={"1": True, "0": False}.get(query.get("log", "")),
            a=query.get("a", ""),
            b=query.get("b", ""),
            trial=int(trial) if trial.isascii() and trial.isdigit() and len(trial) < 10 else None,
        )


class Scene:
    """The trials that a selection chooses of a sweep. Finalists' repetitions are another matter: only the
    first training of a point counts where points are compared."""

    def __init__(self, sweep: Sweep, selection: Selection, asked: Asked) -> None:
        self.sweep = sweep
        self.selection = selection
        self.asked = asked

    @property
    def objective(self) -> str:
        """What the scores are, and the name of their column in a run's history."""
        return str(self.sweep.plan.get("objective", "dev_error"))

    @property
    def look(self) -> Look:
        """How scores are shown."""
        is_share = self.objective == "dev_error" and self.sweep.version.task != Task.REGRESSION
        return Look(self.objective.replace("_", " "), is_share, self.is_log, self.asked.trial)

    @cached_property
    def is_log(self) -> bool:
        """Whether scores are on a logarithmic axis: as asked, else where they are of very different sizes."""
        if self.asked.log is not None:
            return self.asked.log
        scores = [row.score for row in self.all_rows]
        return bool(scores) and min(scores) > 0 and max(scores) / min(scores) >= DECADES

    @cached_property
    def rows(self) -> list[Row]:
        """The chosen trials that have a score, without repetitions."""
        return [row for row in self.selection.rows if row.score is not None and row.repeats is None]

    @cached_property
    def all_rows(self) -> list[Row]:
        """All that have a score, chosen or not."""
        return [row for row in self.selection.all_rows if row.score is not None and row.repeats is None]

    @cached_property
    def trials(self) -> Trials:
        return columns(self.rows)

    @cached_property
    def dimensions(self) -> dict[str, Dimension]:
        """The dimensions of now, then those that trials had before; not the seed that finalists differ by."""
        known = self.selection.space.dimensions
        tried: dict[str, list] = {path: [] for path in known}
        for row in self.selection.all_rows:
            if row.repeats is None:
                for path, value in row.values.items():
                    tried.setdefault(path, []).append(value)
        return {path: Dimension(path, known.get(path), values) for path, values in tried.items()}

    @property
    def numeric(self) -> list[Dimension]:
        return [dimension for dimension in self.dimensions.values() if dimension.is_numeric]

    @cached_property
    def scores(self) -> Scores:
        """The axis of the scores of all trials."""
        return Scores(self.look, (row.score for row in self.all_rows))

    def values(self, dimension: Dimension, rows: list[Row] | None = None) -> list:
        """The values (n,) of rows as the dimension's scale takes them; None where it did not matter."""
        found = [row.values.get(dimension.path) for row in (self.rows if rows is None else rows)]
        if dimension.is_numeric:
            return dimension.drawn(found)
        words = dict(zip(dimension.options, dimension.scale.options, strict=True))
        return [words.get(value) for value in found]


def columns(rows: list[Row]) -> Trials:
    return Trials(
        np.array([row.number for row in rows], np.int64),
        np.array([np.nan if row.score is None else row.score for row in rows], float),
        np.array([row.counts for row in rows], bool),
    )
