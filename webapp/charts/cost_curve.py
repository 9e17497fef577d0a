"""The cost of every mini-batch step: one thin line, the raw thing, and its average."""

from collections.abc import Sequence

from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Scatter

PALE = 0.45


def cost_curve(steps: Sequence[int] | ArrayLike, costs: Sequence[float | None] | ArrayLike) -> Figure:
    """Cost over steps, both of length n; a cost that is not finite is a gap.

    The raw line is thin and pale; the second, on top of it, is for the average, which the page fills.
    """
    raw = Scatter(
        x=steps,
        y=costs,
        mode="lines",
        name="cost",
        line={"width": 1},
        opacity=PALE,
        meta={"series": "train"},
        connectgaps=False,
        hovertemplate="%{y:.5g}",
    )
    average = Scatter(
        x=[],
        y=[],
        mode="lines",
        name="average",
        line={"width": 2},
        meta={"series": "train"},
        connectgaps=False,
        hovertemplate="%{y:.5g}",
    )
    return Figure(
        [raw, average],
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
