"""Runs and datasets as rows, for tests that need no worker."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.contrib.auth import get_user_model
from django.db import transaction

from engine import Dense, Spec
from tests.webapp.datasets.factories import a_version
from webapp.runs.history.columns import EPOCHS, pack
from webapp.runs.models import Attempt, Chunk, Run


def a_user(name: str = "ada") -> Any:
    return get_user_model().objects.get_or_create(username=name)[0]


def a_spec(**changes: Any) -> Spec:
    return Spec(**{"layers": (Dense(units=4),), "head": "sigmoid", "epochs": 3, **changes})


def a_run(spec: Spec | None = None, **fields: Any) -> Run:
    owner = fields.pop("owner", None) or a_user()
    version = fields.pop("version", None) or a_version(owner=owner)
    spec = spec or a_spec()
    return Run.objects.create(
        **{
            "owner": owner,
            "version": version,
            "name": "a run",
            "spec": spec.model_dump(mode="json"),
            **fields,
        }
    )


@transaction.atomic
def write_chunks(run: Run, costs: Sequence[Sequence[float] | np.ndarray]) -> None:
    """One chunk of the run's current attempt for each list of costs, no epochs."""
    Attempt.objects.get_or_create(run=run, number=run.attempt)
    first = 1
    for sequence, values in enumerate(costs, 1):
        Chunk.objects.create(
            run=run,
            attempt=run.attempt,
            sequence=sequence,
            first_step=first,
            n_steps=len(values),
            columns=pack({"cost": values, "seconds": np.zeros(len(values))}, dict.fromkeys(EPOCHS, ())),
        )
        first += len(values)
