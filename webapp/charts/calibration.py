"""Whether probabilities can be believed: of all answers given with 80%, 80% should be right."""

import numpy as np
from numpy.typing import ArrayLike
from plotly.graph_objects import Bar, Figure, Scatter

LINE = (0.3, 1.0)  # the line's share of the height
BARS = (0.0, 0.22)


def calibration(confidence: ArrayLike, frequency: ArrayLike, counts: ArrayLike) -> Figure:
    """Per bin (n,) the mean `confidence`, the `frequency` with which it came true, and how many there were.

    Below the diagonal the network is surer than it should be.
    """
    sure, true, many = (np.asarray(values, np.float64) for values in (confidence, frequency, counts))
    filled = many > 0
    ideal = Scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"width": 1, "dash": "dot"}, meta={"ink": "text"},
        hoverinfo="skip", name="ideal",
    )  # fmt: skip
    found = Scatter(
        x=sure[filled], y=true[filled], customdata=many[filled], mode="lines+markers", line={"width": 1.75},
        marker={"size": 6}, meta={"series": "dev"}, name="dev",
        hovertemplate="said %{x:.1%}, came true %{y:.1%} of %{customdata:,d}<extra></extra>",
    )  # fmt: skip
    centres = (np.arange(len(many)) + 0.5) / max(len(many), 1)
    bars = Bar(
        x=centres, y=many, width=1 / max(len(many), 1), yaxis="y2", meta={"series": "dev"}, name="examples",
        hovertemplate="%{y:,d} examples<extra></extra>",
    )  # fmt: skip
    return Figure(
        [ideal, found, bars],
        {
            "showlegend": False,
            "hovermode": "closest",
            "bargap": 0.04,
            "xaxis": {"title": {"text": "confidence"}, "range": [0, 1], "tickformat": ".0%", "anchor": "y2"},
            "yaxis": {
                "title": {"text": "came true"},
                "range": [-0.02, 1.02],
                "tickformat": ".0%",
                "domain": LINE,
            },
            "yaxis2": {"domain": BARS, "nticks": 3, "tickformat": ",d"},
        },
    )
