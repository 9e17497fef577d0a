"""What Optuna knows of a sweep: a study in memory, made anew from the results each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from webapp.sweeps.space import Options, Places, Space

from .lessons import Lessons
from .strategy import Result

optuna.logging.set_verbosity(optuna.logging.ERROR)


class Study:
    """A study whose parameters are places in [0, 1], and the numbers of options."""

    def __init__(self, space: Space, known: Lessons) -> None:
        self.space = space
        self.study = optuna.create_study()
        ended = zip(known.told, known.places, known.losses, strict=True)
        self.study.add_trials([_ended(space, *each) for each in ended])
        for row in known.pending:
            self.begin(row)

    def ask(self, seed: int) -> Places:
        """Where TPE would have the next trial, (dimensions,)."""
        self.study.sampler = TPESampler(seed=seed, n_startup_trials=1)
        asked = self.study.ask(_axes(self.space))
        self.study.tell(asked, state=TrialState.FAIL)  # forgotten: `begin` takes what really trains
        return _places(self.space, asked.params)

    def begin(self, places: Places) -> None:
        """A trial trains at places (dimensions,), NaN where one does not matter: others shall keep away."""
        self.study.add_trial(_trial(self.space, places, state=TrialState.RUNNING))


def _ended(space: Space, result: Result, places: Places, loss: float) -> FrozenTrial:
    """As Optuna sees it. Of the pruned those that came further are better, so what diverged came nowhere:
    as finished, it would rank before all of them."""
    score = result.score if result.score is not None else np.inf
    if result.pruned is None and np.isfinite(score):
        return _trial(space, places, state=TrialState.COMPLETE, value=float(loss))
    epoch = result.pruned if result.pruned is not None and np.isfinite(score) else 0
    return _trial(space, places, state=TrialState.PRUNED, intermediate_values={epoch: float(loss)})


def _trial(space: Space, places: Places, **fields: Any) -> FrozenTrial:
    axes = _axes(space)
    there = {path: place for path, place in zip(axes, places.tolist(), strict=True) if place == place}
    params = {path: _coordinate(axes[path], place) for path, place in there.items()}
    return create_trial(params=params, distributions={path: axes[path] for path in there}, **fields)


def _axes(space: Space) -> dict[str, BaseDistribution]:
    """An even range of places for what has an order, numbered options for what has none."""
    return {
        path: CategoricalDistribution(range(known.size))
        if isinstance(known, Options)
        else FloatDistribution(0, 1)
        for path, known in space.dimensions.items()
    }


def _coordinate(axis: BaseDistribution, place: float) -> float | int:
    return int(place * len(axis.choices)) if isinstance(axis, CategoricalDistribution) else min(place, 1.0)


def _places(space: Space, params: Mapping[str, Any]) -> Places:
    return np.array(
        [
            (params[path] + 0.5) / known.size if isinstance(known, Options) else params[path]
            for path, known in space.dimensions.items()
        ]
    )
