"""Train and dev error per epoch: the distance between the two lines is the variance."""

from collections.abc import Sequence

from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Scatter

Errors = Sequence[float | None] | ArrayLike


def error_curve(
    epochs: Sequence[int] | ArrayLike, train: Errors, dev: Errors, *, share: bool = True, markers: bool = True
) -> Figure:
    """Error on the training and the dev part over epochs, all of length n.

    `share` says that an error is a share of examples (drawn in percent), not a distance in the target's unit.
    `markers` puts a dot on every epoch, which is good for few of them.
    """
    number = ".2%" if share else ".5g"
    lines = [
        Scatter(
            x=epochs,
            y=errors,
            name=name,
            mode="lines+markers" if markers else "lines",
            line={"width": 1.75},
            marker={"size": 4},
            meta={"series": name},
            connectgaps=False,
            hovertemplate=f"%{{y:{number}}}",
        )
        for name, errors in (("train", train), ("dev", dev))
    ]
    return Figure(
        lines,
        {
            "showlegend": True,
            "xaxis": {
                "title": {"text": "epoch"},
                "rangemode": "tozero",
                "unifiedhovertitle": {"text": "epoch %{x:,d}"},
            },
            "yaxis": {
                "title": {"text": "error"},
                "rangemode": "tozero",
                "tickformat": ".3~%" if share else None,
                "maxallowed": 1 if share else None,
            },
            "uirevision": "kept",
        },
    )
