"""Bayesian optimisation with a Gaussian process: a smooth guess of the score everywhere, with its doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field
from threadpoolctl import threadpool_limits
from typing_extensions import override

from webapp.sweeps.outliers import tamed
from webapp.sweeps.space import Conditions, Options, Places, Space, Values, values_at
from webapp.sweeps.space.places import BELOW_ONE

from .lessons import Lessons, lessons
from .sobol import Sobol
from .strategy import Result, Strategy

BEST, NEWEST = 50, 100
EVERYWHERE, NEAR = 500, 250  # candidates: anywhere, and around the best
CENTRES = 5  # of the best


class GaussianProcess(Strategy):
    """Guesses the score everywhere, with its doubt, and tries where most is to be gained. For costly trials:
    the best in 20 to 200 of them, and up to some 15 dimensions.

    Jones et al. 1998, https://doi.org/10.1023/A:1008306431147: expected improvement, Matérn 5/2 kernel with a
    length for each dimension.
    """

    model_config = ConfigDict(title="Gaussian process")
    kind: Literal["gp"] = "gp"
    learns: ClassVar[bool] = True
    startup: int = Field(
        8,
        ge=2,
        le=1_000,
        title="Even trials first",
        description="It learns from these, which lie on a Sobol sequence. Twice the dimensions are usual.",
    )

    @override
    def load(self) -> None:
        from . import gaussian  # noqa: F401

    @override
    def suggest(
        self, space: Space, base: Mapping[str, Any], first: int, n: int, results: Sequence[Result]
    ) -> list[Values]:
        known = lessons(space, results, BEST, NEWEST)
        if len(known.told) < self.startup:
            return Sobol(seed=self.seed).suggest(space, base, first, n, results)
        conditions = Conditions(space, base)
        with threadpool_limits(1):  # matrices this small only wait for a second thread
            return self._learnt(conditions, known, range(first, first + n))

    def _learnt(self, conditions: Conditions, known: Lessons, numbers: range) -> list[Values]:
        from .gaussian import Guess  # seconds, for a web process that never needs it

        space = conditions.space
        losses = tamed(known.losses)
        centres = known.places[np.argsort(losses, kind="stable")[:CENTRES]]
        guess = Guess(features(space, known.places), losses)
        for row in features(space, known.pending):
            guess.believe(row)
        found = []
        for number in numbers:
            places = _candidates(centres, np.random.default_rng([self.seed, number]))
            inputs = features(space, conditions.placed(places))
            chosen = int(np.argmax(guess.improvement(inputs)))
            guess.believe(inputs[chosen])
            found.append(values_at(space, places[chosen]))
        return found


def features(space: Space, places: Places) -> Places:
    """What the process sees of places (n, dimensions): places, a column for each option of a choice, and the
    middle of what does not matter there."""
    columns: list[Places] = []
    for column, known in zip(places.T, space.dimensions.values(), strict=True):
        absent = np.isnan(column)
        if isinstance(known, Options):
            chosen = np.where(absent, -1, np.nan_to_num(column) * known.size).astype(int)
            columns += [(chosen == option) * 0.5 for option in range(known.size)]
        else:
            columns.append(np.where(absent, 0.5, column))
    return np.stack(columns, axis=1).astype(float)


def _candidates(centres: Places, rng: np.random.Generator) -> Places:
    """Where to look, (n, dimensions): anywhere, and near the best, `centres` (k, dimensions)."""
    near = centres[rng.integers(len(centres), size=NEAR)]
    moved = near + rng.normal(0, 0.05, near.shape) * (rng.random(near.shape) < 0.5)
    moved = np.where(np.isnan(moved), rng.random(near.shape), np.clip(moved, 0, BELOW_ONE))
    return np.vstack([rng.random((EVERYWHERE, near.shape[1])), moved])
