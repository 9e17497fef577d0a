"""The learning curves of many trainings: those given up grey and thin, the best in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from plotly.graph_objects import Figure, Scatter

from webapp.charts.trials import Floats, Look, rounded

POINTS = 6_000  # of all curves together
FEWEST = 12  # of one curve, however many there are


class LearningCurve(NamedTuple):
    """Scores (n,) after `epochs` (n,) of trial `number`; whether it was given up."""

    number: int
    epochs: Sequence[int] | np.ndarray
    scores: Floats
    given_up: bool = False


def learning_curves(curves: Sequence[LearningCurve], look: Look, best: int | None = None) -> Figure:
    """Curves over epochs, all of one look in one trace; the `best` trial's, and a marked one's, stand out."""
    most = max(FEWEST, POINTS // max(len(curves), 1))
    alone = {number for number in (best, look.marked) if number is not None}
    rest = [curve for curve in curves if curve.number not in alone]
    looks = [
        ("given up", [c for c in rest if c.given_up], {"ink": "text"}, 1, 0.3),
        ("not given up", [c for c in rest if not c.given_up], {"series": "train"}, 1, 0.5),
        ("marked", [c for c in curves if c.number == look.marked != best], {"ink": "strong"}, 2.5, 1),
        ("best", [c for c in curves if c.number == best], {"series": "dev"}, 3, 1),
    ]
    traces = [_lines(name, own, most, look, meta, width, opacity)
              for name, own, meta, width, opacity in looks if own]  # fmt: skip
    return Figure(
        traces,
        {
            "showlegend": len(traces) > 1,
            "hovermode": "closest",
            "xaxis": {"title": {"text": "epoch"}, "rangemode": "tozero", "showspikes": False},
            "yaxis": look.axis(np.concatenate([np.zeros(0), *(curve.scores for curve in curves)])),
            "uirevision": "kept",
        },
    )


def _lines(
    name: str, curves: Iterable[LearningCurve], most: int, look: Look, meta: Any, width: float, opacity: float
) -> Scatter:
    """Many curves as one line with gaps: a path each would take the browser far longer."""
    gapped = [_gapped(curve, most) for curve in curves]
    x, y, numbers = (np.concatenate(column)[:-1] for column in zip(*gapped, strict=True))
    n = len(x)
    return Scatter(
        x=x,
        y=rounded(y),
        customdata=numbers,
        name=name,
        mode="lines" if n > 1 else "lines+markers",
        line={"width": width},
        opacity=opacity,
        meta=meta,
        connectgaps=False,
        hovertemplate=f"trial %{{customdata}}, epoch %{{x}}: %{{y:{look.number}}}<extra>{name}</extra>",
    )


def _gapped(curve: LearningCurve, most: int) -> tuple[np.ndarray, Floats, np.ndarray]:
    """Epochs, scores and the number of a curve, with a gap at its end."""
    kept = _spread(len(curve.epochs), most)
    epochs = np.asarray(curve.epochs, np.int64)[kept]
    scores = np.append(np.asarray(curve.scores, float)[kept], np.nan)
    return np.append(epochs, epochs[-1:]), scores, np.full(len(scores), curve.number)


def _spread(n: int, most: int) -> np.ndarray:
    """Places of at most `most` of n points: close together at first, where curves bend."""
    if n <= most:
        return np.arange(n)
    return np.unique(np.geomspace(1, n, most).round().astype(int) - 1)
