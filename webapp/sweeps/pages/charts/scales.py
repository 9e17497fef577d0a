"""The dimensions of a sweep as the scales of axes, and what is brushed on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from webapp.charts.scale import Scale
from webapp.charts.trials import Look
from webapp.sweeps.pages.parts import Between, OneOf, Part, is_number
from webapp.sweeps.space import Distribution, Integers, LogUniform, OneMinusLog, Options, PowersOfTwo, Value
from webapp.sweeps.wording import in_words, title_of, written

FEW = 64  # whole numbers, up to which a brush goes from one to the next
FINE = 200  # and else so many steps along an axis


class Dimension:
    """A path of the spec with its scale. The `values` are all that trials had: a range that was narrowed
    meanwhile still shows them."""

    def __init__(self, path: str, known: Distribution | None, values: Iterable[Value]) -> None:
        self.path = path
        self.title = title_of(path)
        tried = dict.fromkeys(value for value in values)
        self.options: list[Value] = []
        self.whole = isinstance(known, Integers | PowersOfTwo)
        if isinstance(known, Options):
            self.options = list(dict.fromkeys([*known.options, *tried]))
        elif known is None and not all(map(is_number, tried)):
            self.options = list(tried)
        self.scale = self._of_options() if self.options else self._of_numbers(known, list(tried))

    @property
    def is_numeric(self) -> bool:
        return not self.options

    def drawn(self, values: Iterable[Value]) -> list[Any]:
        """Values as its scale takes them."""
        return list(values) if self.is_numeric else [self._words(value) for value in values]

    def brushes(self, part: Part | None) -> dict[str, Any]:
        """What a page needs to brush it: places upwards, what the address says for each, what is brushed."""
        places, texts = self._stops()
        return {
            "path": self.path,
            "title": self.title,
            "options": not self.is_numeric,
            "places": [round(float(place), 4) for place in places],
            "texts": texts,
            "brush": brushed(self, part),
        }

    def _of_options(self) -> Scale:
        return Scale(self.title, "options", options=tuple(self._words(option) for option in self.options))

    def _of_numbers(self, known: Any, tried: list[Any]) -> Scale:
        ends = [*tried, known.low, known.high] if known is not None else tried or [0, 1]
        low, high = float(min(ends)), float(max(ends))
        match known:
            case PowersOfTwo():
                marks = tuple(float(2**e) for e in range(int(np.log2(low)), int(np.log2(high)) + 1))
                return Scale(self.title, "log", low, high, marks=marks)
            case LogUniform():
                return Scale(self.title, "log", low, high)
            case Integers(log=True):
                return Scale(self.title, "log", low, high)
            case OneMinusLog():
                return Scale(self.title, "one_minus_log", low, high)
            case Integers() if high - low <= 8:
                return Scale(self.title, "linear", low, high, marks=tuple(np.arange(low, high + 1).tolist()))
        return Scale(self.title, "linear", low, high)

    def _words(self, value: Value) -> str:
        """Options that read alike are told apart as the address does."""
        words = [in_words(self.path, option) for option in self.options]
        said = in_words(self.path, value)
        return written(value) if words.count(said) > 1 else said

    def _stops(self) -> tuple[Any, list[str]]:
        scale = self.scale
        if not self.is_numeric:
            return scale.places(scale.options), [written(option) for option in self.options]
        if scale.marks:
            return scale.places(scale.marks), [written(int(mark)) for mark in scale.marks]
        if self.whole and scale.high - scale.low < FEW:
            numbers = np.arange(scale.low, scale.high + 1)
            return scale.places(numbers), [written(int(number)) for number in numbers]
        places = np.linspace(0, 1, FINE + 1)
        digits = 6 if scale.kind == "one_minus_log" else 4
        values = [float(f"{value:.{digits}g}") for value in scale.values(places)]
        return places, [written(round(value) if self.whole else value) for value in values]


class Scores(Dimension):
    """The score as the last axis. Its ends are those of the trials."""

    def __init__(self, look: Look, scores: Iterable[float | None]) -> None:
        known = [score for score in scores if score is not None and (score > 0 or not look.log)]
        self.path, self.title, self.options, self.whole = "score", look.title.capitalize(), [], False
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        if known and low == high:
            low, high = low * 0.9, high * 1.1 + (high == 0)
        low = low if known or not look.log else 0.1
        self.scale = Scale(self.title, "log" if look.log else "linear", low, high, share=look.share)


def brushed(dimension: Dimension, part: Part | None) -> list[float] | None:
    """From where to where in places a dimension is chosen; None when all of it is."""
    scale = dimension.scale
    match part:
        case Between(low=low, high=high):
            ends = [scale.low if low is None else low, scale.high if high is None else high]
            places = np.clip(np.nan_to_num(scale.places(ends), nan=0.0), 0, 1)
        case OneOf(values=values):
            there = scale.places(dimension.drawn(values))
            there = there[np.isfinite(there)]
            if not len(there):
                return None
            room = 0.5 / len(scale.options) if scale.options else 0.01
            places = np.clip([there.min() - room, there.max() + room], 0, 1)
        case _:
            return None
    return [round(float(place), 4) for place in places]
