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
    places = list(range(len(ordered)))
    means = np.array([np.mean(one.scores) for one in ordered])
    spreads = np.array([np.std(one.scores, ddof=1) if len(one.scores) > 1 else np.nan for one in ordered])
    single = [(place, trial, score) for place, one in zip(places, ordered, strict=True)
              for trial, score in zip(one.trials, one.scores, strict=True)]  # fmt: skip
    points = Scatter(
        x=[place - ASIDE for place, _, _ in single],
        y=rounded(np.array([score for _, _, score in single])),
        customdata=[trial for _, trial, _ in single],
        name="one training",
        mode="markers",
        marker={"size": 6},
        opacity=0.65,
        meta={"series": "train"},
        hovertemplate=f"trial %{{customdata}}: %{{y:{look.number}}}<extra></extra>",
    )
    mean = Scatter(
        x=places,
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
    return Figure(
        [points, mean],
        {
            "hovermode": "closest",
            "xaxis": {
                "title": {"text": "finalist"},
                "tickvals": places,
                "ticktext": [f"trial {one.number}" for one in ordered],
                "range": [-0.6, max(len(ordered), 3) - 0.4],
                "showspikes": False,
            },
            "yaxis": {**look._replace(log=False).axis(means), "rangemode": "normal"},
            "uirevision": "kept",
        },
    )


def _spread_words(one: Finalist, spread: float, look: Look) -> str:
    known = f" ± {look.words(spread)}" if np.isfinite(spread) else ""
    return f"{known} of {len(one.scores)} training{'s' if len(one.scores) != 1 else ''}"
