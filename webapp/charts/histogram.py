"""The distribution of one column's numbers."""

from collections.abc import Sequence

from numpy.typing import ArrayLike
from plotly.graph_objects import Bar, Figure


def histogram(
    edges: Sequence[float] | ArrayLike, counts: Sequence[int] | ArrayLike, title: str = ""
) -> Figure:
    """Bars between `edges` (length n + 1) of height `counts` (length n), as numpy.histogram gives them."""
    edges, counts = [float(edge) for edge in edges], [int(count) for count in counts]
    lows, highs = edges[:-1], edges[1:]
    bars = Bar(
        x=[(low + high) / 2 for low, high in zip(lows, highs, strict=True)],
        y=counts,
        width=[high - low for low, high in zip(lows, highs, strict=True)],
        customdata=list(zip(lows, highs, strict=True)),
        meta={"series": "train"},
        hovertemplate="%{customdata[0]:.4g} to %{customdata[1]:.4g}: %{y:,}<extra></extra>",
    )
    return Figure(
        bars,
        {
            "showlegend": False,
            "hovermode": "closest",
            "bargap": 0.04,
            "xaxis": {"title": {"text": title}},
            "yaxis": {"tickformat": ",d"},
        },
    )
