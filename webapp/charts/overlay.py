"""Curves of many runs on top of each other, and bands around the means of groups of them."""

from collections.abc import Sequence
from typing import NamedTuple

from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Scatter

from webapp.charts.text import label

COLOURS = 8
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
NAMED = 12  # as many have a place in a legend, and in one box under the pointer
SPELT = 4  # as many have room in a legend for their whole name


class Curve(NamedTuple):
    """Values `y` over `x`, both of length n, of the run that is the `place`th of all."""

    name: str
    place: int
    x: ArrayLike
    y: ArrayLike
    is_strong: bool = False
    is_dotted: bool = False
    short: str = ""


class Band(NamedTuple):
    """The mean over `x` (n) of the `place`th group, one standard deviation to both sides, and its range."""

    name: str
    place: int
    x: ArrayLike
    mean: ArrayLike
    lower: ArrayLike
    upper: ArrayLike
    least: ArrayLike
    most: ArrayLike


def overlay(
    curves: Sequence[Curve], bands: Sequence[Band] = (), *, x: str, y: str, share: bool = False
) -> Figure:
    """Every curve in a hue, and beyond eight in a dash, of its own; bands below their means.

    `x` and `y` are the axes' titles; `share` says that the values are read in percent. Where there are many
    curves, the legend has the `short` name of each.
    """
    number = ".2%" if share else ".4g"
    n_named = len({curve.place for curve in curves}) + len(bands)
    traces = [trace for band in bands for trace in _band(band, number)]
    traces += [_line(curve, number, n_named > SPELT) for curve in curves]
    return Figure(
        traces,
        {
            "showlegend": 1 < n_named <= NAMED,
            "hovermode": "x unified" if n_named <= NAMED else "closest",
            "xaxis": {"title": {"text": x}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": y}, "tickformat": ".3~%" if share else None},
        },
    )


def look(place: int) -> dict[str, object]:
    """Hue and dash of the `place`th of many."""
    return {"meta": {"series": f"c{place % COLOURS}"}, "dash": DASHES[place // COLOURS % len(DASHES)]}


def _line(curve: Curve, number: str, briefly: bool) -> Scatter:
    hue = look(curve.place)
    return Scatter(
        x=curve.x,
        y=curve.y,
        name=label(curve.short if briefly and curve.short else curve.name),
        mode="lines",
        line={"width": 3 if curve.is_strong else 1.5, "dash": "dot" if curve.is_dotted else hue["dash"]},
        meta=hue["meta"],
        connectgaps=False,
        showlegend=not curve.is_dotted,
        hovertemplate=f"%{{y:{number}}}<extra>{label(curve.name)}</extra>",
    )


def _band(band: Band, number: str) -> list[Scatter]:
    hue, name = look(band.place), label(band.name)
    around = {"mode": "lines", "meta": hue["meta"], "showlegend": False, "hoverinfo": "skip"}
    edges = {**around, "line": {"width": 1, "dash": "dot"}, "opacity": 0.6}
    return [
        Scatter(
            x=[*band.x, *list(band.x)[::-1]],
            y=[*band.lower, *list(band.upper)[::-1]],
            fill="toself",
            opacity=0.35,
            **around,
            line={"width": 0},
        ),
        Scatter(x=band.x, y=band.least, **edges),
        Scatter(x=band.x, y=band.most, **edges),
        Scatter(
            x=band.x,
            y=band.mean,
            name=name,
            mode="lines",
            line={"width": 2.5, "dash": hue["dash"]},
            meta=hue["meta"],
            hovertemplate=f"%{{y:{number}}}<extra>{name}, mean</extra>",
        ),
    ]
