"""TPE through Optuna: learns from the results where good trials are denser than bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field
from typing_extensions import override

from webapp.sweeps.space import Conditions, Space, Values, places_of, values_at

from .lessons import lessons
from .random import Random
from .strategy import Result, Strategy, seed_of

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
    def load(self) -> None:
        from . import optuna_study  # noqa: F401

    @override
    def suggest(
        self, space: Space, base: Mapping[str, Any], first: int, n: int, results: Sequence[Result]
    ) -> list[Values]:
        known = lessons(space, results, BEST, NEWEST)
        if len(known.told) < self.startup:
            return Random(seed=self.seed).suggest(space, base, first, n, results)
        from .optuna_study import Study  # seconds, for a web process that never needs it

        study = Study(space, known)
        conditions = Conditions(space, base)
        found = []
        for number in range(first, first + n):
            found.append(values_at(space, study.ask(seed_of(self.seed, number))))
            study.begin(places_of(space, [conditions.kept(found[-1])])[0])
        return found
