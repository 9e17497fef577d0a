"""The learning-rate range test: the cost as the rate rises, on a logarithmic axis."""

from collections.abc import Sequence

from plotly.graph_objects import Figure, Scatter


def range_test(
    rates: Sequence[float],
    costs: Sequence[float | None],
    smoothed: Sequence[float | None],
    suggestion: float | None = None,
) -> Figure:
    """Cost and smoothed cost over learning rates, all of length n; the suggested rate as a line."""
    hover = "rate %{x:.2g}: %{y:.4g}<extra></extra>"
    raw = Scatter(x=rates, y=costs, mode="lines", line={"width": 1}, opacity=0.35, hovertemplate=hover)
    average = Scatter(x=rates, y=smoothed, mode="lines", line={"width": 2}, hovertemplate=hover)
    for line in (raw, average):
        line.meta = {"series": "train"}
    figure = Figure([raw, average])
    figure.update_layout(
        showlegend=False,
        hovermode="closest",
        xaxis={"type": "log", "title": {"text": "learning rate"}, "exponentformat": "e"},
        yaxis={"title": {"text": "cost"}, "range": [0, 1.5 * _height(smoothed)]},
    )
    if suggestion is not None:
        figure.add_vline(x=suggestion, line={"dash": "dash", "width": 1.5}, annotation_text=f"{suggestion:g}")
    return figure


def _height(smoothed: Sequence[float | None]) -> float:
    """What matters of the smoothed cost: the end, where it explodes, would flatten all the rest."""
    known = [cost for cost in smoothed if cost is not None]
    return max(known[: max(1, len(known) // 2)], default=1.0)
