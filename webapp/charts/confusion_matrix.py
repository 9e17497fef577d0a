"""Which class is taken for which: the rows are what is true, the columns what was answered."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Heatmap

from webapp.charts.text import label

READABLE = 12  # classes up to which each count is written in its cell


def confusion_matrix(classes: Sequence[str], counts: ArrayLike) -> Figure:
    """`counts` (n, n) of examples by true class and answered class. The colour is the share of the row."""
    numbers = np.asarray(counts, np.int64)
    places = list(range(len(classes)))
    shares = numbers / np.maximum(numbers.sum(axis=1, keepdims=True), 1)
    cells = Heatmap(
        z=np.where(numbers > 0, shares, np.nan),  # nothing has the colour of the ground
        x=places,
        y=places,
        zmin=0,
        zmax=1,
        text=numbers,
        texttemplate="%{text:,d}" if len(classes) <= READABLE else None,
        customdata=np.array([[[label(a), label(b)] for b in classes] for a in classes]),
        autocolorscale=True,
        hoverongaps=False,
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="%{customdata[0]} taken for %{customdata[1]}: %{text:,d}, %{z:.1%} of the class"
        "<extra></extra>",
    )
    axis = {
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [label(name, 14) for name in classes],
        "showgrid": False,
        "showline": False,
        "showspikes": False,
        "constrain": "domain",
        "showticklabels": len(classes) <= 4 * READABLE,
    }
    return Figure(
        cells,
        {
            "hovermode": "closest",
            "xaxis": {**axis, "title": {"text": "answered"}},
            "yaxis": {
                **axis,
                "title": {"text": "true"},
                "range": [len(classes) - 0.5, -0.5],
                "scaleanchor": "x",
            },
        },
    )
