"""Early stopping: end when a dev metric has stopped getting better, and take the best weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import ConfigDict, Field

from .choices import BARE_STRING, Choice, registry
from .program import without

if TYPE_CHECKING:
    from .network import Network


class NoEarlyStopping(Choice):
    """Trains all epochs and keeps the last weights. When you want to see the whole curve."""

    model_config = ConfigDict(title="None")
    kind: Literal["none"] = "none"


class Patience(Choice):
    """Stops when the dev metric has not got better for some epochs. Saves time, and limits overfitting
    without another knob."""

    model_config = ConfigDict(title="Patience")
    kind: Literal["patience"] = "patience"
    metric: Literal["dev_cost", "dev_error"] = Field(
        "dev_cost",
        title="Metric",
        description="What has to get better. The cost is smoother; the error is what you want in the end.",
    )
    patience: int = Field(
        10,
        ge=1,
        le=100_000,
        title="Patience",
        description="Epochs to wait for something better. Raise it when the metric is noisy.",
    )
    min_delta: float = Field(
        0.0,
        ge=0,
        le=1e6,
        title="Smallest gain",
        description="Improvements up to this size do not count. Raise it to stop sooner.",
    )
    restore_best: bool = Field(
        True,
        title="Restore best",
        description="Ends with the weights of the best epoch. Off: with those of the last one.",
    )


AnyEarlyStopping = Annotated[NoEarlyStopping | Patience, Field(discriminator="kind"), BARE_STRING]
EARLY_STOPPING: dict[str, type[Choice]] = registry(AnyEarlyStopping)


class Watch:
    """What early stopping knows of K networks. A member that has stopped trains on with the others, but the
    parameters it will end with are set aside."""

    ARRAYS = ("best", "best_epoch", "waited", "stopped", "theta", "statistics")

    def __init__(self, rule: NoEarlyStopping | Patience, network: Network) -> None:
        k = network.k
        self.rule = rule
        self.best = np.full(k, np.inf)
        self.best_epoch = np.zeros(k, dtype=np.int64)
        self.waited = np.zeros(k, dtype=np.int64)
        self.stopped = np.zeros(k, dtype=bool)
        self.make_room(network, self._sets_aside(network))

    def _sets_aside(self, network: Network) -> bool:
        return isinstance(self.rule, Patience) and (self.rule.restore_best or network.k > 1)

    def make_room(self, network: Network, aside: bool) -> None:
        """Room for parameters and batch norm statistics ``aside``, (K, P) and (2, K, width), or none."""
        theta, kept = network.theta, network.statistics.kept
        self.theta = theta.copy() if aside else theta[:, :0].copy()
        self.statistics = kept.copy() if aside else kept[..., :0].copy()

    def follow(self, rule: NoEarlyStopping | Patience, network: Network) -> None:
        """Go by another rule from now on, and let those who have stopped train on. What was best so far stays
        best, unless it was judged by another metric, or its weights were not kept but should have been."""
        if not _goes_on(self.rule, rule):
            self.best[:], self.best_epoch[:], self.waited[:] = np.inf, 0, 0
        self.rule = rule
        self.train_on()
        if bool(self.theta.shape[1]) != self._sets_aside(network):
            self.make_room(network, self._sets_aside(network))

    def train_on(self) -> None:
        """Let those who have stopped train on, with their patience whole again."""
        self.waited[self.stopped] = 0
        self.stopped[:] = False

    @property
    def restores(self) -> bool:
        """Whether the best weights are to be taken at the end."""
        return isinstance(self.rule, Patience) and self.rule.restore_best and bool(self.best_epoch.any())

    def observe(self, metrics: Any, network: Network) -> None:
        """Look at an epoch's metrics."""
        if not isinstance(self.rule, Patience):
            return
        values = getattr(metrics, self.rule.metric)
        for k in np.flatnonzero(~self.stopped):
            self._observe(int(k), float(values[k]), metrics.epoch, self.rule, network)

    def _observe(self, k: int, value: float, epoch: int, rule: Patience, network: Network) -> None:
        if value < self.best[k] - rule.min_delta or (np.isinf(self.best[k]) and np.isfinite(value)):
            self.best[k], self.best_epoch[k], self.waited[k] = value, epoch, 0
            if rule.restore_best:
                self._set_aside(k, network)
            return
        self.waited[k] += 1
        self.stopped[k] = self.waited[k] >= rule.patience
        if self.stopped[k] and not rule.restore_best:
            self._set_aside(k, network)

    def _set_aside(self, k: int, network: Network) -> None:
        if self.theta.shape[1]:
            self.theta[k] = network.theta[k]
            self.statistics[:, k] = network.statistics.kept[:, k]

    def restore(self, network: Network, places: Iterable[int] | None = None) -> None:
        """Give all members, or those at some places, what was set aside for them."""
        for k in range(network.k) if places is None else places:
            if self.theta.shape[1] and ((self.restores and self.best_epoch[k]) or self.stopped[k]):
                network.theta[k] = self.theta[k]
                network.statistics.kept[:, k] = self.statistics[:, k]

    def drop(self, member: int) -> None:
        """Forget a member; the last one takes its place."""
        for name in ("best", "best_epoch", "waited", "stopped", "theta"):
            setattr(self, name, without(getattr(self, name), member))
        self.statistics = without(self.statistics.swapaxes(0, 1), member).swapaxes(0, 1)


def _goes_on(old: NoEarlyStopping | Patience, new: NoEarlyStopping | Patience) -> bool:
    """Whether what was best by the ``old`` rule is by the ``new`` one, and has what that needs set aside."""
    if not isinstance(old, Patience) or not isinstance(new, Patience):
        return False
    return old.metric == new.metric and (old.restore_best or not new.restore_best)
