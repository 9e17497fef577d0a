"""Examples as points of a plane, coloured by their class or by their number."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Scatter

from webapp.charts.text import label

AT_MOST = 2_000
SYMBOLS = ("circle", "x", "square", "triangle-up", "diamond", "star")
COLOURS = 8
CLASSES = 16
MARKER = {"size": 6, "opacity": 0.75}
FEW, MANY = 0.02, 0.98  # quantiles beyond which colours do not change: one far value leaves the others theirs
TICKS = 5


def projection_by_class(
    x: ArrayLike,
    y: ArrayLike,
    codes: ArrayLike,
    classes: Sequence[str],
    shares: Sequence[float],
    seed: int = 0,
) -> Figure:
    """Points (m) with class numbers `codes` into `classes`; `shares` (2) of the variance on each axis.

    The `CLASSES` most frequent classes have a look of their own.
    """
    x, y, codes = _sampled(seed, x, y, codes)
    counts = np.bincount(codes.astype(np.intp), minlength=len(classes))
    shown = np.sort(np.argsort(-counts, kind="stable")[:CLASSES])
    groups = [
        _group(
            x[codes == code], y[codes == code], str(classes[code]), SYMBOLS[code // COLOURS % len(SYMBOLS)]
        )
        for code in shown
    ]
    rest = ~np.isin(codes, shown)
    if rest.any():
        groups.append(_group(x[rest], y[rest], f"{len(classes) - CLASSES:,} others", "circle-open"))
    return Figure(groups, {"showlegend": True, **_layout(shares)})


def _group(x: np.ndarray, y: np.ndarray, name: str, symbol: str) -> Scatter:
    marker = {**MARKER, "symbol": symbol}
    return Scatter(
        x=x,
        y=y,
        name=label(name),
        mode="markers",
        marker=marker,
        hovertemplate=f"{label(name)}<extra></extra>",
    )


def projection_by_value(
    x: ArrayLike, y: ArrayLike, values: ArrayLike, shares: Sequence[float], title: str = "", seed: int = 0
) -> Figure:
    """Points (m) coloured from low to high `values` (m)."""
    x, y, values = _sampled(seed, x, y, values)
    low, high = (float(v) for v in np.quantile(values, [FEW, MANY])) if len(values) else (0.0, 1.0)
    span = high - low if high > low else 1.0
    ticks = np.linspace(0, 1, TICKS)
    marker = {
        **MARKER,
        # from 0 on, for which Plotly takes the template's sequential scale, whatever the sign of the values
        "color": np.clip((values - low) / span, 0, 1),
        "cmin": 0,
        "cmax": 1,
        "autocolorscale": True,
        "showscale": True,
        "colorbar": {
            "thickness": 10, "outlinewidth": 0, "xpad": 6, "title": {"text": label(title), "side": "right"},
            "tickvals": ticks.tolist(), "ticktext": [f"{low + tick * span:.3g}" for tick in ticks],
        },
    }  # fmt: skip
    points = Scatter(
        x=x,
        y=y,
        mode="markers",
        marker=marker,
        customdata=values,
        hovertemplate="%{customdata:.5g}<extra></extra>",
    )
    return Figure(points, {"showlegend": False, **_layout(shares)})


def _sampled(seed: int, *columns: ArrayLike) -> list[np.ndarray]:
    """The same at most `AT_MOST` places of each column."""
    arrays = [np.asarray(column) for column in columns]
    if len(arrays[0]) <= AT_MOST:
        return arrays
    rows = np.sort(np.random.default_rng(seed).choice(len(arrays[0]), AT_MOST, replace=False))
    return [array[rows] for array in arrays]


def _layout(shares: Sequence[float]) -> dict[str, Any]:
    across, up = [f"component {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, 1)]
    axis = {"showspikes": False, "zeroline": False}
    return {
        "hovermode": "closest",
        "xaxis": {**axis, "title": {"text": across}, "showgrid": True},
        "yaxis": {**axis, "title": {"text": up}},
    }
