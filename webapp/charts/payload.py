"""A figure as the plain JSON that the page draws from (hone/charts.js)."""

import base64
import math
from functools import cache
from typing import Any

import numpy as np
from plotly.graph_objects import Figure

from webapp.charts.template import OTHERS, SCHEMES, SEQUENTIAL, SERIES, template


def payload(figure: Figure) -> dict[str, Any]:
    """`{data, layout, themes}`: points as lists, and the template and series hues of both schemes."""
    drawn = plain(figure.to_plotly_json())
    return {"data": drawn["data"], "layout": drawn["layout"], "themes": themes()}


@cache
def themes() -> dict[str, Any]:
    """Per scheme the template, and the colour of each series that a trace may name in its `meta`.

    Beside train, dev and test these are `c0` to `c7`, which have nothing in common, and `s0` to `s4`, from
    the least to the most.
    """
    return {
        scheme: {
            "template": plain(template(scheme).to_plotly_json()),
            "series": {
                **SERIES[scheme],
                **{f"c{i}": colour for i, colour in enumerate(OTHERS[scheme])},
                **{f"s{i}": colour for i, colour in enumerate(SEQUENTIAL[scheme])},
            },
        }
        for scheme in SCHEMES
    }


def unpacked(packed: dict[str, Any]) -> np.ndarray:
    """The array that Plotly packed as base64: its bytes may hold NaN, which no JSON null can mend."""
    flat = np.frombuffer(base64.b64decode(packed["bdata"]), dtype=packed["dtype"])
    shape = packed.get("shape")
    return flat.reshape([int(size) for size in shape.split(",")]) if shape else flat


def plain(value: Any) -> Any:
    """`value` in JSON's own types: arrays as lists, and null for a number that is not finite (a gap)."""
    if isinstance(value, dict):
        if "bdata" in value:
            return plain(unpacked(value))
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return _listed(value)
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _listed(values: np.ndarray) -> list[Any]:
    """Numbers as a list: all of them at once, for there can be many."""
    is_gap = ~np.isfinite(values)
    if not is_gap.any():
        return values.tolist()
    gapped = values.astype(object)
    gapped[is_gap] = None
    return gapped.tolist()
