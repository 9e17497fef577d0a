"""The cost of one batch that is learnt by heart."""

from collections.abc import Sequence

from plotly.graph_objects import Figure, Scatter


def overfit_curve(costs: Sequence[float | None]) -> Figure:
    """Cost over steps, of length n, on a logarithmic axis: it should fall towards nothing."""
    steps = list(range(1, len(costs) + 1))
    line = Scatter(
        x=steps, y=costs, mode="lines", meta={"series": "train"}, hovertemplate="%{y:.3g}<extra></extra>"
    )
    figure = Figure(line)
    return figure.update_layout(
        showlegend=False,
        xaxis={"title": {"text": "step"}, "unifiedhovertitle": {"text": "step %{x:,d}"}},
        yaxis={"type": "log", "title": {"text": "cost"}, "exponentformat": "e"},
    )
