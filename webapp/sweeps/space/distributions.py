"""Distributions: how the values of one dimension are spread, each on the scale that suits it.

Every distribution is a map from a place in [0, 1) to a value: what is drawn evenly there is spread as it
should be here. So one generator of even numbers, random or Sobol's, serves them all, and a chart that is even
in places shows each dimension on its own scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal, Self, TypeGuard

import numpy as np
from pydantic import ConfigDict, Field, model_validator
from typing_extensions import override

from engine.choices import Choice

Value = bool | int | float | str | None
MAX_OPTIONS = 64


class Distribution(Choice):
    """The base of all distributions."""

    @property
    def size(self) -> int | None:
        """How many different values there are; None for a continuum."""
        return None

    def at(self, place: float) -> Value:
        """The value at a place in [0, 1)."""
        raise NotImplementedError

    def place(self, value: Value) -> float:
        """Where in [0, 1] a value lies: of several, in the middle of its share."""
        raise NotImplementedError

    def grid(self, steps: int) -> list[Value]:
        """At most so many values at even distances on this scale, both ends among them."""
        places = np.linspace(0, np.nextafter(1, 0), steps) if steps > 1 else [0.5]
        return list(dict.fromkeys(self.at(float(place)) for place in places))

    def holds(self, value: Value) -> bool:
        """Whether it is one of its values."""
        raise NotImplementedError

    def narrowed(self, values: Sequence[Value]) -> Distribution:
        """The same kind of distribution over no more than spans `values`, which are some of its own."""
        raise NotImplementedError

    def stretched(self, below: float, above: float) -> Distribution:
        """The same kind with its ends further out by these shares of its own breadth, on its own scale.
        Raises ValueError when that scale ends before."""
        return self


class Bounded(Distribution):
    """The base of those with two ends, both included."""

    low: float = Field(title="From")
    high: float = Field(title="To")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low < self.high:
            low, high = (f"{end:g}".replace("e-0", "e-") for end in (self.low, self.high))
            raise ValueError(
                f"The range from {low} to {high} is empty: give a lower end that is smaller than the upper "
                "one."
            )
        return self

    @override
    def narrowed(self, values: Sequence[Value]) -> Distribution:
        numbers = [value for value in values if _is_number(value)]
        low, high = max(min(numbers), self.low), min(max(numbers), self.high)
        return self if not low < high else self.model_copy(update={"low": low, "high": high})


class Interval(Bounded):
    """The base of those between two numbers, on a scale of their own."""

    def to_scale(self, value: float) -> float:
        """The value on the scale on which it is spread evenly."""
        raise NotImplementedError

    def from_scale(self, value: float) -> float:
        """The inverse of `to_scale`."""
        raise NotImplementedError

    @override
    def at(self, place: float) -> Value:
        low, high = self.to_scale(self.low), self.to_scale(self.high)
        return min(max(self.from_scale(low + place * (high - low)), self.low), self.high)

    @override
    def place(self, value: Value) -> float:
        low, high = self.to_scale(self.low), self.to_scale(self.high)
        there = self.to_scale(float(value or 0))
        return (there - low) / (high - low) if low < high else 0.5  # ends too close to tell apart

    @override
    def grid(self, steps: int) -> list[Value]:
        if steps == 1:
            return [self.at(0.5)]
        inner = [self.at(i / (steps - 1)) for i in range(1, steps - 1)]
        return list(dict.fromkeys([self.low, *inner, self.high]))

    @override
    def holds(self, value: Value) -> bool:
        return _is_number(value) and self.low <= value <= self.high

    @override
    def stretched(self, below: float, above: float) -> Distribution:
        low, high = self.to_scale(self.low), self.to_scale(self.high)
        breadth = high - low
        ends = {
            "low": self.from_scale(low - below * breadth) if below else self.low,
            "high": self.from_scale(high + above * breadth) if above else self.high,
        }
        return type(self)(**ends)


class Uniform(Interval):
    """Evenly between two numbers. For shares such as keep_prob."""

    model_config = ConfigDict(title="Even")
    kind: Literal["uniform"] = "uniform"

    @override
    def to_scale(self, value: float) -> float:
        return value

    @override
    def from_scale(self, value: float) -> float:
        return value


class LogUniform(Interval):
    """Evenly in the exponent: as many values from 0.0001 to 0.001 as from 0.1 to 1. For learning rates and
    L2, whose size is what matters.

    value = 10^r, r even.
    """

    model_config = ConfigDict(title="Logarithmic")
    kind: Literal["log"] = "log"

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.low <= 0:
            raise ValueError(
                f"A logarithmic range cannot begin at {self.low:g}: there is no logarithm of zero or less. "
                "Give a small number, such as 0.0001, or spread the values evenly."
            )
        return self

    @override
    def to_scale(self, value: float) -> float:
        return math.log10(value)

    @override
    def from_scale(self, value: float) -> float:
        return float(10**value)


class OneMinusLog(Interval):
    """Evenly in the exponent of what is missing to 1. For momentum and the betas of Adam: from 0.999 to
    0.9995 changes as much as from 0.9 to 0.95.

    value = 1 - 10^r, r even.
    """

    model_config = ConfigDict(title="1 - 10^r")
    kind: Literal["one_minus_log"] = "one_minus_log"

    @model_validator(mode="after")
    def _below_one(self) -> Self:
        if not 0 <= self.low < self.high < 1:
            raise ValueError(
                f"A range of 1 - 10^r lies between 0 and 1, without 1: {self.low:g} to {self.high:g} does "
                "not. Give 0.9 to 0.999, say."
            )
        return self

    @override
    def to_scale(self, value: float) -> float:
        return -math.log10(1 - value)

    @override
    def from_scale(self, value: float) -> float:
        return float(1 - 10**-value)


class Integers(Bounded):
    """Whole numbers, both ends included; evenly, or evenly in the exponent. For units and layers."""

    model_config = ConfigDict(title="Whole numbers")
    kind: Literal["integers"] = "integers"
    low: int = Field(title="From", ge=0)
    high: int = Field(title="To", le=2**53 - 1)
    log: bool = Field(False, title="Logarithmic")

    @model_validator(mode="after")
    def _has_logarithms(self) -> Self:
        if self.log and self.low < 1:
            raise ValueError("A logarithmic range of whole numbers begins at 1 or above.")
        return self

    @property
    @override
    def size(self) -> int:
        return self.high - self.low + 1

    def _ends(self) -> tuple[float, float]:
        low, high = self.low - 0.5, self.high + 0.5
        return (math.log(low), math.log(high)) if self.log else (low, high)

    @override
    def at(self, place: float) -> Value:
        low, high = self._ends()
        there = low + place * (high - low)
        return min(max(round(math.exp(there) if self.log else there), self.low), self.high)

    @override
    def place(self, value: Value) -> float:
        low, high = self._ends()
        number = float(value or 0)
        return ((math.log(number) if self.log else number) - low) / (high - low)

    @override
    def holds(self, value: Value) -> bool:
        return _is_number(value) and self.low <= value <= self.high and value == int(value)

    @override
    def stretched(self, below: float, above: float) -> Distribution:
        low, high = self._ends()
        low, high = low - below * (high - low), high + above * (high - low)
        low, high = (math.exp(low), math.exp(high)) if self.log else (low, high)
        return Integers(
            low=min(math.ceil(low), self.low - 1) if below else self.low,
            high=max(math.floor(high), self.high + 1) if above else self.high,
            log=self.log,
        )


class PowersOfTwo(Bounded):
    """16, 32, 64, ...: all as likely. For the batch size, which is fastest so."""

    model_config = ConfigDict(title="Powers of two")
    kind: Literal["powers_of_two"] = "powers_of_two"
    low: int = Field(title="From", ge=1)
    high: int = Field(title="To", le=2**30)

    @model_validator(mode="after")
    def _powers(self) -> Self:
        for number in (self.low, self.high):
            if number & (number - 1):
                below = 1 << (number.bit_length() - 1)
                raise ValueError(f"{number} is no power of two: give {below} or {2 * below}.")
        return self

    @property
    def options(self) -> list[int]:
        """All values, in order."""
        return [1 << e for e in range(self.low.bit_length() - 1, self.high.bit_length())]

    @property
    @override
    def size(self) -> int:
        return len(self.options)

    @override
    def at(self, place: float) -> Value:
        return self.options[int(place * self.size)]

    @override
    def place(self, value: Value) -> float:
        return (math.log2(float(value or 1)) - math.log2(self.low) + 0.5) / self.size

    @override
    def holds(self, value: Value) -> bool:
        return value in self.options

    @override
    def stretched(self, below: float, above: float) -> Distribution:
        fewer, more = math.ceil(below * self.size), math.ceil(above * self.size)
        if self.low >> fewer < 1:
            raise ValueError("There is no power of two below 1.")
        return PowersOfTwo(low=self.low >> fewer, high=self.high << more)


class Options(Distribution):
    """One of a few, all as likely. For activations, optimizers, initialisations."""

    model_config = ConfigDict(title="Choice")
    kind: Literal["options"] = "options"
    options: tuple[bool | int | float | str | None, ...] = Field(title="Options", max_length=MAX_OPTIONS)

    @model_validator(mode="after")
    def _several(self) -> Self:
        if len(set(map(repr, self.options))) < max(2, len(self.options)):
            raise ValueError("Give at least two options, each of them once.")
        return self

    @property
    @override
    def size(self) -> int:
        return len(self.options)

    @override
    def at(self, place: float) -> Value:
        return self.options[int(place * self.size)]

    @override
    def place(self, value: Value) -> float:
        return (self.options.index(value) + 0.5) / self.size

    @override
    def grid(self, steps: int) -> list[Value]:
        return list(self.options)

    @override
    def narrowed(self, values: Sequence[Value]) -> Distribution:
        kept = tuple(option for option in self.options if option in values)
        return self if len(kept) < 2 else self.model_copy(update={"options": kept})

    @override
    def holds(self, value: Value) -> bool:
        return value in self.options


def _is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


AnyDistribution = Annotated[
    LogUniform | Uniform | OneMinusLog | Integers | PowersOfTwo | Options, Field(discriminator="kind")
]
