"""The plan of a sweep: everything that a person decides about it, but the spec behind the ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

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


class Extent(NamedTuple):
    """How many trials a plan comes to around `base`, the spec as JSON."""

    plan: Plan
    base: Mapping[str, Any]

    @property
    def points(self) -> int | None:
        """Trials that the strategy has; None when there is no end."""
        return self.plan.strategy.most(self.plan.space, self.base)

    @property
    def suggested(self) -> int:
        """Trials to suggest at most: all of the budget, or as many as the strategy has."""
        points = self.points
        return self.plan.trials if points is None else min(self.plan.trials, points)

    @property
    def trials(self) -> int:
        """Those of them that the budget of epochs pays, if every one trains to its end."""
        epochs = self.plan.epochs
        if epochs is None or not self._train_to_their_end:
            return self.suggested
        return min(self.suggested, -(-epochs // self.base["epochs"]))

    @property
    def repetitions(self) -> int:
        """Trainings of finalists with other seeds, which the budget of epochs does not pay."""
        return self.plan.seeds * min(self.plan.finalists, self.trials)

    @property
    def _train_to_their_end(self) -> bool:
        searched = {path.partition(".")[0] for path in self.plan.space.dimensions}
        is_fixed = (
            not searched & {"epochs", "early_stopping"} and self.base["early_stopping"]["kind"] == "none"
        )
        return is_fixed and isinstance(self.plan.pruning, NoPruning)
