"""The cost on a plane of parameters, with the way of the training on it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from plotly.graph_objects import Contour, Figure, Scatter


def loss_surface(offsets: ArrayLike, costs: ArrayLike, trajectory: ArrayLike, steps: Sequence[int]) -> Figure:
    """Costs (n, n) over two directions at `offsets` (n,), and places (t, 2) of the network at `steps` (t,).

    The first direction is drawn upwards, the second to the right; colours follow the logarithm of the cost.
    """
    values = np.array(costs, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms = np.log10(values)
    surface = Contour(
        x=offsets,
        y=offsets,
        z=logarithms,
        customdata=values,
        contours={"coloring": "heatmap", "showlines": True},
        line={"width": 0.5},
        ncontours=24,
        autocolorscale=True,
        colorbar={"title": {"text": "log₁₀ cost", "side": "right"}, "thickness": 12},
        hovertemplate="cost %{customdata:.4g}<extra></extra>",
    )
    places = np.array(trajectory, dtype=float).reshape(-1, 2)
    way = Scatter(
        x=places[:, 1],
        y=places[:, 0],
        mode="lines+markers",
        line={"width": 2},
        marker={"size": 6},
        meta={"series": "dev"},
        customdata=list(steps),
        hovertemplate="step %{customdata:,d}<extra></extra>",
    )
    figure = Figure([surface, way])
    return figure.update_layout(
        showlegend=False,
        hovermode="closest",
        xaxis={"title": {"text": "direction 2"}, "showspikes": False, "constrain": "domain"},
        yaxis={"title": {"text": "direction 1"}, "scaleanchor": "x", "constrain": "domain"},
    )
