"""Predictions beside what is true: on the diagonal all is well."""

import numpy as np
from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Scatter


def fit(truth: ArrayLike, answers: ArrayLike, target: str = "") -> Figure:
    """`answers` (m) of a regression over the `truth` (m), both in the unit of the `target`."""
    true, said = np.asarray(truth, np.float64), np.asarray(answers, np.float64)
    both = np.concatenate([true, said])
    ends = [float(both.min()), float(both.max())] if both.size else [0.0, 1.0]
    ideal = Scatter(
        x=ends, y=ends, mode="lines", line={"width": 1, "dash": "dot"}, meta={"ink": "text"},
        hoverinfo="skip", name="ideal",
    )  # fmt: skip
    dots = Scatter(
        x=true, y=said, mode="markers", marker={"size": 5, "opacity": 0.6}, meta={"series": "dev"},
        name="dev", hovertemplate="true %{x:.4g}, predicted %{y:.4g}<extra></extra>",
    )  # fmt: skip
    named = f" {target}" if target else ""
    return Figure(
        [ideal, dots],
        {
            "showlegend": False,
            "hovermode": "closest",
            "xaxis": {"title": {"text": f"true{named}"}, "showspikes": False},
            "yaxis": {"title": {"text": f"predicted{named}"}},
        },
    )
