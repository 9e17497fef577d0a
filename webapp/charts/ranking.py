"""Named amounts as bars, the first at the top: levels, strengths, shares of empty cells."""

from collections.abc import Sequence

from plotly.graph_objects import Bar, Figure

from webapp.charts.scale import whole_ticks
from webapp.charts.text import label

PALE = 0.35
FEWEST = 8  # bars that share the height: fewer of them do not become blocks


def levels(names: Sequence[str], counts: Sequence[int], other: int = 0, other_levels: int = 0) -> Figure:
    """A category's most frequent values, and those of all `other_levels` together, paler."""
    if other_levels:
        names, counts = [*names, f"{other_levels:,} others"], [*counts, other]
    total = sum(counts) or 1
    pale = [False] * (len(names) - bool(other_levels)) + [True] * bool(other_levels)
    shares = [f"{count / total:.1%}" for count in counts]
    figure = _ranking(names, counts, pale, shares, "%{x:,} rows, %{customdata}")
    return figure.update_layout(xaxis={"title": {"text": "rows"}, "tickformat": "~s", **whole_ticks(counts)})


def strengths(names: Sequence[str], shares: Sequence[float], used: Sequence[bool] | None = None) -> Figure:
    """What each column tells about the target by itself, 0 to 1; columns that are not `used` paler."""
    used = [True] * len(names) if used is None else list(used)
    notes = ["" if is_used else ", not an input" for is_used in used]
    figure = _ranking(names, shares, [not one for one in used], notes, "%{x:.1%}%{customdata}")
    return _percent(figure, "share of the target, alone")


def missing_shares(names: Sequence[str], shares: Sequence[float]) -> Figure:
    """The share of empty cells of each column."""
    return _percent(_ranking(names, shares, [False] * len(names), None, "%{x:.2%} empty"), "empty cells")


def importance(names: Sequence[str], means: Sequence[float], deviations: Sequence[float]) -> Figure:
    """How much of the spread of scores each dimension explains, 0 to 1, the largest first, with one standard
    deviation to both sides."""
    order = sorted(range(len(names)), key=lambda place: -means[place])
    shares, spreads = [means[place] for place in order], [deviations[place] for place in order]
    notes = [f" ± {spread:.1%}" for spread in spreads]
    titles = [names[place] for place in order]
    figure = _ranking(titles, shares, [False] * len(names), notes, "%{x:.1%}%{customdata}")
    figure.update_traces(error_x={"type": "data", "array": spreads, "thickness": 1.5, "width": 4})
    _percent(figure, "share of score differences")
    return figure.update_layout(xaxis={"minallowed": 0})


def _percent(figure: Figure, title: str) -> Figure:
    return figure.update_layout(
        xaxis={"title": {"text": title}, "tickformat": ".0%", "rangemode": "tozero", "maxallowed": 1}
    )


def _ranking(
    names: Sequence[str],
    amounts: Sequence[float],
    pale: Sequence[bool],
    notes: Sequence[str] | None,
    hover: str,
) -> Figure:
    """A bar a name. Places on the axis are numbers, so two names that are cut alike stay two bars."""
    places = list(range(len(names)))
    bars = Bar(
        x=list(amounts),
        y=places,
        orientation="h",
        customdata=notes,
        text=[label(name, 80) for name in names],
        textposition="none",
        marker={"opacity": [PALE if one else 1.0 for one in pale]},
        meta={"series": "train"},
        hovertemplate=f"%{{text}}: {hover}<extra></extra>",
    )
    return Figure(
        bars,
        {
            "showlegend": False,
            "hovermode": "closest",
            "bargap": 0.3,
            "xaxis": {"showgrid": True, "showline": False, "showspikes": False},
            "yaxis": {
                "tickmode": "array",
                "tickvals": places,
                "ticktext": [label(name) for name in names],
                "range": [max(len(names), FEWEST) - 0.5, -0.5],
                "showgrid": False,
                "ticklabelstandoff": 6,
            },
        },
    )
