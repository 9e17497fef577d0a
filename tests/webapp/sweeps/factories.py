"""Sweeps and trials as rows, for tests that train nothing."""

from typing import Any

from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run, a_spec, a_user
from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.plan import Plan
from webapp.sweeps.space import LogUniform, Options, PowersOfTwo, Space

SPACE = Space(
    dimensions={
        "learning_rate": LogUniform(low=0.0001, high=1),
        "optimizer.kind": Options(options=("adam", "momentum")),
        "batch_size": PowersOfTwo(low=16, high=128),
    }
)
VALUES = {"learning_rate": 0.01, "optimizer.kind": "adam", "batch_size": 32}


def a_plan(space: Space = SPACE, **fields: Any) -> Plan:
    return Plan(space=space, **{"trials": 10, **fields})


def a_sweep(plan: Plan | None = None, **fields: Any) -> Sweep:
    owner = fields.pop("owner", None) or a_user()
    version = fields.pop("version", None) or a_version(owner=owner)
    spec = fields.pop("spec", None) or a_spec()
    plan = plan or a_plan()
    return Sweep.objects.create(
        owner=owner,
        version=version,
        spec=spec.model_dump(mode="json"),
        plan=plan.model_dump(mode="json"),
        **{"name": "a sweep", **fields},
    )


def a_trial(sweep: Sweep, **fields: Any) -> Trial:
    """The next trial of the sweep; with `run=True` it has a run that finished, too."""
    number = fields.pop("number", sweep.trials.count() + 1)
    values = {**VALUES, **fields.pop("values", {})}
    if fields.get("run") is True:
        fields["run"] = a_run(
            owner=sweep.owner,
            version=sweep.version,
            name=f"{sweep}, trial {number}",
            state="finished",
            is_trial=True,
        )
    return Trial.objects.create(
        sweep=sweep, number=number, **{"values": values, "group": "g", "state": "finished", **fields}
    )
