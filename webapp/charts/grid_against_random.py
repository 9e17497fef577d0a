"""A grid and random points side by side, with the different values of what matters that each tries."""

from collections.abc import Sequence

import numpy as np
from plotly.graph_objects import Figure, Scatter

Points = tuple[Sequence[float], Sequence[float]]

MANY = 36  # points, from which on they are drawn smaller
GAP = 0.08  # between both squares, of the width
FLOOR, RIDGE = -0.08, 0.45  # where different values are marked; how high the curve over a square is


def grid_against_random(grid: Points, random: Points) -> Figure:
    """Points (x, y) in the unit square both ways, x being what matters. Over each square how good each x is,
    with what the trials see of it."""
    traces = []
    for place, (x, y) in enumerate((grid, random)):
        axes = {"xaxis": "x2" if place else "x", "yaxis": "y"}
        traces += [_curve(axes), *_seen(sorted({round(each, 6) for each in x}), axes), _points(x, y, axes)]
    half = (1 - GAP) / 2
    axis = {
        "range": [-0.03, 1.03],
        "showticklabels": False,
        "showspikes": False,
        "fixedrange": True,
        "showgrid": False,
    }
    names = [f"{name}: {_different(x)}" for name, (x, _) in (("Grid", grid), ("Random", random))]
    return Figure(
        traces,
        {
            "showlegend": False,
            "hovermode": False,
            "xaxis": {**axis, "domain": [0, half], "title": {"text": names[0]}},
            "xaxis2": {**axis, "domain": [1 - half, 1], "title": {"text": names[1]}},
            "yaxis": {"visible": False, "range": [FLOOR - 0.05, 1.1 + RIDGE], "fixedrange": True},
        },
    )


def _different(x: Sequence[float]) -> str:
    values = len({round(each, 6) for each in x})
    return f"{values} value{'s' if values > 1 else ''} tried"


def _height(x: Sequence[float]) -> list[float]:
    """How good x is: a narrow ridge that a grid easily misses."""
    at = np.asarray(x, float)
    return (1.08 + RIDGE * np.exp(-(((at - 0.66) / 0.09) ** 2))).tolist()


def _curve(axes: dict[str, str]) -> Scatter:
    x = np.linspace(0, 1, 121).tolist()
    return Scatter(x=x, y=_height(x), mode="lines", line={"width": 2}, meta={"series": "test"}, **axes)


def _seen(values: Sequence[float], axes: dict[str, str]) -> list[Scatter]:
    """Each different value: a thin line up to the curve, and where it meets it."""
    x = [each for value in values for each in (value, value, None)]
    y = [each for height in _height(values) for each in (FLOOR, height, None)]
    thin = {"width": 1, "dash": "dot"}
    return [
        Scatter(x=x, y=y, mode="lines", line=thin, opacity=0.6, meta={"series": "c7"}, **axes),
        Scatter(x=list(values), y=_height(values), mode="markers", meta={"series": "dev"}, **axes),
    ]


def _points(x: Sequence[float], y: Sequence[float], axes: dict[str, str]) -> Scatter:
    return Scatter(
        x=list(x),
        y=list(y),
        mode="markers",
        marker={"size": 9 if len(x) <= MANY else 5},
        meta={"series": "train"},
        **axes,
    )
