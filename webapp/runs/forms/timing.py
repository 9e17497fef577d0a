"""How long training will take: measured on this machine, remembered per architecture."""

from __future__ import annotations

from functools import lru_cache

from engine import Spec, measure_seconds_per_epoch
from engine.normalise import Standardise

BUDGET_SECONDS = 0.05


def seconds_per_epoch(spec: Spec, n_features: int, n_outputs: int, n_train: int, n_dev: int) -> float:
    """The time of one epoch. An edit that does not change the time does not measure again."""
    alike = {"learning_rate": 0.001, "epochs": 1, "seed": 0, "normalise": Standardise()}
    return _measured(spec.model_copy(update=alike), n_features, n_outputs, n_train, n_dev)


@lru_cache(maxsize=512)
def _measured(spec: Spec, n_features: int, n_outputs: int, n_train: int, n_dev: int) -> float:
    return measure_seconds_per_epoch(spec, n_features, n_outputs, n_train, n_dev, BUDGET_SECONDS)
