"""Sweeps that are really trained, in this process, on a small file that was really read."""

from typing import Any

import numpy as np

from engine import Dense, Spec
from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_spec, a_user
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Version
from webapp.sweeps import tasks
from webapp.sweeps.models import Sweep
from webapp.sweeps.plan import Plan
from webapp.sweeps.scheduling import take
from webapp.sweeps.starting import start
from webapp.sweeps.training.desk import Desk

RATES = {"learning_rate": {"kind": "log", "low": 1e-3, "high": 0.3}}
HEIGHTS = "age,height\n" + "\n".join(f"{age},{75 + 6 * age}" for age in range(1, 41))
WILD = a_spec(
    head="squared_error",
    optimizer="gradient_descent",
    epochs=60,
    batch_size=8,
    layers=(Dense(units=8), Dense(units=8)),
)


def sides(n: int = 60) -> str:
    """Points left and right of a line, with a little noise."""
    x = np.random.default_rng(0).normal(size=(n, 2))
    rows = [f"{a:.3f},{b:.3f},{'right' if a + b > 0 else 'left'}" for a, b in x]
    return "a,b,side\n" + "\n".join(rows)


def read(text: str | None = None) -> Version:
    """A version of a dataset, read from a file with this text."""
    version = a_version(state="parsing", owner=a_user())
    version.dataset.folder.mkdir(parents=True, exist_ok=True)
    version.dataset.source.write_text(text or sides())
    ingest(version.pk)
    version.refresh_from_db()
    assert version.is_ready, version.problem
    return version


def a_plan(**changes: Any) -> Plan:
    return Plan.model_validate({"space": {"dimensions": RATES}, "trials": 6, **changes})


def begun(version: Version | None = None, spec: Spec | None = None, **plan: Any) -> Sweep:
    """A sweep that no worker has heard of."""
    version = version or read()
    spec = spec or a_spec(batch_size=8, epochs=4)
    return start(version.dataset.owner, version, spec, a_plan(**plan), "a sweep")


def work() -> None:
    """What a worker does, as long as there is anything to do."""
    desk = Desk()
    while cohort := take():
        tasks.train(cohort, desk)


def swept(*args: Any, **plan: Any) -> Sweep:
    """A sweep that was trained to its end."""
    sweep = begun(*args, **plan)
    work()
    sweep.refresh_from_db()
    return sweep
