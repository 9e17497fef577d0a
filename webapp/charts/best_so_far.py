"""How a search gets on: every trial as a point, and the best score until then as steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Scatter

from webapp.charts.trials import Floats, Look, Trials, few, ring, rounded

MOST = 800  # points: a path each for the browser


def best_so_far(x: ArrayLike, trials: Trials, look: Look, x_title: str = "trials ended") -> Figure:
    """Trials of length n over ascending `x` (n,). Those that were given up are grey, and never the best."""
    at = np.asarray(x, float)
    best = best_until(trials)
    kept = few(trials, MOST, look.marked)
    drawn, places = trials.at(kept), at[kept]
    known = np.isfinite(drawn.scores)
    unit = "trial %{customdata}: %{y:" + look.number + "}<extra>"
    points = [
        _points(places, drawn, known & ~drawn.whole, "given up", unit, {"ink": "text"}),
        _points(places, drawn, known & drawn.whole, "whole trainings", unit, {"series": "train"}),
    ]
    traces = [trace for trace in points if len(trace.x)]
    changes = np.flatnonzero(np.isfinite(best) & (np.append(np.nan, best[:-1]) != best))
    if len(changes):
        traces.append(_steps(at, best, trials, changes, look))
    for place in np.flatnonzero(drawn.numbers == look.marked)[:1]:
        traces.append(ring(float(places[place]), float(drawn.scores[place])))
    return Figure(
        traces,
        {
            "showlegend": len(traces) > 1,
            "hovermode": "closest",
            "xaxis": {"title": {"text": x_title}, "rangemode": "tozero", "showspikes": False},
            "yaxis": look.axis(trials.scores),
            "uirevision": "kept",
        },
    )


def best_until(trials: Trials) -> Floats:
    """The best score of a whole training until each trial, NaN before there is one."""
    scores = np.where(trials.whole, trials.scores, np.nan)
    return np.fmin.accumulate(scores) if len(scores) else scores


def _points(x: Floats, trials: Trials, which: np.ndarray, name: str, unit: str, meta: dict) -> Scatter:
    return Scatter(
        x=rounded(x[which], 6),
        y=rounded(trials.scores[which]),
        customdata=trials.numbers[which],
        name=name,
        mode="markers",
        marker={"size": 5 if "ink" in meta else 6},
        opacity=0.4 if "ink" in meta else 0.75,
        meta=meta,
        hovertemplate=f"{unit}{name}</extra>",
    )


def _steps(x: Floats, best: Floats, trials: Trials, changes: np.ndarray, look: Look) -> Scatter:
    """A step where the best changed, and to the end of the axis."""
    ends = [*changes.tolist(), len(x) - 1]
    return Scatter(
        x=rounded(x[ends], 6),
        y=rounded(best[ends]),
        customdata=trials.numbers[[*changes.tolist(), changes[-1]]],
        name="best so far",
        mode="lines",
        line={"shape": "hv", "width": 2.5},
        meta={"series": "dev"},
        hovertemplate="best so far %{y:" + look.number + "}, trial %{customdata}<extra></extra>",
    )
