"""The histograms of all layers at one step, one below the other, each with an axis of its own."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from plotly.graph_objects import Bar, Figure

from webapp.charts.text import label

MOST = 8
GAP = 0.35  # of a row's height, for the numbers below it


def histograms_by_layer(
    names: Sequence[str], counts: Sequence[ArrayLike], ranges: Sequence[ArrayLike]
) -> Figure:
    """Of each layer of `names` (n) the `counts` (n, bins) of equal bins between the `ranges` (n, 2).

    The first layers and the last are drawn when there are more than `MOST`.
    """
    places = range(len(names)) if len(names) <= MOST else [*range(MOST - 1), len(names) - 1]
    figure = Figure(layout={"showlegend": False, "hovermode": "closest", "bargap": 0, "uirevision": "kept"})
    height = 1 / max(len(places), 1)
    for row, place in enumerate(places):
        low, high = (float(end) for end in np.asarray(ranges[place]).ravel())
        own = np.asarray(counts[place], np.float64)
        centres = low + (high - low) * (np.arange(len(own)) + 0.5) / len(own)
        suffix = "" if row == 0 else str(row + 1)
        figure.add_trace(
            Bar(
                x=centres,
                y=own / max(own.sum(), 1),
                xaxis=f"x{suffix}",
                yaxis=f"y{suffix}",
                meta={"series": "train"},
                hovertemplate="around %{x:.3g}: %{y:.1%}<extra></extra>",
            )
        )
        top = 1 - row * height
        figure.layout[f"xaxis{suffix}"] = {"anchor": f"y{suffix}", "nticks": 6, "range": [low, high]}
        figure.layout[f"yaxis{suffix}"] = {
            "domain": [top - height * (1 - GAP), top],
            "anchor": f"x{suffix}",
            "showticklabels": False,
            "showgrid": False,
            "title": {"text": label(names[place], 12), "font": {"size": 11}},
        }
    return figure
