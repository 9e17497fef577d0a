"""Events: what the training generator yields. Arrays have one entry per network of the cohort, (K,)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.floating[Any]]


class Started(NamedTuple):
    """First. ``n_parameters`` of one network; ``n_threads`` the matrix products may use."""

    n_parameters: int
    steps_per_epoch: int
    n_train: int
    n_threads: int


class Resumed(NamedTuple):
    """First, when a checkpoint is taken up: the step and epoch it was left at. ``exact`` tells whether
    it goes on bit by bit as it would have; if not, ``difference`` says what is not as it was."""

    step: int
    epoch: int
    exact: bool
    difference: str


class Changed(NamedTuple):
    """New settings by path, in force from ``step`` on, for the cohort's ``members``."""

    step: int
    epoch: int
    values: dict[str, object]
    members: tuple[int, ...]


class Dropped(NamedTuple):
    """A member left the cohort after ``step``. Entries of later arrays belong to ``members``, in order."""

    step: int
    epoch: int
    member: int
    members: tuple[int, ...]


class StepMetrics(NamedTuple):
    """After every step: the mini-batch's mean cost, before the step moved the parameters. Steps and epochs
    count from 1; ``cost`` (K,) is never written again."""

    step: int
    epoch: int
    cost: Values


class EpochMetrics(NamedTuple):
    """After every epoch. An error is the share misclassified, or the RMSE in the target's own units."""

    epoch: int
    step: int
    train_cost: Values
    train_error: Values
    dev_cost: Values
    dev_error: Values


class Distribution(NamedTuple):
    """``mean`` and ``std`` (K,), and a histogram: ``edges`` (K, bins + 1) and ``counts`` (K, bins).

    Values that are not finite make mean and std NaN and are left out of the histogram.
    """

    mean: Values
    std: Values
    edges: Values
    counts: npt.NDArray[np.int64]


class LayerSummary(NamedTuple):
    """One layer. What was not given is None: gradients, updates, or a batch norm's running statistics.

    ``gradient_norm`` (K,) is that of all the layer's parameters together. ``update_ratio`` (K,) is the size
    of the last step over the size of the weights: about 0.001 is healthy. ``dead`` and ``saturated`` (K,)
    are shares of the units; saturated is NaN where outputs have no bounds. ``running_mean`` and
    ``running_variance`` are (K, units).
    """

    pre_activations: Distribution
    activations: Distribution
    weights: Distribution
    dead: Values
    saturated: Values
    gradients: Distribution | None = None
    gradient_norm: Values | None = None
    update_ratio: Values | None = None
    running_mean: Values | None = None
    running_variance: Values | None = None


class LayerStatistics(NamedTuple):
    """After a step, where asked for: its layers by name, on the examples of its batch (the first 1,024 at
    most) as they are in the data, without augmentation. ``gradient_norm`` (K,) is that of all parameters."""

    step: int
    epoch: int
    layers: dict[str, LayerSummary]
    gradient_norm: Values | None


class EarlyStopped(NamedTuple):
    """The metric of no member has got better for as long as patience allows."""

    step: int
    epoch: int
    best_epoch: npt.NDArray[np.int64]
    best: Values


class BestRestored(NamedTuple):
    """The parameters are those of ``best_epoch`` (K,) again, where the metric was ``best`` (K,)."""

    step: int
    epoch: int
    best_epoch: npt.NDArray[np.int64]
    best: Values


class Diverged(NamedTuple):
    """Last, when the cost of every network is no longer a number: the learning rate is too large."""

    step: int
    epoch: int


class Finished(NamedTuple):
    """Last, when all epochs are done."""

    step: int
    epoch: int


Event = (
    Started
    | Resumed
    | Changed
    | Dropped
    | StepMetrics
    | EpochMetrics
    | LayerStatistics
    | EarlyStopped
    | BestRestored
    | Diverged
    | Finished
)
