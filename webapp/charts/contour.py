"""The score over two dimensions: what trials nearby had on average, and the trials on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from plotly.graph_objects import Contour, Figure, Scatter

from webapp.charts.scale import Floats, Scale
from webapp.charts.trials import Look, Trials, few, ring, rounded

MOST = 500  # points: a path each for the browser; the surface is of all trials
FEWEST = 10  # trials, below which there is nothing to smooth
GRID = 40
OUTLINE = "rgba(70, 80, 95, 0.8)"  # of points: their ink and the strongest colour are alike
NEAR = 0.6  # trials within one width, in effect, from which on the average of a place is shown


def contour(
    scales: tuple[Scale, Scale],
    values: tuple[Sequence[Any], Sequence[Any]],
    trials: Trials,
    look: Look,
) -> Figure:
    """Whole trainings over both `values` (n,) on their `scales`, the first to the right."""
    x, y = (scale.drawn(own) for scale, own in zip(scales, values, strict=True))
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & np.isfinite(trials.scores) & trials.whole)
    traces: list[Any] = []
    if len(there) >= FEWEST:
        places = np.column_stack(
            [scale.places([own[i] for i in there]) for scale, own in zip(scales, values, strict=True)]
        )
        traces.append(_surface(scales, smoothed(places, trials.scores[there], look.log), look))
    there = there[few(trials.at(there), MOST, look.marked)]
    drawn = trials.at(there)
    traces.append(
        Scatter(
            x=rounded(x[there], 6),
            y=rounded(y[there], 6),
            customdata=drawn.numbers,
            text=np.array([look.words(score) for score in drawn.scores.tolist()], str),
            mode="markers",
            marker={"size": 5 if len(there) <= 300 else 3.5, "line": {"width": 1, "color": OUTLINE}},
            opacity=0.75,
            meta={"ink": "strong"},
            hovertemplate="trial %{customdata}: %{text}<extra></extra>",
        )
    )
    for place in np.flatnonzero(drawn.numbers == look.marked)[:1]:
        traces.append(ring(float(x[there[place]]), float(y[there[place]])))
    return Figure(
        traces,
        {
            "showlegend": False,
            "hovermode": "closest",
            "xaxis": {**scales[0].axis(), "showspikes": False},
            "yaxis": {**scales[1].axis(), "showgrid": False},
            "uirevision": "kept",
        },
    )


def smoothed(places: Floats, scores: Floats, log: bool = False, n: int = GRID) -> Floats:
    """The mean of scores (m,) at places (m, 2) near each of (n, n) even ones, the first dimension to the
    right; NaN where no trial is near. With `log` the geometric mean.

    Weights fall off as a normal distribution whose width shrinks with more trials by Scott's rule:
    the Nadaraya-Watson estimate, https://doi.org/10.1137/1109020
    """
    values = np.log10(np.maximum(scores, np.finfo(float).tiny)) if log else scores
    spread = np.maximum(places.std(0), 1e-3)
    widths = np.clip(spread * len(places) ** (-1 / 6), 0.04, 0.2)
    even = np.linspace(0, 1, n)
    columns, rows = (
        np.exp(-0.5 * ((even[:, None] - places[:, i]) / widths[i]) ** 2) for i in (0, 1)
    )  # (n, m) each: the weight of both together is their product
    total = rows @ columns.T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (rows * values) @ columns.T / total
    mean = np.where(total >= NEAR, mean, np.nan)
    return 10**mean if log else mean


def _surface(scales: tuple[Scale, Scale], means: Floats, look: Look) -> Contour:
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.log10(means) if look.log else means
    known = z[np.isfinite(z)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    ticks = np.linspace(low, high, 5)
    return Contour(
        x=rounded(scales[0].grid(len(z)), 6),
        y=rounded(scales[1].grid(len(z)), 6),
        z=rounded(z - low),  # from zero on: of numbers below it Plotly would turn the colours round
        customdata=rounded(means),
        contours={"coloring": "heatmap", "showlines": True},
        line={"width": 0.5},
        ncontours=14,
        autocolorscale=True,
        zmin=0,
        zmax=(high - low) or 1,
        reversescale=True,
        connectgaps=False,
        colorbar={
            "title": {"text": f"{look.title}, mean nearby", "side": "right", "font": {"size": 12}},
            "thickness": 10,
            "tickvals": (ticks - low).tolist(),
            "ticktext": [look.short(10**tick if look.log else tick) for tick in ticks],
        },
        hovertemplate=f"around here %{{customdata:{look.number}}}<extra></extra>",
    )
