"""How a column's values are spread: bins and Tukey's box for numbers, the top levels for a category."""

import numpy as np
import polars as pl

from webapp.datasets.insight.association import Target
from webapp.datasets.insight.results import Distribution, Levels
from webapp.datasets.insight.sample import Floats, numbers, tidy

BINS = 30
FENCE = 1.5  # Tukey 1977, "Exploratory Data Analysis": that many times the quartiles' distance
FAR = 40
CLASSES = 5
LEVELS = 15
LARGE = 2**50  # below it half numbers can be told from whole ones


def distribution(values: pl.Series, target: Target, seed: int) -> Distribution | None:
    """Of a numeric column; None when it holds no number. `target` has its rows' classes."""
    whole = numbers(values)
    known = whole[~np.isnan(whole)]
    if not len(known):
        return None
    edges = _edges(known)
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    within = known[(known >= low - FENCE * (high - low)) & (known <= high + FENCE * (high - low))]
    fences = (float(within.min()), float(within.max())) if len(within) else (float(low), float(high))
    beyond = np.sort(known[(known < fences[0]) | (known > fences[1])])
    return Distribution(
        column=values.name,
        edges=tidy(edges, 8),
        counts=_counts(known, edges),
        by_class=_by_class(whole, edges, target),
        quartiles=tuple(tidy([low, middle, high])),
        fences=tuple(tidy(fences)),
        beyond=tidy(len(beyond) / len(known)),
        far=tidy(_some(beyond, seed)),
    )


def _edges(known: Floats) -> Floats:
    """Equal bins over all values; between whole numbers when there are few of them."""
    low, high = float(known.min()), float(known.max())
    if high - low < BINS and abs(high) < LARGE and bool((known == np.floor(known)).all()):
        return np.arange(low, high + 2) - 0.5
    if not np.isfinite(high - low) or not high - low > abs(high) * 1e-12:
        return np.array([low, np.nextafter(high, np.inf)])
    return np.linspace(low, high, BINS + 1)


def _counts(values: Floats, edges: Floats) -> list[int]:
    found = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    return np.bincount(found, minlength=len(edges) - 1).tolist()


def _by_class(values: Floats, edges: Floats, target: Target) -> dict[str, list[int]]:
    """The counts of the `CLASSES` most frequent classes, in the order in which classes are numbered."""
    known = ~np.isnan(values)
    shown = sorted(range(len(target.names[:CLASSES])), key=target.places.__getitem__)
    return {target.names[code]: _counts(values[known & (target.values == code)], edges) for code in shown}


def _some(beyond: Floats, seed: int) -> Floats:
    """At most `FAR` of the sorted values, the first and last five among them."""
    if len(beyond) <= FAR:
        return beyond
    inner = np.random.default_rng(seed).choice(beyond[5:-5], FAR - 10, replace=False)
    return np.sort(np.concatenate([beyond[:5], inner, beyond[-5:]]))


def levels(values: pl.Series) -> Levels:
    """Of a category."""
    counts = (
        values.drop_nulls().value_counts(sort=True).sort(["count", values.name], descending=[True, False])
    )
    top, rest = counts.head(LEVELS), counts.slice(LEVELS)
    return Levels(
        column=values.name,
        names=[str(level) for level in top.to_series(0)],
        counts=top.to_series(1).to_list(),
        other=int(rest.to_series(1).sum()),
        other_levels=len(rest),
    )
