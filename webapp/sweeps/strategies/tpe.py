"""TPE through Optuna: learns from the results where good trials are denser than bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial
from pydantic import ConfigDict, Field
from typing_extensions import override

from webapp.sweeps.space import Conditions, Options, Places, Space, Values, places_of, values_at

from .lessons import Lessons, lessons
from .random import Random
from .strategy import Result, Strategy, seed_of

optuna.logging.set_verbosity(optuna.logging.ERROR)

BEST, NEWEST = 100, 300


class TPE(Strategy):
    """Learns where good trials are denser than bad ones, and tries there. Good from some 50 trials on, for
    choices and ranges alike, also where some matter only sometimes.

    Bergstra et al. 2011, https://papers.nips.cc/paper/4443; Watanabe 2023, https://arxiv.org/abs/2304.11127
    """

    model_config = ConfigDict(title="TPE")
    kind: Literal["tpe"] = "tpe"
    learns: ClassVar[bool] = True
    startup: int = Field(
        10,
        ge=1,
        le=1_000,
        title="Random trials first",
        description="It learns from these. More of them see more of the space.",
    )

    @override
    def suggest(
        self, space: Space, base: Mapping[str, Any], first: int, n: int, results: Sequence[Result]
    ) -> list[Values]:
        known = lessons(space, results, BEST, NEWEST)
        if len(known.told) < self.startup:
            return Random(seed=self.seed).suggest(space, base, first, n, results)
        study = _study(space, known)
        conditions = Conditions(space, base)
        return [self._next(study, space, conditions, number) for number in range(first, first + n)]

    def _next(self, study: optuna.Study, space: Space, conditions: Conditions, number: int) -> Values:
        """The values of one trial, which the study then knows to train."""
        study.sampler = TPESampler(seed=seed_of(self.seed, number), n_startup_trials=1)
        asked = study.ask(_axes(space))
        study.tell(asked, state=TrialState.FAIL)  # of no more use: the trial that takes its place is below
        values = values_at(space, _places(space, asked.params))
        kept = places_of(space, [conditions.kept(values)])[0]
        study.add_trial(_trial(space, kept, state=TrialState.RUNNING))
        return values


def _study(space: Space, known: Lessons) -> optuna.Study:
    study = optuna.create_study()
    trials = [_ended(space, *each) for each in zip(known.told, known.places, known.losses, strict=True)]
    study.add_trials(trials + [_trial(space, row, state=TrialState.RUNNING) for row in known.pending])
    return study


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
