"""What every strategy is: a way to the values of the next trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import Field

from engine.choices import Choice
from webapp.sweeps.space import Space, Values


class Result(NamedTuple):
    """What became of a trial. `score` is an error or a cost, None while there is none, infinite when it
    diverged; `pruned` after how many epochs, None when it was not."""

    number: int
    values: Values
    score: float | None
    pruned: int | None = None


class Strategy(Choice):
    """The base of all strategies. The same seed suggests the same trials."""

    #: Whether what it suggests depends on the results so far: then it is asked a few trials at a time.
    learns: ClassVar[bool] = False
    seed: int = Field(
        0,
        ge=0,
        le=2**53 - 1,
        title="Seed",
        description="Start of the random numbers. Another seed tries other values.",
    )

    def load(self) -> None:
        """Import what it learns with. That takes seconds the first time, which no transaction should."""
        return

    def most(self, space: Space, base: Mapping[str, Any]) -> int | None:
        """How many trials there are at most around `base`, the spec as JSON; None when there is no end."""
        return None

    def suggest(
        self, space: Space, base: Mapping[str, Any], first: int, n: int, results: Sequence[Result]
    ) -> list[Values]:
        """Values of at most `n` trials, which are to be numbers `first`, `first` + 1, ...; fewer when there
        are no more. `base` is the spec as JSON; `results` are those of all trials before, ended or not."""
        raise NotImplementedError


def seed_of(seed: int, number: int) -> int:
    """A seed of 32 bits for one trial of a sweep, for generators that take no more."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
