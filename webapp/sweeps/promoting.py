"""From a trial to a run of its own."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser

from webapp.runs.models import Run
from webapp.runs.queue import submit
from webapp.sweeps.models import Trial


def promote(trial: Trial, epochs: int, by: AbstractBaseUser) -> Run:
    """Train it on, to `epochs` in all, as a run. Raises ValueError."""
    return retrain([trial], epochs, 1, by)[0]


def retrain(trials: Sequence[Trial], epochs: int, seeds: int, by: AbstractBaseUser) -> list[Run]:
    """Train each of them anew, with so many seeds. Raises ValueError."""
    made = []
    for trial in trials:
        if trial.run is None:
            raise ValueError(f"Trial {trial.number} was never trained.")
        for seed in range(seeds):
            spec = trial.run.configuration.model_copy(update={"epochs": epochs, "seed": seed})
            made.append(submit(by, trial.run.version, spec, f"{trial.sweep}, trial {trial.number}"))
    return made
