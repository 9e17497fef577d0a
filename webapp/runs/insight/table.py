"""A figure's numbers as rows of a table, for people who want to draw it themselves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from plotly.graph_objects import Figure

from webapp.charts.payload import plain

Rows = Iterator[list[Any]]


def rows_of(figure: Figure) -> Rows:
    """Lines, points and bars as series, x, y; maps as x, y, value. The first row names the columns."""
    traces = plain(figure.to_plotly_json())["data"]
    maps = [trace for trace in traces if "z" in trace]
    if maps:
        yield ["x", "y", "value"]
        for trace in maps[:1]:
            yield from _cells(trace)
        return
    yield ["series", "x", "y"]
    for trace in traces:
        name = trace.get("name", "")
        yield from ([name, x, y] for x, y in zip(trace["x"], trace["y"], strict=True))


def _cells(trace: dict[str, Any]) -> Rows:
    z = np.array(trace["z"], dtype=object)
    height, width = z.shape[:2]
    x, y = (trace.get(axis) or range(size) for axis, size in (("x", width), ("y", height)))
    values = trace.get("text") or trace.get("customdata")
    shown = np.array(values, dtype=object) if values is not None and np.ndim(values) == 2 else z
    for row in range(height):
        for column in range(width):
            value = shown[row, column]
            yield [x[column], y[row], value if np.ndim(value) == 0 else list(value)]
