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
    words = [str(values[place]) for place in there] if scale.options or scale.marks else None
    return Figure(
        _points(scale, x[there], trials.at(there), words, look),
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
            "yaxis": {**look.axis(trials.scores[there]), "title": None},
            "uirevision": "kept",
        },
    )


def _points(
    scale: Scale, x: np.ndarray, drawn: Trials, words: Sequence[str] | None, look: Look
) -> list[Scatter]:
    """Those given up, those trained to their end, and a ring around the marked one, over places `x` (n,).
    Where points were moved aside, `words` are their values."""
    value = "%{text}" if words else "1 - %{x:.3g}" if scale.kind == "one_minus_log" else "%{x:.4g}"
    hover = f"trial %{{customdata}}: %{{y:{look.number}}}<br>{value}<extra></extra>"
    texts = None if words is None else np.array(words)
    traces = [
        Scatter(
            x=rounded(x[which], 6),
            y=rounded(drawn.scores[which]),
            customdata=drawn.numbers[which],
            text=None if texts is None else texts[which],
            mode="markers",
            hovertemplate=hover,
            **style,
        )
        for which, style in (
            (~drawn.whole, {"marker": {"size": 4}, "opacity": 0.35, "meta": {"ink": "text"}}),
            (drawn.whole, {"marker": _by_number(drawn.numbers[drawn.whole])}),
        )
        if which.any()
    ]
    marked = np.flatnonzero(drawn.numbers == look.marked)[:1]
    return traces + [ring(float(x[place]), float(drawn.scores[place])) for place in marked]


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
