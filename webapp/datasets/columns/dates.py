"""Dates written as text: which comes first, day, month or year, and what moment each cell means."""

from collections.abc import Iterator
from typing import Literal

import polars as pl

Order = Literal["ymd", "dmy", "mdy"]
ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")
IN_WORDS: dict[str, str] = {"ymd": "year-month-day", "dmy": "day.month.year", "mdy": "month/day/year"}
DATES: dict[Order, tuple[str, ...]] = {
    "ymd": ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"),
    "dmy": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"),
    "mdy": ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y"),
}
LOOKS: dict[Order, str] = {
    "ymd": r"^ ?[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([T ]|$)",
    "dmy": r"^ ?[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}([T ]|$)",
    "mdy": r"^ ?[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}([T ]|$)",
}
TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p")
ZONES = ("", "Z", "%z")
CLOCKS = ("", *(mark + time + zone for zone in ZONES for mark in (" ", "T") for time in TIMES))
MOMENT = pl.Datetime("us")
YEARS = (1000, 9999)  # a year of two digits does not say its century
SAMPLE = 500


def parse(values: pl.Series, order: Order) -> pl.Series:
    """The moments that strings mean, in UTC where a zone is written; null where they are no dates."""
    found = pl.Series(values.name, [None], MOMENT).new_from_index(0, len(values))
    # Most texts are no dates, and one look is far cheaper than dozens of patterns
    alike = values.str.contains(LOOKS[order])
    for pattern in _likely_first(values.filter(alike), order):
        rest = (found.is_null() & alike).arg_true()
        if not len(rest):
            break
        found = found.scatter(rest, _moments(values.gather(rest), pattern))
    return found


def orders_of(values: pl.Series) -> list[Order]:
    """The orders in which every present string is a date; more than one where no day is beyond the 12th."""
    present = values.drop_nulls()
    sample = spread(present, SAMPLE)
    possible = [order for order in ORDERS if len(sample) and not parse(sample, order).null_count()]
    return [order for order in possible if not parse(present, order).null_count()]


def usual(values: pl.Series, orders: list[Order]) -> Order:
    """Which of several possible orders is meant: with strokes the month leads, else the day."""
    example = values.drop_nulls()[0]
    wanted: Order = "mdy" if "/" in example else "dmy"
    return wanted if wanted in orders else orders[0]


def spread(values: pl.Series, at_most: int) -> pl.Series:
    """Every k-th value, about `at_most` of them."""
    return values.gather_every(max(1, len(values) // at_most))


def _likely_first(values: pl.Series, order: Order) -> Iterator[str]:
    """All patterns of an order, those that read a few of the values first."""
    few = spread(values, 20)
    patterns = [date + clock for clock in CLOCKS for date in DATES[order]]
    hits = {pattern: _moments(few, pattern).count() for pattern in patterns} if len(values) > 50 else {}
    yield from sorted(patterns, key=lambda pattern: -hits.get(pattern, 0))


def _moments(values: pl.Series, pattern: str) -> pl.Series:
    moments = values.str.to_datetime(pattern, strict=False, time_unit="us").dt.replace_time_zone(None)
    usable = moments.dt.year().is_between(*YEARS)
    return moments.to_frame().select(pl.when(usable).then(pl.first())).to_series()
