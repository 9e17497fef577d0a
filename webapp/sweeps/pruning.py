"""Pruning: which trials are given up before their last epoch, judged beside those that came as far."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field
from typing_extensions import override

from engine.choices import BARE_STRING, Choice

Scores = npt.NDArray[np.floating[Any]]
Flags = npt.NDArray[np.bool_]

LAST_RUNG = 0.75  # of the way: to give up later saves hardly anything


class Pruning(Choice):
    """The base of all rules. Scores are errors or costs: smaller is better."""

    def epochs(self, total: int) -> list[int]:
        """After which epochs of `total` it is decided who goes on, in order."""
        raise NotImplementedError

    def gives_up(self, scores: Scores, others: Scores) -> Flags:
        """Which of the trials with `scores` (n,) are given up, where `others` (m,) had come as far before."""
        raise NotImplementedError


class NoPruning(Pruning):
    """Every trial trains to its end. For few trials, and when learning curves cross late."""

    model_config = ConfigDict(title="None")
    kind: Literal["none"] = "none"

    @override
    def epochs(self, total: int) -> list[int]:
        return []

    @override
    def gives_up(self, scores: Scores, others: Scores) -> Flags:
        return np.zeros(len(scores), bool)


class Halving(Pruning):
    """Successive halving, asynchronously (ASHA): of all trials that come to a rung, the best third goes on to
    the next, three times as far, and at last to the end. Saves most of the time when bad settings show early.

    Li et al. 2018, https://arxiv.org/abs/1810.05934
    """

    model_config = ConfigDict(title="Successive halving (ASHA)")
    kind: Literal["halving"] = "halving"
    eta: int = Field(
        3,
        ge=2,
        le=10,
        title="One of … goes on",
        description="Larger gives up more trials, sooner. 3 or 4 are usual.",
    )
    first: int = Field(
        1,
        ge=1,
        le=100_000,
        title="First rung after epoch",
        description="Later gives slow starters time. Raise it when the best curves begin badly. In the last "
        "quarter of the epochs nobody is given up.",
    )

    @override
    def epochs(self, total: int) -> list[int]:
        rungs = []
        epoch = self.first
        while epoch <= LAST_RUNG * total:
            rungs.append(epoch)
            epoch *= self.eta
        return rungs

    @override
    def gives_up(self, scores: Scores, others: Scores) -> Flags:
        if not len(scores):
            return np.zeros(0, bool)
        everybody = np.sort(np.concatenate([scores, others]))
        stay = -(-len(everybody) // self.eta)
        return scores > everybody[stay - 1]


class Median(Pruning):
    """Gives up what is worse than the median of the trials that came as far. Gentler than halving: about half
    of the trials end early, a little at a time.

    Golovin et al. 2017, https://doi.org/10.1145/3097983.3098043
    """

    model_config = ConfigDict(title="Median")
    kind: Literal["median"] = "median"
    warmup: int = Field(
        3,
        ge=1,
        le=100_000,
        title="Not before epoch",
        description="Nothing is given up before. Raise it when the best curves begin badly.",
    )
    every: int = Field(2, ge=1, le=100_000, title="Every … epochs", description="How often it is looked at.")
    startup: int = Field(
        5,
        ge=1,
        le=1_000,
        title="From so many trials on",
        description="A median of fewer says little.",
    )

    @override
    def epochs(self, total: int) -> list[int]:
        return list(range(self.warmup, total, self.every))

    @override
    def gives_up(self, scores: Scores, others: Scores) -> Flags:
        everybody = np.concatenate([scores, others])
        if len(everybody) < self.startup:
            return np.zeros(len(scores), bool)
        return scores > np.median(everybody)


AnyPruning = Annotated[NoPruning | Halving | Median, Field(discriminator="kind"), BARE_STRING]
