"""What a network answers all over the plane of two features, with training examples on top."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from plotly.graph_objects import Contour, Figure, Heatmap, Scatter

from webapp.charts.text import label

SYMBOLS = ("circle", "x", "square", "triangle-up", "diamond", "star")
COLOURS = 8
FAINT = 0.35


def decision_boundary(
    x: ArrayLike,
    y: ArrayLike,
    chosen: ArrayLike,
    probability: ArrayLike,
    classes: Sequence[str],
    points: tuple[ArrayLike, ArrayLike, ArrayLike],
    names: Sequence[str] = ("", ""),
) -> Figure:
    """`chosen` classes (n, m) and their `probability` at `y` (n) and `x` (m); of two classes the probability
    is that of the second. `points` are the x, y and class numbers of examples; `names` those of the axes."""
    if len(classes) == 2:
        ground = _between(x, y, np.asarray(probability, np.float64))
    else:
        ground = _among(x, y, np.asarray(chosen, np.int64), np.asarray(probability, np.float64), classes)
    return Figure([*ground, *_examples(points, classes)], _layout(x, y, names, legend=True))


def decision_surface(
    x: ArrayLike,
    y: ArrayLike,
    value: ArrayLike,
    points: tuple[ArrayLike, ArrayLike, ArrayLike],
    names: Sequence[str] = ("", ""),
) -> Figure:
    """The same of a regression: predicted `value` (n, m); the examples have the colour of their own value."""
    grid, truth = np.asarray(value, np.float64), np.asarray(points[2], np.float64)
    both = np.concatenate([grid.ravel(), truth.ravel()])
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    span = high - low or 1.0
    ground = Heatmap(
        x=x,
        y=y,
        z=(grid - low) / span,
        customdata=grid,
        zmin=0,
        zmax=1,
        autocolorscale=True,
        showscale=False,
        hovertemplate="%{customdata:.4g}<extra></extra>",
    )
    dots = Scatter(
        x=points[0],
        y=points[1],
        mode="markers",
        customdata=truth,
        name="examples",
        marker={"size": 5, "line": {"width": 1}, "color": (truth - low) / span, "cmin": 0, "cmax": 1},
        hovertemplate="true %{customdata:.4g}<extra></extra>",
    )
    dots.marker.autocolorscale = True
    return Figure([ground, dots], _layout(x, y, names, legend=False))


def _between(x: ArrayLike, y: ArrayLike, second: np.ndarray) -> list[Any]:
    """Two classes: from the first one's blue to the second one's orange, and a line where they are even."""
    shared = {"x": x, "y": y, "z": second - 0.5, "showscale": False}
    return [
        Heatmap(
            **shared, zmin=-0.5, zmax=0.5, autocolorscale=True, opacity=0.6, customdata=second,
            hovertemplate="%{customdata:.1%}<extra></extra>",
        ),
        Contour(
            **shared, hoverinfo="skip", showlegend=False, meta={"ink": "strong"},
            contours={"type": "constraint", "operation": "=", "value": 0}, line={"width": 1.5},
        ),
    ]  # fmt: skip


def _among(
    x: ArrayLike, y: ArrayLike, chosen: np.ndarray, sure: np.ndarray, classes: Sequence[str]
) -> list[Heatmap]:
    """Several classes: a ground in the colour of each, where it is chosen."""
    grounds = []
    for number in np.unique(chosen):
        grounds.append(
            Heatmap(
                x=x,
                y=y,
                z=np.where(chosen == number, sure, np.nan),
                zmin=0,
                zmax=1,
                showscale=False,
                opacity=FAINT,
                meta={"shade": int(number) % COLOURS},
                hoverongaps=False,
                hovertemplate=f"{label(classes[number])} %{{z:.1%}}<extra></extra>",
            )
        )
    return grounds


def _examples(points: tuple[ArrayLike, ArrayLike, ArrayLike], classes: Sequence[str]) -> list[Scatter]:
    x, y, codes = (np.asarray(values) for values in points)
    return [
        Scatter(
            x=x[codes == number],
            y=y[codes == number],
            mode="markers",
            name=label(name),
            marker={"size": 5, "symbol": SYMBOLS[number // COLOURS % len(SYMBOLS)], "line": {"width": 0.5}},
            meta={"place": number % COLOURS},
            hovertemplate=f"{label(name)}<extra></extra>",
        )
        for number, name in enumerate(classes)
        if (codes == number).any()
    ]


def _layout(x: ArrayLike, y: ArrayLike, names: Sequence[str], *, legend: bool) -> dict[str, Any]:
    axis = {"showgrid": False, "showspikes": False}
    ends = [[float(np.min(values)), float(np.max(values))] for values in (x, y)]
    return {
        "showlegend": legend,
        "hovermode": "closest",
        "xaxis": {**axis, "range": ends[0], "title": {"text": label(names[0])}},
        "yaxis": {**axis, "range": ends[1], "title": {"text": label(names[1])}},
    }
