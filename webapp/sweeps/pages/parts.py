"""What is chosen of one dimension: numbers between two, or one of several values; as an address says it."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from webapp.sweeps.space import Distribution, Integers, Options, PowersOfTwo, Value
from webapp.sweeps.wording import in_words, written

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
SAME = 1e-9  # relative: numbers as far apart as this are written alike


class Between(NamedTuple):
    """Numbers from `low` to `high`, both included; None: no limit."""

    low: float | None
    high: float | None

    def takes(self, value: Value) -> bool:
        if value is None or isinstance(value, str):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        return "..".join("" if end is None else written(end) for end in self)

    def in_words(self, path: str) -> str:
        low, high = ("" if end is None else in_words(path, end) for end in self)
        return f"{low} to {high}" if low and high else f"from {low}" if low else f"to {high}"


class OneOf(NamedTuple):
    """One of several values."""

    values: tuple[Value, ...]

    def takes(self, value: Value) -> bool:
        return any(same(value, one) for one in self.values)

    def __str__(self) -> str:
        return "|".join(map(written, self.values))

    def in_words(self, path: str) -> str:
        return ", ".join(in_words(path, value) for value in self.values)


Part = Between | OneOf


def read_part(path: str, text: str, options: list[Value] | None) -> Part:
    """`0.001..0.01`, `..5` or `adam|momentum`. Raises ValueError with a sentence."""
    if ".." in text:
        if options is not None and not all(map(is_number, options)):
            raise ValueError(f"{short(text)} is no choice of {', '.join(map(written, options))}.")
        return _between(text)
    values = [_value(part, options) for part in text.split("|") if part]
    if not values:
        raise ValueError("nothing is chosen.")
    return OneOf(tuple(dict.fromkeys(values)))


def _between(text: str) -> Between:
    low, _, high = text.partition("..")
    if not low and not high:
        raise ValueError("a range has a lower end, an upper one, or both, as 0.001..0.01.")
    ends = Between(_number(low) if low else None, _number(high) if high else None)
    if ends.low is not None and ends.high is not None and ends.low > ends.high:
        raise ValueError(f"the range {short(text)} is empty: write its smaller end first.")
    return ends


def _value(text: str, options: list[Value] | None) -> Value:
    if options is None:
        return _number(text)
    number = float(text) if NUMBER.fullmatch(text) else None
    for option in options:
        if written(option) == text or (number is not None and same(option, number)):
            return option
    raise ValueError(f"there is no {short(text)}. There are: {', '.join(map(written, options))}.")


def _number(text: str) -> float:
    if not NUMBER.fullmatch(text.strip()) or abs(number := float(text)) > 1e300:
        raise ValueError(f"{short(text)} is not a number. Write a range as 0.001..0.01.")
    return number


def narrowed(known: Distribution, part: Part) -> Distribution | list[Value]:
    """A distribution over what is chosen of it; the value alone when it is the only one; all when none is."""
    left = _left(known, part)
    if len(left) == 1:
        return left
    return known.narrowed(left) if left else known


def _left(known: Distribution, part: Part) -> list[Value]:
    """What is chosen: the values, or of many the first and the last one."""
    if isinstance(known, Options | PowersOfTwo):
        return [option for option in known.options if part.takes(option)]
    low, high = part if isinstance(part, Between) else (min(part.values), max(part.values))
    low = known.low if low is None else max(low, known.low)
    high = known.high if high is None else min(high, known.high)
    if isinstance(known, Integers):
        low, high = math.ceil(low), math.floor(high)
    return [low, high] if low < high else [low] if low == high else []


def same(one: Value, other: Value) -> bool:
    """Whether two values are alike; numbers as far as one writes them."""
    if is_number(one) and is_number(other):
        return abs(one - other) <= SAME * max(abs(one), abs(other))  # type: ignore[operator]
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def short(text: str) -> str:
    text = text.replace("\0", "")
    return f"“{text[:39]}…”" if len(text) > 40 else f"“{text}”"
