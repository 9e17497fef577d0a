"""A slice: the score of every trial over one dimension, on the dimension's own scale; small, one of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from plotly.graph_objects import Figure, Scatter

from webapp.charts.scale import Scale
from webapp.charts.trials import Look, Trials, few, ring, rounded

MOST = 500  # points: a path each for the browser, in a small chart
TICKS = 4  # a slice is small
JITTER = 0.3  # to both sides of an option or a whole number, so that trials do not hide each other


def slice_of(scale: Scale, values: Sequence[Any], trials: Trials, look: Look) -> Figure:
    """Scores over `values` (n,), None where the dimension did not matter. The later, the stronger a point;
    trials that were given up are grey."""
    x = jittered(scale, scale.drawn(values))
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(trials.scores))
    there = there[few(trials.at(there), MOST, look.marked)]
    moved = bool(scale.options or scale.marks)
    words = np.array([str(values[place]) for place in there]) if moved else None
    drawn, x = trials.at(there), x[there]
    value = "1 - %{x:.3g}" if scale.kind == "one_minus_log" else "%{x:.4g}"
    hover = f"trial %{{customdata}}: %{{y:{look.number}}}<br>{'%{text}' if moved else value}<extra></extra>"
    common = {"mode": "markers", "hovertemplate": hover}
    aside, whole = ~drawn.whole, drawn.whole
    traces = [
        Scatter(
            x=rounded(x[which], 6),
            y=rounded(drawn.scores[which]),
            customdata=drawn.numbers[which],
            text=None if words is None else words[which],
            **common,
            **style,
        )
        for which, style in (
            (aside, {"marker": {"size": 4}, "opacity": 0.35, "meta": {"ink": "text"}}),
            (whole, {"marker": _by_number(drawn.numbers[whole])}),
        )
        if which.any()
    ]
    for place in np.flatnonzero(drawn.numbers == look.marked)[:1]:
        traces.append(ring(float(x[place]), float(drawn.scores[place])))
    return Figure(
        traces,
        {
            "showlegend": False,
            "hovermode": "closest",
            "xaxis": {
                **scale.axis(TICKS),
                "showspikes": False,
                "showgrid": scale.kind != "options",
                "tickangle": None if scale.kind == "options" else 0,
                "title": None,  # it is that of the card
            },
            "yaxis": {**look.axis(drawn.scores), "title": None},
            "uirevision": "kept",
        },
    )


def jittered(scale: Scale, x: np.ndarray) -> np.ndarray:
    """Options, and the only values, a little beside their place; always by as much for the same trial."""
    turns = np.arange(len(x)) * 0.618034 % 1  # even, and without a pattern: multiples of the golden ratio
    aside = (2 * turns - 1) * JITTER
    if scale.options:
        return x + aside
    if len(scale.marks) < 2:
        return x
    first, second = scale.marks[:2]
    return x * (second / first) ** aside if scale.is_log else x + aside * (second - first)


def _by_number(numbers: np.ndarray) -> dict[str, Any]:
    return {
        "size": 6,
        "color": numbers,
        "autocolorscale": True,
        "showscale": False,
    }
