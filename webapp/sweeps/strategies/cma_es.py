"""CMA-ES: a cloud of points that moves, stretches and shrinks towards the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field
from threadpoolctl import threadpool_limits
from typing_extensions import override

from webapp.sweeps.space import Options, Space, Values, places_of, values_at

from .lessons import lessons
from .random import Random
from .strategy import Result, Strategy, seed_of

if TYPE_CHECKING:
    from cmaes import CMA

NEWEST = 4_000
WIDTH = 0.3  # standard deviation of the first points, of a dimension's breadth


class CmaEs(Strategy):
    """A cloud of points that moves and shrinks towards the best, generation by generation. For ranges of
    numbers, up to some 20 of them, and 100 trials or more; choices, and what matters only sometimes, are
    drawn at random.

    Hansen 2016, https://arxiv.org/abs/1604.00772
    """

    model_config = ConfigDict(title="CMA-ES")
    kind: Literal["cma_es"] = "cma_es"
    learns: ClassVar[bool] = True
    population: int | None = Field(
        None,
        ge=4,
        le=1_000,
        title="Population",
        description="Trials in a generation. More see more and learn later. Empty: 4 + 3 ln(dimensions).",
    )

    @override
    def load(self) -> None:
        import cmaes  # noqa: F401

    @override
    def suggest(
        self, space: Space, base: Mapping[str, Any], first: int, n: int, results: Sequence[Result]
    ) -> list[Values]:
        drawn = Random(seed=self.seed).suggest(space, base, first, n, results)
        known = lessons(space, results, 0, NEWEST)
        ordered = np.array([not isinstance(each, Options) for each in space.dimensions.values()])
        free = ordered & ~np.isnan(known.places).any(axis=0)
        if not free.any():
            return drawn
        with threadpool_limits(1):  # matrices this small only wait for a second thread
            cloud = self._cloud(known.places[:, free], known.losses)
        places = places_of(space, drawn)
        for i, row in enumerate(places):
            cloud.reseed_rng(seed_of(self.seed, first + i))
            row[free] = cloud.ask()
        return [values_at(space, row) for row in places]

    def _cloud(self, places: np.ndarray, losses: np.ndarray) -> CMA:
        """The cloud after results (n, dimensions) and (n,), a generation after the other.

        Optuna's sampler keeps its cloud in a store; here it follows from the results, so that nothing is lost
        and any trial may come late. Where the cloud has shrunk to a point, another begins elsewhere.
        """
        cloud = self._begin(np.full(places.shape[1], 0.5), 0)
        size = cloud.population_size
        for begin in range(0, len(losses) - size + 1, size):
            generation = slice(begin, begin + size)
            cloud.tell(list(zip(places[generation], losses[generation].tolist(), strict=True)))
            if cloud.should_stop():
                elsewhere = np.random.default_rng([self.seed, begin]).random(places.shape[1])
                cloud = self._begin(elsewhere, begin)
        return cloud

    def _begin(self, mean: np.ndarray, number: int) -> CMA:
        from cmaes import CMA  # seconds, for a web process that never needs it

        bounds = np.tile([0.0, 1.0], (len(mean), 1))
        seed = seed_of(self.seed, number)
        return CMA(mean, WIDTH, bounds=bounds, seed=seed, population_size=self.population)
