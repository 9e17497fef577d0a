"""The cost of every mini-batch step: one thin line, the raw thing."""

from collections.abc import Sequence

from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Scatter


def cost_curve(steps: Sequence[int] | ArrayLike, costs: Sequence[float | None] | ArrayLike) -> Figure:
    """Cost over steps, both of length n; a cost that is not finite is a gap.

    The raw line is thin and pale so that a smoothed one can lie on top of it as a second trace.
    """
    raw = Scatter(
        x=steps,
        y=costs,
        mode="lines",
        name="cost",
        line={"width": 1},
        meta={"series": "train"},
        connectgaps=False,
        hovertemplate="%{y:.5g}<extra></extra>",
    )
    return Figure(
        raw,
        {
            "showlegend": False,
            "xaxis": {
                "title": {"text": "step"},
                "rangemode": "tozero",
                "unifiedhovertitle": {"text": "step %{x:,d}"},
            },
            "yaxis": {"title": {"text": "cost"}, "rangemode": "tozero"},
            "uirevision": "kept",  # a zoom outlives the points that come in
        },
    )
