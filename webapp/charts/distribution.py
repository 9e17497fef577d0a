"""How a column's numbers are spread: bars and the box of their quartiles, or a line for each class."""

from collections.abc import Mapping, Sequence

from plotly.graph_objects import Bar, Box, Figure, Scatter

from webapp.charts.scale import whole_ticks
from webapp.charts.text import label

BOX = (0.86, 1.0)  # the box's share of the height
BARS = (0.0, 0.8)


def distribution(
    edges: Sequence[float],
    counts: Sequence[int],
    quartiles: tuple[float, float, float],
    fences: tuple[float, float],
    far: Sequence[float] = (),
    title: str = "",
) -> Figure:
    """Bars of height `counts` (n) between `edges` (n + 1); `far` are values beyond the `fences` (Tukey's)."""
    low, middle, high = quartiles
    box = Box(
        q1=[low], median=[middle], q3=[high], lowerfence=[fences[0]], upperfence=[fences[1]], x=[list(far)],
        y0=0, width=0.7, orientation="h", boxpoints="outliers", pointpos=0, jitter=0, line={"width": 1.25},
        marker={"size": 4, "opacity": 0.6}, yaxis="y2", hoverinfo="x", meta={"series": "train"}, name="",
    )  # fmt: skip
    return Figure(
        [_bars(edges, counts), box],
        {
            "showlegend": False,
            "hovermode": "closest",
            "bargap": 0.04,
            "xaxis": {"title": {"text": label(title, 60)}, "anchor": "y"},
            "yaxis": {
                "title": {"text": "rows"},
                "tickformat": ",d",
                "domain": BARS,
                **whole_ticks(counts),
            },
            "yaxis2": {"domain": BOX, "visible": False, "fixedrange": True, "range": [-0.6, 0.6]},
        },
    )


def _bars(edges: Sequence[float], counts: Sequence[int]) -> Bar:
    lows, highs = list(edges[:-1]), list(edges[1:])
    return Bar(
        x=[(low + high) / 2 for low, high in zip(lows, highs, strict=True)],
        y=list(counts),
        width=[high - low for low, high in zip(lows, highs, strict=True)],
        customdata=list(zip(lows, highs, strict=True)),
        meta={"series": "train"},
        hovertemplate="%{customdata[0]:.4g} to %{customdata[1]:.4g}: %{y:,}<extra></extra>",
    )


def distribution_by_class(
    edges: Sequence[float], counts: Mapping[str, Sequence[int]], title: str = ""
) -> Figure:
    """For each class the share of its rows in every bin, whatever its size; `counts` (n) between `edges`."""
    lines = [
        Scatter(
            x=list(edges),
            y=[*shares, shares[-1]] if shares else [],
            name=label(name),
            mode="lines",
            line={"shape": "hv", "width": 1.75},
            hovertemplate="%{y:.1%}",
        )
        for name, shares in ((name, _shares(own)) for name, own in counts.items())
    ]
    return Figure(
        lines,
        {
            "showlegend": True,
            "xaxis": {"title": {"text": label(title, 60)}, "showspikes": False},
            "yaxis": {"title": {"text": "share of the class"}, "tickformat": ".0%", "rangemode": "tozero"},
        },
    )


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) or 1
    return [count / total for count in counts]
