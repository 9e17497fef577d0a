"""Numbers, and yes or no: one input each, and one more that says where the value is missing."""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from typing_extensions import override

from webapp.datasets.columns import values
from webapp.datasets.preprocessing.inputs import Input
from webapp.datasets.preprocessing.steps import Block, Step

Floats = npt.NDArray[np.float64]


class Number(Step):
    """x -> x - offset; a missing value becomes `stand_in`, with a 1 in the indicator."""

    kind: Literal["number"] = "number"
    stand_in: float
    stands_for: str = "mean"
    offset: float = 0.0
    indicator: bool = False
    n_missing: int = 0

    @classmethod
    @override
    def fit(cls, column: pl.Series, source: Input) -> Self:
        array = cls.read(column)
        present = array[~np.isnan(array)]
        missing = len(array) - len(present)
        how = source.choice.missing or "mean"
        return cls(
            column=source.name,
            required=source.is_dropping,
            stand_in=stand_in(present, how),
            stands_for=how,
            offset=offset(present),
            indicator=bool(source.choice.indicator and missing),
            n_missing=missing,
        )

    @staticmethod
    def read(column: pl.Series, first: int = 0) -> Floats:
        """The values as float64 (m,), NaN where missing. Raises Refusal at what is no number."""
        return values.numbers(column, first)

    @property
    @override
    def names(self) -> Sequence[str]:
        return (self.column, f"{self.column}=missing") if self.indicator else (self.column,)

    @override
    def fill(self, column: pl.Series, out: Block, first: int = 0) -> None:
        array = self.read(column, first)
        if np.isnan(array.sum()):
            missing = np.isnan(array)
            self.refuse_missing(column, missing, first)
            array = np.where(missing, self.stand_in, array)
            if self.indicator:
                out[:, 1] = missing
        np.subtract(array, self.offset, out=out[:, 0], casting="same_kind")

    @property
    @override
    def notes(self) -> Sequence[str]:
        if not self.n_missing or self.required:
            return ()
        count = "1 missing value" if self.n_missing == 1 else f"{self.n_missing:,} missing values"
        filled = f"{self.stand_in:.6g}, the {self.stands_for}, stands in"
        return (f"Column “{self.column}”: {count} in training; {filled}.",)


class Boolean(Number):
    """no -> 0, yes -> 1; a missing value becomes `stand_in`, by default the share of yes."""

    kind: Literal["boolean"] = "boolean"  # type: ignore[assignment]

    @staticmethod
    @override
    def read(column: pl.Series, first: int = 0) -> Floats:
        return values.truths(column, first)


def stand_in(present: Floats, how: str) -> float:
    """The mean, median or mode (the smallest of the most frequent) of `present` (m,); 0 when it is empty."""
    if not len(present):
        return 0.0
    if how == "median":
        return float(np.median(present))
    if how == "mode":
        return float(pl.Series(present).mode().min())  # type: ignore[arg-type]
    return float(present.mean())


def offset(present: Floats) -> float:
    """What to subtract before rounding to float32: 0, unless the column's differences would be lost.

    Times in seconds since 1970 differ by less than float32 can hold; any number among them serves.
    """
    if not len(present):
        return 0.0
    grain = max(abs(float(present.min())), abs(float(present.max()))) * float(np.finfo(np.float32).eps)
    return float(present[0]) if grain > 1e-3 * float(present.std()) > 0 else 0.0
