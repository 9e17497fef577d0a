"""Values in words, as exact as is useful."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from webapp.sweeps.space import OneMinusLog

if TYPE_CHECKING:
    from webapp.sweeps.space import Distribution, Value


def words(known: Distribution, value: Value) -> str:
    """A value between two ends: 0.0021, 0.9993, 64."""
    if not isinstance(value, float):
        return str(value)
    if isinstance(known, OneMinusLog):
        return f"{value:.{_decimals(1 - value)}f}".rstrip("0").rstrip(".")
    return f"{value:.2g}"


def joined(parts: list[str], last: str = "or") -> str:
    """a, b or c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def neat(known: Distribution, value: float, up: bool) -> float:
    """The next number of two digits above or below; of what is missing to 1 where that is the scale."""
    if isinstance(known, OneMinusLog):
        return 1 - _rounded(1 - value, not up)
    return _rounded(value, up)


def _rounded(value: float, up: bool) -> float:
    if value == 0 or float(f"{value:.1e}") == value:
        return value
    digits = 1 - math.floor(math.log10(abs(value)))
    towards = math.ceil if up else math.floor
    return float(f"{towards(value * 10.0**digits) / 10.0**digits:.12g}")


def _decimals(missing: float) -> int:
    return 2 if missing <= 0 else max(1 - math.floor(math.log10(missing)), 1)
