"""Finalists trained again with other seeds: each training as a point, mean and spread of each finalist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from plotly.graph_objects import Figure, Scatter

from webapp.charts.trials import Look, rounded

ASIDE = 0.22  # how far the points are beside the mean, so that neither hides the other


class Finalist(NamedTuple):
    """Trial `number`, and the scores (n,) of its trainings; `trials` are their numbers."""

    number: int
    trials: Sequence[int]
    scores: Sequence[float]


def seeds(finalists: Sequence[Finalist], look: Look) -> Figure:
    """Finalists from the best mean on; the bar is one standard deviation to both sides."""
    ordered = sorted(finalists, key=lambda one: float(np.mean(one.scores)))
    means = np.array([np.mean(one.scores) for one in ordered])
    layout = {
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": "finalist"},
            "tickvals": list(range(len(ordered))),
            "ticktext": [f"trial {one.number}" for one in ordered],
            "range": [-0.6, max(len(ordered), 3) - 0.4],
            "showspikes": False,
        },
        "yaxis": {**look._replace(log=False).axis(means), "rangemode": "normal"},
        "uirevision": "kept",
    }
    return Figure([_trainings(ordered, look), _means(ordered, means, look)], layout)


def _trainings(ordered: Sequence[Finalist], look: Look) -> Scatter:
    """A point for each training, a little beside its finalist's mean."""
    return Scatter(
        x=[place - ASIDE for place, one in enumerate(ordered) for _ in one.scores],
        y=rounded(np.concatenate([np.asarray(one.scores, float) for one in ordered])),
        customdata=[trial for one in ordered for trial in one.trials],
        name="one training",
        mode="markers",
        marker={"size": 6},
        opacity=0.65,
        meta={"series": "train"},
        hovertemplate=f"trial %{{customdata}}: %{{y:{look.number}}}<extra></extra>",
    )


def _means(ordered: Sequence[Finalist], means: np.ndarray, look: Look) -> Scatter:
    """The mean of each finalist, with its spread."""
    spreads = np.array([np.std(one.scores, ddof=1) if len(one.scores) > 1 else np.nan for one in ordered])
    return Scatter(
        x=list(range(len(ordered))),
        y=rounded(means),
        customdata=[one.number for one in ordered],
        error_y={"type": "data", "array": rounded(spreads), "thickness": 2, "width": 6},
        text=[_spread_words(one, spread, look) for one, spread in zip(ordered, spreads, strict=True)],
        name="mean ± standard deviation",
        mode="markers",
        marker={"size": 10, "symbol": "diamond"},
        meta={"series": "dev"},
        hovertemplate=f"finalist %{{customdata}}: mean %{{y:{look.number}}}%{{text}}<extra></extra>",
    )


def _spread_words(one: Finalist, spread: float, look: Look) -> str:
    known = f" ± {look.words(spread)}" if np.isfinite(spread) else ""
    return f"{known} of {len(one.scores)} training{'s' if len(one.scores) != 1 else ''}"
