"""A curve as small as a word: the points of an SVG polyline, for a table's cell."""

import math
from collections.abc import Sequence


def sparkline(values: Sequence[float | None], width: float = 96, height: float = 20, pad: float = 2) -> str:
    """`"2.0,18.0 50.0,9.1 ..."`: the finite values from left to right, the largest at the top."""
    known = [(i, v) for i, v in enumerate(values) if v is not None and math.isfinite(v)]
    if len(known) < 2:
        return ""
    low, high = min(v for _, v in known), max(v for _, v in known)
    across, up = (width - 2 * pad) / (len(values) - 1), (height - 2 * pad) / ((high - low) or 1)
    return " ".join(f"{pad + i * across:.1f},{height - pad - (v - low) * up:.1f}" for i, v in known)
