"""Dates: a number of days for what changes over time, and circles for what comes again."""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from typing_extensions import override

from webapp.datasets.columns import values
from webapp.datasets.columns.dates import Order
from webapp.datasets.preprocessing.inputs import Input
from webapp.datasets.preprocessing.numbers import stand_in
from webapp.datasets.preprocessing.steps import Block, Step

DAY = 86_400_000_000  # in microseconds
MONTHS, WEEKDAYS = 12, 7


class Moment(Step):
    """t -> days since `origin`, and the sine and cosine of the angles of its month, weekday and time of day.

    On a circle December lies beside January. `origin` and `stand_in` count microseconds since 1970.
    """

    kind: Literal["date"] = "date"
    order: Order = "ymd"
    clock: bool = False
    origin: int = 0
    stand_in: int = 0
    stands_for: str = "mean"
    indicator: bool = False
    n_missing: int = 0

    @classmethod
    @override
    def fit(cls, column: pl.Series, source: Input) -> Self:
        found = values.moments(column, source.order)
        present = found.drop_nulls().to_physical().to_numpy()
        how = source.choice.missing or "mean"
        return cls(
            column=source.name,
            required=source.is_dropping,
            order=source.order,
            clock=source.clock,
            stands_for=how,
            origin=int(present.min()) // DAY * DAY if len(present) else 0,
            stand_in=round(stand_in(present.astype(np.float64), how)),
            indicator=bool(source.choice.indicator and found.null_count()),
            n_missing=found.null_count(),
        )

    @property
    @override
    def names(self) -> Sequence[str]:
        circles = ("month", "weekday", "time of day") if self.clock else ("month", "weekday")
        parts = ["days", *(f"{circle} {wave}" for circle in circles for wave in ("sine", "cosine"))]
        return [f"{self.column}: {part}" for part in parts] + [f"{self.column}=missing"] * self.indicator

    @override
    def fill(self, column: pl.Series, out: Block, first: int = 0) -> None:
        found = values.moments(column, self.order, first)
        if found.null_count():
            missing = found.is_null()
            self.refuse_missing(column, missing, first)
            if self.indicator:
                out[:, -1] = missing.to_numpy()
        micros = found.to_physical().fill_null(self.stand_in).to_numpy()
        out[:, 0] = (micros - self.origin) / DAY
        for at, turns in enumerate(self._turns(micros)):
            angle = 2 * np.pi * turns
            out[:, 1 + 2 * at], out[:, 2 + 2 * at] = np.sin(angle), np.cos(angle)

    def _turns(self, micros: npt.NDArray[np.int64]) -> list[npt.NDArray[np.float64]]:
        """How far round each circle a moment is, from 0 to 1."""
        days = micros // DAY
        month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % MONTHS
        weekday = (days + 3) % WEEKDAYS  # 1 January 1970 was a Thursday
        turns = [month / MONTHS, weekday / WEEKDAYS]
        return [*turns, micros % DAY / DAY] if self.clock else turns

    @property
    @override
    def notes(self) -> Sequence[str]:
        if not self.n_missing or self.required:
            return ()
        day = np.datetime64(self.stand_in, "us").astype("datetime64[D]")
        count = "1 missing date" if self.n_missing == 1 else f"{self.n_missing:,} missing dates"
        return (f"Column “{self.column}”: {count} in training; {day}, the {self.stands_for}, stands in.",)
