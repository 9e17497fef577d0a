"""Parallel coordinates: one upright axis for each quantity, one line for each run across all of them.

Drawn as plain lines: Plotly's own parcoords needs WebGL, names no run under the pointer, and cannot be read
without a mouse.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from plotly.graph_objects import Figure, Scatter

from webapp.charts.scale import spelt
from webapp.charts.text import label

DECADES = 30.0  # largest over smallest, from which on an axis is logarithmic
TICKS = 5
LONG = 1e7  # from here on a number is written with its power of ten
ABSENT = -0.12  # where a line passes an axis on which the run has no value
SHADES = 5


class Axis(NamedTuple):
    """A quantity and its value for each run: numbers, or else texts; None where a run has none."""

    title: str
    values: Sequence[float | str | None]
    share: bool = False


def parallel(axes: Sequence[Axis], names: Sequence[str]) -> Figure:
    """A line for each name; the last axis is the result, and the smaller it is the stronger the line."""
    placed = [_placed(axis) for axis in axes]
    heights = np.array([places for places, _ in placed]).T.reshape(len(names), len(axes))
    lines = [
        Scatter(
            x=list(range(len(axes))),
            y=row.tolist(),
            name=label(name),
            mode="lines",
            line={"width": 2.5 if shade == SHADES - 1 else 1.5, "shape": "linear"},
            meta={"series": f"s{shade}"},
            hovertemplate=f"{label(name)}<extra></extra>",
        )
        for name, row, shade in zip(names, heights, _shades(axes[-1].values), strict=True)
    ]
    ticks = [_ticks(place, marks) for place, (_, marks) in enumerate(placed)]
    return Figure(
        [*lines, *ticks],
        {
            "showlegend": False,
            "hovermode": "closest",
            "xaxis": {
                "tickvals": list(range(len(axes))),
                "ticktext": [label(axis.title) for axis in axes],
                "side": "top",
                "showgrid": True,
                "showline": False,
                "showspikes": False,
                "range": [-0.3, len(axes) - 0.5],
                "fixedrange": True,
            },
            "yaxis": {"visible": False, "range": [ABSENT - 0.05, 1.05], "fixedrange": True},
        },
    )


def _placed(axis: Axis) -> tuple[list[float], list[tuple[float, str]]]:
    """The height of each run on an axis, 0 to 1, and its marks: height and words."""
    present = [value for value in axis.values if value is not None]
    if all(isinstance(value, int | float) for value in present):
        places, marks = _of_numbers(axis, [float(value) for value in present])
    else:
        texts = sorted({str(value) for value in present})
        span = max(len(texts) - 1, 1)
        marks = [(i / span, label(text, 16)) for i, text in enumerate(texts)]
        places = {text: i / span for i, text in enumerate(texts)}
    if len(present) < len(axis.values):
        marks = [*marks, (ABSENT, "–")]
    return [ABSENT if value is None else places[value] for value in axis.values], marks


def _of_numbers(axis: Axis, present: list[float]) -> tuple[dict[float, float], list[tuple[float, str]]]:
    if not present:
        return {}, []
    low, high = min(present), max(present)
    logarithmic = low > 0 and high / low >= DECADES
    scaled = math.log10 if logarithmic else float
    first, span = scaled(low), (scaled(high) - scaled(low)) or 1.0
    ends = np.linspace(scaled(low), scaled(high), TICKS) if high > low else [scaled(low)]
    written = [10**end if logarithmic else end for end in ends]
    distinct = sorted(set(present))
    if len(distinct) <= TICKS:
        written = distinct
    marks = [((scaled(v) - first) / span, f"{v:.2%}" if axis.share else _words(v)) for v in written]
    return {value: (scaled(value) - first) / span for value in present}, marks


def _words(value: float) -> str:
    """100,000, 32, 0.0332, 1e-5."""
    is_plain = (value.is_integer() or abs(value) >= 1000) and abs(value) < LONG
    return f"{value:,.0f}" if is_plain else spelt(value, 3)


def _ticks(place: int, marks: Sequence[tuple[float, str]]) -> Scatter:
    return Scatter(
        x=[place] * len(marks),
        y=[height for height, _ in marks],
        text=[f" {text}" for _, text in marks],
        mode="markers+text",
        marker={"size": 4},
        textposition="middle right",
        textfont={"size": 11},
        meta={"series": "c7"},
        hoverinfo="skip",
    )


def _shades(results: Sequence[float | str | None]) -> list[int]:
    """0 to 4 by rank: the best results are the strongest."""
    known = sorted({float(value) for value in results if isinstance(value, int | float)})
    ranks = {value: i / max(len(known) - 1, 1) for i, value in enumerate(known)}
    return [0 if value is None else round((1 - ranks[float(value)]) * (SHADES - 1)) for value in results]
