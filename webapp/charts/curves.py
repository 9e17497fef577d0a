"""Lines over the steps of a run, as many as there are things to compare: layers, parts, rates."""

from collections.abc import Sequence
from typing import NamedTuple

from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Scatter

from webapp.charts.text import label

COLOURS = 8
FEW = 40
DASHES = ("solid", "dash", "dot", "dashdot")

Values = Sequence[float | None] | ArrayLike


class Line(NamedTuple):
    """A line with its name; `series` train, dev or test where it is one of these, for its hue."""

    name: str
    x: Sequence[int] | ArrayLike
    y: Values
    series: str = ""
    dash: str = ""
    width: float = 1.75


def curves(
    lines: Sequence[Line],
    title: str,
    *,
    number: str = ".4g",
    log: bool = False,
    share: bool = False,
    markers: bool | None = None,
) -> Figure:
    """`lines` over steps; `title` and `number` format are the y axis's. A `share` is drawn in percent.

    The ninth line and those after it have the first ones' colours and another dash. `markers` put a dot on
    every point; None: when there are few of them.
    """
    if markers is None:
        markers = 0 < max((len(line.x) for line in lines), default=0) <= FEW
    return Figure(
        [_trace(i, line, ".2%" if share else number, markers) for i, line in enumerate(lines)],
        {
            "showlegend": len(lines) > 1,
            "xaxis": {"title": {"text": "step"}, "unifiedhovertitle": {"text": "step %{x:,d}"}},
            "yaxis": {
                "title": {"text": title},
                "type": "log" if log else "linear",
                "nticks": 6 if log else None,
                "rangemode": "normal" if log else "tozero",
                "tickformat": ".3~%" if share else None,
            },
            "uirevision": "kept",
        },
    )


def _trace(place: int, line: Line, number: str, markers: bool) -> Scatter:
    return Scatter(
        x=line.x,
        y=line.y,
        name=label(line.name),
        mode="lines+markers" if markers else "lines",
        line={"width": line.width, "dash": line.dash or DASHES[place // COLOURS % len(DASHES)]},
        marker={"size": 4},
        meta={"series": line.series} if line.series else {"place": place % COLOURS},
        connectgaps=False,
        hovertemplate=f"%{{y:{number}}}",
    )
