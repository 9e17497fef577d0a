"""Sweeps of the benchmarks' tasks in a laboratory, and their data as datasets of it."""

import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.laboratory import owner
from benchmarks.sweep_tasks import SPACE, TABLES, TASKS, spec_of, table_of

SHARE = {True: 4, False: 1}  # the sweeps have so many times fewer trials, quick or not
LOOK = 0.25  # seconds until a sweep is looked at again: more often would take from what is measured


class Swept(NamedTuple):
    """A sweep that ended, when it did by the database's clock, in seconds since 1970, and its best score."""

    pk: int
    trials: int
    began: float
    ended: float
    best: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def per_minute(self) -> float:
        return 60 * self.trials / self.seconds


class Bench:
    """A laboratory with the tasks' data, and what of it was asked for."""

    def __init__(self, lab: Any, quick: bool = False, mnist: Path | None = None) -> None:
        self.lab, self.quick, self.mnist = lab, quick, mnist
        self.versions: dict[str, int] = {}

    def trials(self, name: str) -> int:
        return TASKS[name].trials // SHARE[self.quick]

    def prepare(self, name: str) -> None:
        """Read the task's data, and let every worker load what there is to load."""
        if (data := table_of(name)) not in self.versions:
            self.versions[data] = dataset(data, self.mnist)
            self._sweep(name, 8)

    def sweep(self, name: str, trials: int | None = None, **plan: Any) -> Swept:
        """Start a sweep of a task and wait for its end."""
        self.prepare(name)
        return self._sweep(name, trials or self.trials(name), **plan)

    def _sweep(self, name: str, trials: int, **plan: Any) -> Swept:
        from engine import Spec
        from webapp.datasets.models import Version
        from webapp.sweeps.plan import Plan
        from webapp.sweeps.starting import start

        version = Version.objects.get(pk=self.versions[table_of(name)])
        planned = Plan.model_validate({"space": {"dimensions": SPACE}, "trials": trials, **plan})
        sweep = start(owner(), version, Spec.model_validate(spec_of(TASKS[name])), planned, name)
        while not sweep.has_ended:
            time.sleep(LOOK)
            sweep.refresh_from_db()
        assert sweep.state == "finished", sweep.reason
        best = sweep.trials.ranked()[0].score
        return Swept(sweep.pk, trials, sweep.created.timestamp(), sweep.ended.timestamp(), best)


def write_cohorts(swept: Swept, file: Path) -> None:
    """The specs of each cohort of a sweep, as JSON."""
    from webapp.sweeps.models import Cohort

    trials = [
        cohort.trials.select_related("run")
        for cohort in Cohort.objects.filter(sweep=swept.pk).order_by("-pk")
    ]
    file.write_text(json.dumps([[trial.run.spec for trial in each] for each in trials]))


def dataset(name: str, mnist: Path | None) -> int:
    """The key of a version of a table."""
    from webapp.datasets.ingestion import ingest
    from webapp.datasets.models import Dataset

    if name in BUILTIN:
        made = Dataset.objects.begin(owner=owner(), name=name, builtin=BUILTIN[name])
    else:
        made = images_dataset(name, *TABLES[name](mnist))
    ingest(made.current_id)
    made.refresh_from_db()
    assert made.current.is_ready, made.current.problem
    return int(made.current_id)


BUILTIN = {"digits": "digits", "breast cancer": "breast_cancer"}


def images_dataset(name: str, x: np.ndarray, y: np.ndarray) -> Any:
    """Images of 28 x 28 and their classes, as an NPZ file."""
    from webapp.datasets.models import Dataset

    made = Dataset.objects.begin(owner=owner(), name=name)
    made.folder.mkdir(parents=True, exist_ok=True)
    with made.source.open("wb") as file:
        np.savez(file, x=np.round(255 * x).astype(np.uint8).reshape(-1, 28, 28), y=y)
    return made
