"""The plan of a sweep: everything that a person decides about it, but the spec behind the ranges."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from engine.choices import Choice

from .pruning import AnyPruning, NoPruning
from .space import Space
from .strategies import AnyStrategy, Random

MAX_TRIALS = 10_000


class Plan(Choice):
    """What is searched, how, and for how long. It ends with the first budget that is used up."""

    model_config = ConfigDict(title="Sweep")
    space: Space = Field(default_factory=Space, title="Ranges")
    strategy: AnyStrategy = Field(
        default_factory=Random,
        title="Strategy",
        description="Where the next trials are. Random is a good first choice.",
    )
    pruning: AnyPruning = Field(
        default_factory=NoPruning,
        title="Pruning",
        description="Gives up trials that fall behind, and spends the time on others.",
    )
    trials: int = Field(
        64,
        ge=1,
        le=MAX_TRIALS,
        title="Trials",
        description="How many networks are trained. Begin with 30 to 100, then zoom in.",
    )
    minutes: float | None = Field(
        None,
        gt=0,
        le=100_000,
        title="Minutes",
        description="No trial begins later than this, and those that train then end. Empty: no limit.",
    )
    epochs: int | None = Field(
        None,
        ge=1,
        le=10**9,
        title="Epochs in all",
        description="No trial begins once so many epochs were trained, in all together. Empty: no limit.",
    )
    objective: Literal["dev_error", "dev_cost"] = Field(
        "dev_error",
        title="Objective",
        description="What is to become small. The cost is smoother; the error is what you want in the end.",
    )
    finalists: int = Field(
        0,
        ge=0,
        le=100,
        title="Finalists",
        description="So many of the best are trained again with other seeds: skill or luck? 0: none.",
    )
    seeds: int = Field(
        3, ge=1, le=100, title="Seeds each", description="How often each finalist is trained again."
    )

    @property
    def most_trials(self) -> int:
        """Trials to suggest at most: all of the budget, or as many as the strategy has."""
        most = self.strategy.most(self.space)
        return self.trials if most is None else min(self.trials, most)

    @property
    def most_runs(self) -> int:
        """Trainings at most, those of finalists with other seeds among them."""
        return self.most_trials + self.seeds * min(self.finalists, self.most_trials)
