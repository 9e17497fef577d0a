"""What a snapshot keeps of every layer: histograms as arrays, and numbers that make curves."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.events import Distribution, LayerStatistics, LayerSummary
from webapp.runs.history.columns import finite
from webapp.runs.models.snapshot import Arrays

SIGNALS = ("pre_activations", "activations", "weights", "gradients")
CURVES = ("gradient_norm", "update_ratio", "dead", "saturated")

Numbers = dict[str, float | None]


def numbers_of(statistics: LayerStatistics) -> Numbers:
    """By name, such as `layers.0.gradient_norm`; only what was measured, None where it is no number."""
    named = {
        f"{layer}.{name}": value
        for layer, summary in statistics.layers.items()
        for name, value in _numbers(summary)
    }
    if statistics.gradient_norm is not None:
        named["gradient_norm"] = statistics.gradient_norm
    return {name: finite(float(np.ravel(value)[0])) for name, value in named.items()}


def _numbers(summary: LayerSummary) -> Iterator[tuple[str, Any]]:
    for name in CURVES:
        if (value := getattr(summary, name)) is not None:
            yield name, value
    for name in SIGNALS:
        if (found := getattr(summary, name)) is not None:
            yield f"{name}.mean", found.mean
            yield f"{name}.std", found.std
    if summary.running_mean is not None and summary.running_variance is not None:
        yield "batch_norm.mean", np.abs(summary.running_mean[0]).mean()
        yield "batch_norm.std", np.sqrt(np.maximum(summary.running_variance[0], 0)).mean()


def arrays_of(statistics: LayerStatistics) -> Arrays:
    """Histograms: `<layer>/<signal>/counts` (bins,) and `<layer>/<signal>/range` (2,), the outer edges."""
    named: Arrays = {}
    for layer, summary in statistics.layers.items():
        for signal in SIGNALS:
            if (found := getattr(summary, signal)) is not None:
                named |= _histogram(f"{layer}/{signal}", found)
    return named


def _histogram(name: str, found: Distribution) -> Arrays:
    ends = found.edges[0, [0, -1]].astype(np.float32)
    return {f"{name}/counts": found.counts[0].astype(np.uint32), f"{name}/range": ends}
