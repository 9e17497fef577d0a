"""From one of many to one that is looked after: a trial goes on as a live run, or is trained again."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.text import Truncator

from webapp.runs import queue
from webapp.runs.cockpit.branching import branch
from webapp.runs.models import Run
from webapp.sweeps.models import Promotion, Sweep, Trial

LONGEST = 40  # letters of the sweep's name in those of its runs


@transaction.atomic
def promote(trial: Trial, epochs: int, by: AbstractBaseUser) -> Run:
    """A live run that goes on from where the trial ended, up to `epochs` in all. Raises ValueError."""
    _hold(trial.sweep)
    if trial.state in Trial.OPEN:
        raise ValueError(f"Trial {trial.number} still trains: wait until it has ended, or stop the sweep.")
    kept = trial.run.checkpoints.order_by("-step", "-pk").first() if trial.run else None
    if kept is None:
        raise ValueError(
            f"Trial {trial.number} left no checkpoint ({trial.state}): train its settings again instead."
        )
    if epochs <= kept.epoch:
        raise ValueError(f"It has trained {kept.epoch:,} epochs: give more than that, in all.")
    run = branch(kept, by, name_of(trial, "promoted"), {"epochs": epochs})
    Promotion.objects.create(run=run, trial=trial)
    return run


@transaction.atomic
def retrain(trials: Sequence[Trial], epochs: int, seeds: int, by: AbstractBaseUser) -> list[Run]:
    """Runs with the settings of the trials, each with several seeds, from the start. Raises ValueError."""
    if not 1 <= len(trials) * seeds <= 100:
        raise ValueError(f"{len(trials)} trials with {seeds} seeds each: choose 1 to 100 runs in all.")
    _hold(trials[0].sweep)
    runs = []
    for trial in trials:
        if trial.run is None:
            raise ValueError(f"Trial {trial.number} never began: there is nothing to train again.")
        spec = trial.run.configuration
        for i in range(seeds):
            changed = spec.model_copy(update={"epochs": epochs, "seed": spec.seed + i})
            name = name_of(trial, f"with seed {changed.seed}")
            run = queue.submit(by, trial.run.version, type(spec).model_validate(changed.model_dump()), name)
            Promotion.objects.create(run=run, trial=trial)
            runs.append(run)
    return runs


def _hold(sweep: Sweep) -> None:
    """Keep the sweep from being deleted until the transaction ends. Raises ValueError when it is gone."""
    if Sweep.objects.select_for_update().filter(pk=sweep.pk).first() is None:
        raise ValueError("This sweep was deleted meanwhile.")


def name_of(trial: Trial, what: str) -> str:
    """ "Trial 12 promoted, of Digits, learning rate": what tells it from others first, for names are cut.
    That of a sweep that nobody named lists what it searches."""
    return f"Trial {trial.number} {what}, of {Truncator(trial.sweep.name).chars(LONGEST)}"
