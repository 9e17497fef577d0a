"""The plan of a sweep: everything that a person decides about it, but the spec behind the ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

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

    def most_trials(self, base: Mapping[str, Any]) -> int:
        """Trials to suggest at most around `base`, the spec as JSON: all of the budget, or as many as the
        strategy has."""
        most = self.strategy.most(self.space, base)
        return self.trials if most is None else min(self.trials, most)

    def affordable_trials(self, base: Mapping[str, Any]) -> int:
        """Those of them that the budget of epochs pays for, if every one trains to its end."""
        trials = self.most_trials(base)
        if self.epochs is None or not self._trains_to_its_end(base):
            return trials
        return min(trials, -(-self.epochs // base["epochs"]))

    def most_runs(self, base: Mapping[str, Any]) -> int:
        """Trainings at most, with those of finalists with other seeds, which the budget does not pay."""
        trials = self.affordable_trials(base)
        return trials + self.seeds * min(self.finalists, trials)

    def _trains_to_its_end(self, base: Mapping[str, Any]) -> bool:
        searched = {path.partition(".")[0] for path in self.space.dimensions}
        is_fixed = not searched & {"epochs", "early_stopping"} and base["early_stopping"]["kind"] == "none"
        return is_fixed and isinstance(self.pruning, NoPruning)
