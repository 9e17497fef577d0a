"""How a histogram drifts while a network learns: steps to the right, values upwards, dark where many are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from plotly.graph_objects import Figure, Heatmap

BINS = 60


def histogram_over_time(
    steps: Sequence[int], counts: Sequence[ArrayLike], ranges: Sequence[ArrayLike], title: str
) -> Figure:
    """At each of `steps` (n) a histogram of equal bins: `counts` (n, bins) between the `ranges` (n, 2).

    All are brought to the same bins. The colour is the square root of a bin's share, so that thin tails stay
    in view.
    """
    columns, edges = rebinned(counts, ranges)
    shares = columns / np.maximum(columns.sum(axis=0), 1)
    cells = Heatmap(
        x=_sides(steps),
        y=edges,
        z=np.where(shares > 0, np.sqrt(shares), np.nan),  # nothing has the colour of the ground
        hoverongaps=False,
        customdata=shares,
        autocolorscale=True,
        showscale=False,
        hovertemplate="step %{x:,d}, around %{y:.3g}: %{customdata:.1%}<extra></extra>",
    )
    return Figure(
        cells,
        {
            "hovermode": "closest",
            "xaxis": {"title": {"text": "step"}, "showspikes": False},
            "yaxis": {"title": {"text": title}},
            "uirevision": "kept",
        },
    )


def rebinned(counts: Sequence[ArrayLike], ranges: Sequence[ArrayLike]) -> tuple[NDArray, NDArray]:
    """Histograms on common bins: counts (BINS, n) and edges (BINS + 1,). Values lie evenly within a bin."""
    ends = np.asarray(ranges, np.float64).reshape(-1, 2)
    low, high = (float(ends[:, 0].min()), float(ends[:, 1].max())) if len(ends) else (0.0, 1.0)
    edges = np.linspace(low, high, BINS + 1)
    columns = []
    for values, (start, stop) in zip(counts, ends, strict=True):
        below = np.concatenate([[0.0], np.cumsum(np.asarray(values, np.float64))])
        columns.append(np.diff(np.interp(edges, np.linspace(start, stop, len(below)), below)))
    return np.array(columns).reshape(-1, BINS).T, edges


def _sides(steps: Sequence[int]) -> NDArray:
    """Where the columns of ascending steps (n,) begin and end, (n + 1,): halfway to their neighbours."""
    places = np.asarray(steps, np.float64)
    if len(places) < 2:
        return np.array([place + side for place in places for side in (-0.5, 0.5)])
    middles = (places[1:] + places[:-1]) / 2
    return np.concatenate([[places[0]], middles, [places[-1]]])
