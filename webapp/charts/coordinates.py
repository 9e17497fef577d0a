"""Parallel coordinates of many trials: an upright axis for each dimension, on its own scale, the last of them
for the score.

Plotly's own parcoords needs WebGL programs made of text, which the content security policy forbids. So a line
is points with a gap after them, and all lines of one shade are one trace: 1,000 trials are seven paths. What
is brushed is greyed by the server; the brushes lie over the chart (hone/sweep/brushes.js).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from plotly.graph_objects import Figure, Scatter

from webapp.charts.parallel import ABSENT
from webapp.charts.scale import Floats, Scale
from webapp.charts.text import label
from webapp.charts.trials import SHADES, Look, Trials, few, shades

MOST = 800  # lines
STRENGTHS = ((1, 0.35), (1, 0.45), (1.25, 0.55), (1.5, 0.75), (2, 0.95))  # width and opacity of each shade
SIDE = 0.45  # beside the last axis, as wide as its words


def coordinates(
    scales: Sequence[Scale],
    values: Sequence[Sequence[Any]],
    trials: Trials,
    chosen: np.ndarray,
    look: Look,
) -> Figure:
    """A line for each of n trials across `scales`, of which `values` has a list (n,) each. Those that are not
    `chosen` (n,) are grey, of the others the better ones stronger; what was given up is grey, too."""
    kept = few(trials, MOST, look.marked)
    drawn, chosen = trials.at(kept), np.asarray(chosen, bool)[kept]
    heights = np.column_stack(
        [_heights(scale, [own[i] for i in kept]) for scale, own in zip(scales, values, strict=True)]
    ).reshape(len(kept), len(scales))
    strong = np.flatnonzero(chosen & drawn.whole & np.isfinite(drawn.scores))
    shade = np.full(len(kept), -1)
    shade[strong] = shades(drawn.scores[strong])
    groups = [
        _lines(heights, drawn, np.flatnonzero(~chosen), {"ink": "text"}, 1, 0.12, False),
        _lines(heights, drawn, np.flatnonzero(chosen & (shade < 0)), {"ink": "text"}, 1, 0.4),
        *(
            _lines(heights, drawn, np.flatnonzero(shade == one), {"series": f"s{one}"}, *STRENGTHS[one])
            for one in range(SHADES)
        ),
        _lines(heights, drawn, np.flatnonzero(drawn.numbers == look.marked), {"ink": "strong"}, 3, 1),
    ]
    absent = (heights == ABSENT).any(0)
    marks = [_ticks(i, scale, bool(absent[i])) for i, scale in enumerate(scales)]
    return Figure([*(one for one in groups if len(one.x)), *marks], _layout(scales))


def _heights(scale: Scale, values: Sequence[Any]) -> Floats:
    places = scale.places(values)
    return np.where(np.isfinite(places), np.clip(places, 0, 1), ABSENT)


def _lines(
    heights: Floats,
    trials: Trials,
    which: np.ndarray,
    meta: dict[str, Any],
    width: float,
    opacity: float,
    answers: bool = True,
) -> Scatter:
    """Lines as one trace; only those that `answer` tell their number to a pointer."""
    n_axes = heights.shape[1]
    gapped = np.full((len(which), n_axes + 1), np.nan)
    gapped[:, :n_axes] = heights[which]
    return Scatter(
        x=np.tile([*range(n_axes), n_axes - 1], len(which)),
        y=np.round(gapped.ravel(), 3),
        customdata=np.repeat(trials.numbers[which], n_axes + 1) if answers else None,
        mode="lines",
        line={"width": width},
        opacity=opacity,
        meta=meta,
        connectgaps=False,
        hoverinfo=None if answers else "skip",
        hovertemplate="trial %{customdata}<extra></extra>" if answers else None,
    )


def _ticks(place: int, scale: Scale, absent: bool) -> Scatter:
    """The ticks of an axis, and one below it when it has no place for some trials."""
    marks = [*scale.ticks(), *([(ABSENT, "–")] if absent else [])]
    return Scatter(
        x=[place] * len(marks),
        y=[round(height, 4) for height, _ in marks],
        text=[f" {text}" for _, text in marks],
        mode="markers+text",
        marker={"size": 4},
        textposition="middle right",
        textfont={"size": 11},
        meta={"series": "c7"},
        hoverinfo="skip",
    )


def _layout(scales: Sequence[Scale]) -> dict[str, Any]:
    return {
        "showlegend": False,
        "hovermode": "closest",
        "margin": {"b": 8},
        "xaxis": {
            "tickvals": list(range(len(scales))),
            "ticktext": [wrapped(scale.title) for scale in scales],
            "side": "top",
            "showgrid": True,
            "showline": False,
            "showspikes": False,
            "range": [-0.3, len(scales) - 1 + SIDE],
            "fixedrange": True,
            "tickangle": 0,
            "ticklabeloverflow": "allow",
        },
        "yaxis": {"visible": False, "range": [ABSENT - 0.05, 1.05], "fixedrange": True},
        "uirevision": "kept",
    }


def wrapped(title: str, width: int = 11) -> str:
    """A title in lines of about so many characters, at most three."""
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width and len(lines) < 3:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(label(line, width + 8) for line in lines)
