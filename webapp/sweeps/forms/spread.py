"""How the values of a range lie, as a drawing: where each mark goes, in the units of an SVG viewBox.

The axis is the range's own scale, on which its values are even; round numbers below show what scale that is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from webapp.runs.forms import numbers
from webapp.sweeps.space import (
    Distribution,
    Integers,
    Interval,
    LogUniform,
    OneMinusLog,
    Options,
    PowersOfTwo,
    Value,
)

WIDTH, HEIGHT, LEFT = 320, 46, 14
SAMPLES = 40
MOST_BARS = 24
MOST_LABELS = 6
APART = 34.0  # between two labels, so that they do not touch


@dataclass(frozen=True)
class Mark:
    """A label below the axis."""

    x: float
    text: str


@dataclass(frozen=True)
class Spread:
    """`ticks` are sampled values, `bars` (x, width) all of them where they are few; `here` the value that the
    spec has now."""

    ticks: tuple[float, ...]
    bars: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]
    here: float | None
    title: str
    width: int = WIDTH
    height: int = HEIGHT


def spread(known: Distribution, here: float | None = None) -> Spread | None:
    """The drawing of a range of numbers; None for boxes, which show themselves."""
    if isinstance(known, Options) and not all(_is_number(option) for option in known.options):
        return None
    return Spread(
        () if _is_few(known) else tuple(_x(place) for place in drawn(SAMPLES)),
        tuple(_bars(known)) if _is_few(known) else (),
        tuple(_apart(_marks(known))),
        _here(known, here),
        f"{SAMPLES} values as trials may get them, on their scale",
    )


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_few(known: Distribution) -> bool:
    return known.size is not None and known.size <= MOST_BARS


def _x(place: float) -> float:
    return round(LEFT + place * (WIDTH - 2 * LEFT), 1)


def drawn(n: int) -> list[float]:
    """Places even with a little luck in it, as those of random trials are; the same at every drawing."""
    return np.random.default_rng(142).random(n).tolist()


def _bars(known: Distribution) -> Iterator[tuple[float, float]]:
    size = known.size or 1
    each = (WIDTH - 2 * LEFT) / size
    for value in _all(known):
        middle = _x(known.place(value))
        width = min(each * 0.6, 22) if not (isinstance(known, Integers) and known.log) else 4
        yield round(middle - width / 2, 1), round(width, 1)


def _all(known: Distribution) -> list[Value]:
    if isinstance(known, Integers):
        return list(range(known.low, known.high + 1))
    return list(known.options) if isinstance(known, Options | PowersOfTwo) else []


def _here(known: Distribution, value: float | None) -> float | None:
    """Where the present value lies, if it lies in the range."""
    if value is None or isinstance(known, Options):
        return None
    low, high = getattr(known, "low", value), getattr(known, "high", value)
    return _x(known.place(value)) if low <= value <= high else None


def _marks(known: Distribution) -> list[Mark]:
    """Labels by how much they matter: the ends first, then round numbers in between."""
    if _is_few(known):
        values: list[Value] = _all(known)
    elif isinstance(known, Interval | Integers):
        values = [known.low, known.high, *_between(known)]
    else:
        values = _all(known)
    if not isinstance(known, Interval | Integers) or _is_few(known):
        values = [values[0], values[-1], *values[1:-1]]
    return [Mark(_x(min(max(known.place(value), 0), 1)), written(value)) for value in values]


def _between(known: Interval | Integers) -> list[float]:
    if isinstance(known, LogUniform) or (isinstance(known, Integers) and known.log):
        first, last = math.ceil(math.log10(known.low)), math.floor(math.log10(known.high))
        decades = [10.0**e for e in range(first, last + 1)][:: max(1, (last - first + 1) // MOST_LABELS)]
        inner = (
            decades
            if len(decades) > 1
            else [d * m for d in (10.0 ** (first - 1), 10.0**first) for m in (1, 2, 5)]
        )
    elif isinstance(known, OneMinusLog):
        first, last = -math.log10(1 - known.low), -math.log10(1 - known.high)
        inner = [1 - 10.0**-e for e in range(math.ceil(first), math.floor(last) + 1)]
    else:
        step = 10 ** math.floor(math.log10((known.high - known.low) / 2))
        inner = [step * i for i in range(math.ceil(known.low / step), math.floor(known.high / step) + 1)]
    return [float(f"{value:.8g}") for value in inner if known.low < value < known.high]


def _apart(marks: list[Mark]) -> list[Mark]:
    """Those that do not touch one that matters more."""
    kept: list[Mark] = []
    for mark in marks:
        if all(abs(mark.x - other.x) >= APART for other in kept):
            kept.append(mark)
    return sorted(kept, key=lambda mark: mark.x)


def written(value: Value) -> str:
    """A value in at most four digits, but for whole numbers."""
    if isinstance(value, float):
        near_one = 0.9 < value < 1
        return numbers.write(float(f"{1 - float(f'{1 - value:.2g}'):.8g}" if near_one else f"{value:.3g}"))
    return "none" if value is None else str(value)
