"""How columns move together, pair by pair: blue against each other, orange together."""

from collections.abc import Sequence

import numpy as np
from plotly.graph_objects import Figure, Heatmap

from webapp.charts.text import label

READABLE = 12  # columns up to which each number is written in its cell
SPACIOUS = 16  # and up to which they are named on both sides


def correlation_map(names: Sequence[str], coefficients: Sequence[Sequence[float | None]]) -> Figure:
    """`coefficients` (n, n) between -1 and 1 of the columns `names` (n); None is a gap."""
    places = list(range(len(names)))
    numbers = np.array(coefficients, np.float64).reshape(len(names), len(names))
    cells = Heatmap(
        z=numbers, x=places, y=places, zmin=-1, zmax=1, autocolorscale=True, xgap=1, ygap=1,
        texttemplate="%{z:.2f}" if len(names) <= READABLE else None,
        hovertemplate="%{y} and %{x}: %{z:.3f}<extra></extra>",
        colorbar={"thickness": 10, "outlinewidth": 0, "tickvals": [-1, -0.5, 0, 0.5, 1], "xpad": 6},
    )  # fmt: skip
    many = len(names) > SPACIOUS
    axis = {
        "tickmode": "array", "tickvals": places, "ticktext": [label(name, 20) for name in names],
        "tickfont": {"size": 9 if many else 11},
        "showgrid": False, "showline": False, "showspikes": False, "constrain": "domain",
    }  # fmt: skip
    return Figure(
        cells,
        {
            "hovermode": "closest",
            "xaxis": {**axis, "tickangle": -45, "showticklabels": not many},
            "yaxis": {**axis, "range": [len(names) - 0.5, -0.5], "scaleanchor": "x"},
        },
    )
