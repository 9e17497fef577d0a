"""The scale of a dimension that was searched: where its values are on an axis, and what is written there.

Three ways to say where: places from 0 to 1, in which the values are spread evenly; what Plotly draws
(`drawn`) on the axis that `axis` describes; and the words that people read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from webapp.charts.text import label

Kind = Literal["linear", "log", "one_minus_log", "options"]
Floats = NDArray[np.float64]
MOST_TICKS = 8
STEPS = ((1,), (1, 3), (1, 2, 5))  # within a power of ten, as many as are needed
LONGEST_OPTION = 14


class Scale(NamedTuple):
    """Numbers from `low` to `high`, or the texts `options`. A scale of kind one_minus_log is even in
    log(1 - value). `marks` are the only values, if there are few; a `share` is read in percent."""

    title: str
    kind: Kind = "linear"
    low: float = 0.0
    high: float = 1.0
    options: tuple[str, ...] = ()
    marks: tuple[float, ...] = ()
    share: bool = False

    def drawn(self, values: Sequence[Any] | ArrayLike) -> Floats:
        """What Plotly draws of values (n,): NaN where one is None, or where the scale has no place for it."""
        if self.kind == "options":
            known = {option: i for i, option in enumerate(self.options)}
            return np.array([known.get(value, np.nan) for value in values], float)
        numbers = np.array([np.nan if value is None else value for value in values], float)
        numbers = 1 - numbers if self.kind == "one_minus_log" else numbers
        return np.where(numbers > 0, numbers, np.nan) if self.is_log else numbers

    def places(self, values: Sequence[Any] | ArrayLike) -> Floats:
        """Where from 0 to 1 values (n,) are; options in the middle of their share."""
        return self._placed(self.drawn(values))

    def grid(self, n: int) -> Floats:
        """What Plotly draws at n even places from 0 to 1."""
        first, last = self._ends()
        even = first + np.linspace(0, 1, n) * (last - first)
        return 10**even if self.is_log else even

    def values(self, places: ArrayLike) -> Floats:
        """The numbers at places (n,) from 0 to 1."""
        first, last = self._ends()
        there = first + np.asarray(places, float) * (last - first)
        there = 10**there if self.is_log else there
        return 1 - there if self.kind == "one_minus_log" else there

    @property
    def is_log(self) -> bool:
        return self.kind in ("log", "one_minus_log")

    def words(self, value: Any) -> str:
        """A value as people read it."""
        if value is None:
            return "–"
        if self.kind == "options":
            return label(value, LONGEST_OPTION)
        if self.share:
            return percent(value)
        return spelt(value, 6 if self.kind == "one_minus_log" else 4)

    def ticks(self) -> list[tuple[float, str]]:
        """Some places and what is written there, upwards."""
        if self.kind == "options":
            return [((i + 0.5) / len(self.options), self.words(o)) for i, o in enumerate(self.options)]
        values = self._tick_values()
        return list(zip(self.places(values).tolist(), map(self.words, values), strict=True))

    def axis(self, most: int = MOST_TICKS) -> dict[str, Any]:
        """The axis as Plotly takes it, over what `drawn` gives, with at most so many ticks of numbers."""
        if self.kind == "options":
            return {
                "title": {"text": label(self.title)},
                "tickvals": list(range(len(self.options))),
                "ticktext": [self.words(option) for option in self.options],
                "range": [-0.5, len(self.options) - 0.5],
            }
        values = thinned(self._tick_values(), most)
        first, last = self._ends()
        edge = (last - first) * (0.5 / len(self.marks) if self.marks else 0.03)
        return {
            "title": {"text": label(self.title)},
            "type": "log" if self.is_log else "linear",
            "tickvals": self.drawn(values).tolist(),
            "ticktext": [self.words(value) for value in values],
            "range": [first - edge, last + edge],
        }

    def _ends(self) -> tuple[float, float]:
        """Both ends as Plotly counts them: logarithms on a logarithmic axis."""
        if self.kind == "options":
            return -0.5, len(self.options) - 0.5
        first, last = self.drawn([self.low, self.high])
        if self.is_log:
            first, last = np.log10(first), np.log10(last)
        return (float(first), float(last)) if first != last else (float(first) - 0.5, float(last) + 0.5)

    def _placed(self, drawn: Floats) -> Floats:
        first, last = self._ends()
        return ((np.log10(drawn) if self.is_log else drawn) - first) / (last - first)

    def _tick_values(self) -> list[float]:
        if self.marks:
            return thinned(list(self.marks))
        if self.kind == "log":
            return logarithmic(self.low, self.high)
        if self.kind == "one_minus_log":
            return [float(f"{1 - rest:.12g}") for rest in logarithmic(1 - self.high, 1 - self.low)][::-1]
        return even(self.low, self.high)


def logarithmic(low: float, high: float) -> list[float]:
    """Round numbers between two positive ones, at even distances of their logarithms."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    found: list[float] = []
    for steps in STEPS:
        every = [float(f"{step}e{power}") for power in powers for step in steps]
        found = [value for value in every if low * 0.999 <= value <= high * 1.001]
        if len(found) >= 3:
            break
    return thinned(found) if len(found) > 1 else [low, high]


def even(low: float, high: float, parts: int = 5) -> list[float]:
    """Round numbers between two, at even distances."""
    if not low < high:
        return [low]
    rough = (high - low) / parts
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough * 0.999)
    count = np.arange(np.ceil(low / step - 1e-6), np.floor(high / step + 1e-6) + 1)
    return [float(f"{number * step:.12g}") for number in count]


def thinned(values: list[float], most: int = MOST_TICKS) -> list[float]:
    """At most so many of values, at even distances."""
    return values[:: -(-len(values) // most)]


def whole_ticks(counts: Sequence[int]) -> dict[str, Any]:
    """What an axis of `counts` (n) needs for not having a tick at one and a half, which reads as 2."""
    return {"dtick": 1} if max(counts, default=0) <= MOST_TICKS else {}


def percent(share: float) -> str:
    """A share with three digits that count: 2.38%, 40%."""
    return f"{spelt(100 * share, 3)}%"


def spelt(value: float, digits: int = 4) -> str:
    """A number with so many digits that count: 0.001, 1e-5."""
    return f"{value:.{digits}g}".replace("e-0", "e-").replace("e+0", "e")
