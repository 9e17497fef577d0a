"""Layer statistics: what signals, weights and gradients look like inside a network while it learns.

Everything is per network of the cohort, (K,). Asking for statistics changes nothing in the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .activations import Activation
from .events import Distribution, LayerStatistics, LayerSummary
from .network import Network
from .program import Array, Program, run

Values = npt.NDArray[np.float64]
Named = Mapping[str, Array]

BINS = 40
#: An activation at most this far from zero passes nothing on.
INACTIVE = 1e-6
#: Saturated is within this share of the range from either end, on at least this share of examples.
NEAR, MOSTLY = 0.05, 0.9


def distribution(values: Array, bins: int = BINS) -> Distribution:
    """Mean, deviation and histogram of all numbers in ``values`` (K, ...), for each network."""
    rows = values.reshape(len(values), -1)
    with np.errstate(invalid="ignore", over="ignore"):
        mean, std = rows.mean(axis=1, dtype=np.float64), rows.std(axis=1, dtype=np.float64)
    histograms = [_histogram(row, bins) for row in rows]
    counts, edges = (np.array(parts) for parts in zip(*histograms, strict=True))
    return Distribution(np.where(np.isfinite(mean), mean, np.nan), std, edges, counts)


def _histogram(row: Array, bins: int) -> tuple[npt.NDArray[np.int64], Values]:
    """Counts and edges for ``row`` (n,). Half the time of np.histogram, which puts right the values that
    rounding puts beside an edge."""
    low, high = (float(row.min()), float(row.max())) if row.size else (0.0, 0.0)
    size = max(abs(low), abs(high))
    if not np.isfinite(size):
        return _histogram(row[np.isfinite(row)], bins)
    if size and not 1e-30 < size < 1e30:  # differences of such values leave the range of floats
        counts, edges = _histogram(row / row.dtype.type(size), bins)
        return counts, edges * size
    if high - low <= 1e-6 * size or not row.size:  # all alike: one bar in the middle
        low, high = low - max(0.5, size / 2), high + max(0.5, size / 2)
    places = np.subtract(row, row.dtype.type(low))
    places *= bins / (high - low)
    counts = np.bincount(np.minimum(places, bins - 1, out=places).astype(np.intp), minlength=bins)
    return counts, np.linspace(low, high, bins + 1)


def norm(values: Array) -> Values:
    """The root of the sum of squares of ``values`` (K, ...), for each network."""
    rows = values.reshape(len(values), -1)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.sqrt(np.einsum("ki,ki->k", rows, rows, dtype=np.float64)))


def update_ratio(before: Array, after: Array) -> Values:
    """|after - before| / |before| for weights (K, ...); NaN for weights that were all zero.

    Much above 0.01 the learning rate is too large, much below 0.0001 too small.
    https://cs231n.github.io/neural-networks-3/#ratio
    """
    size = norm(before)
    return norm(after - before) / np.where(size > 0, size, np.nan)


def dead_share(activations: Array) -> Values:
    """The share of units (K,) that stay at zero on every example, from ``activations`` (K, units, m).

    A dead ReLU unit has no gradient and learns nothing: lower the learning rate, or use leaky ReLU.
    """
    inactive = (np.abs(activations) <= INACTIVE).all(axis=-1)
    return np.asarray(inactive.mean(axis=-1, dtype=np.float64))


def saturated_share(activations: Array, low: float, high: float) -> Values:
    """The share of units (K,) that sit at an end of their range ``low`` .. ``high`` on nine of ten examples,
    from ``activations`` (K, units, m); NaN unless both ends are finite.

    A saturated unit has next to no gradient: normalise inputs, start with smaller weights.
    """
    if not np.isfinite([low, high]).all():
        return np.full(len(activations), np.nan)
    near = NEAR * (high - low)
    at_end = (activations < low + near) | (activations > high - near)
    return np.asarray((at_end.mean(axis=-1) >= MOSTLY).mean(axis=-1, dtype=np.float64))


@lru_cache(maxsize=64)
def bounds(activation: Activation) -> tuple[float, float]:
    """The range of an activation's values, found by trying; infinite where it has no end."""
    z = np.array([-2000.0, -1000.0, 1000.0, 2000.0])
    a = np.empty_like(z) if activation.needs_input else z
    with np.errstate(all="ignore"):
        run(activation.forward(z, a))
    return (a[0] if a[0] == a[1] else -np.inf), (a[3] if a[3] == a[2] else np.inf)


class _Recorder:
    """An activation that keeps what goes in and what comes out, and is otherwise the one it stands for."""

    keeps_one = False  # so that no rows of ones are kept with the units

    def __init__(self, activation: Activation) -> None:
        self.activation = activation
        self.before: list[Array] = []
        self.after: list[Array] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.activation, name)

    def forward(self, z: Array, a: Array) -> Program:
        return [
            lambda: self.before.append(z.copy()),
            *self.activation.forward(z, a),
            lambda: self.after.append(a.copy()),
        ]

    def signals(self, k: int, m: int) -> tuple[Array, Array]:
        """What went in and came out, each (K, units, m), of chunks whose last may be partly filled."""
        before, after = (np.concatenate(parts, axis=-1)[..., :m] for parts in (self.before, self.after))
        return before.reshape(k, -1, m), after.reshape(k, -1, m)


def signals(network: Network, x: npt.ArrayLike) -> dict[str, tuple[Array, Array]]:
    """Pre-activations and activations (K, units, m) by layer name for examples ``x`` (m, n_features).

    As in evaluation: nothing is dropped, and batch norms use their running statistics.
    """
    recorders = [_Recorder(layer.activation) for layer in network.layers]
    # A twin shares all parameters; it makes its own workspace, with the recorders in it.
    twin = copy(network)
    layers = zip(network.layers, recorders, strict=True)
    twin.layers = tuple(layer.model_copy(update={"activation": recorder}) for layer, recorder in layers)
    twin._reader = None
    twin.forward(x)
    m = len(np.asarray(x))
    recorded = (recorder.signals(network.k, m) for recorder in recorders)
    return {block.name: pair for block, pair in zip(network.blocks, recorded, strict=True)}


def layer_statistics(
    network: Network,
    x: npt.ArrayLike,
    step: int = 0,
    epoch: int = 0,
    gradients: Named | None = None,
    before: Named | None = None,
    running: Named | None = None,
    bins: int = BINS,
) -> LayerStatistics:
    """Statistics of every layer on examples ``x`` (m, n_features), best those of the last mini-batch.

    By parameter name, as ``network.parameters()`` gives them: ``gradients`` of the last step, and the
    parameters ``before`` it. ``running`` holds ``<layer>.running_mean`` and ``<layer>.running_variance`` of
    batch norms, each (K, units).
    """
    after, passed = network.parameters(), signals(network, x)
    ranges = {
        block.name: bounds(layer.activation)
        for block, layer in zip(network.blocks, network.layers, strict=True)
    }
    layers = {
        name: LayerSummary(
            distribution(z, bins),
            distribution(a, bins),
            distribution(after[f"{name}.weights"], bins),
            dead_share(a),
            saturated_share(a, *ranges[name]),
            **_of_gradients(name, gradients, bins),
            **_of_update(name, before, after),
            **_of_batch_norm(name, running or {}),
        )
        for name, (z, a) in passed.items()
    }
    return LayerStatistics(step, epoch, layers, None if gradients is None else _total_norm(gradients, ""))


def _total_norm(gradients: Named, prefix: str) -> Values:
    squares = [np.square(norm(values)) for name, values in gradients.items() if name.startswith(prefix)]
    return np.asarray(np.sqrt(np.sum(squares, axis=0)))


def _of_gradients(name: str, gradients: Named | None, bins: int) -> dict[str, Any]:
    if gradients is None:
        return {}
    of_weights = distribution(gradients[f"{name}.weights"], bins)
    return {"gradients": of_weights, "gradient_norm": _total_norm(gradients, f"{name}.")}


def _of_update(name: str, before: Named | None, after: Named) -> dict[str, Any]:
    weights = f"{name}.weights"
    return {} if before is None else {"update_ratio": update_ratio(before[weights], after[weights])}


def _of_batch_norm(name: str, running: Named) -> dict[str, Any]:
    found = {kind: running.get(f"{name}.{kind}") for kind in ("running_mean", "running_variance")}
    return {kind: None if values is None else values.copy() for kind, values in found.items()}
