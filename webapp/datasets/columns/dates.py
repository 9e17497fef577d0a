"""Dates written as text: which comes first, day, month or year, and what moment each cell means."""

import re
from collections.abc import Iterator
from typing import Literal

import polars as pl

Order = Literal["ymd", "dmy", "mdy"]
ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")
IN_WORDS: dict[str, str] = {"ymd": "year-month-day", "dmy": "day.month.year", "mdy": "month/day/year"}
LOOKS: dict[Order, str] = {
    "ymd": r"^ ?[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([T ]|$)",
    "dmy": r"^ ?[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}([T ]|$)",
    "mdy": r"^ ?[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}([T ]|$)",
}
FIELDS: dict[Order, str] = {"ymd": "%Y{0}%m{0}%d", "dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y"}
SHAPE = re.compile(
    r" ?\d+(?P<mark>[-/.])\d+(?P=mark)\d+"
    r"((?P<gap>[T ]) *\d+:\d+(?P<second>:\d+(?P<fraction>\.\d+)?)?"
    r"(?P<half> *[ap]m)?(?P<zone>Z|[+-]\d+:?\d+)?)?",
    re.IGNORECASE,
)
MOMENT = pl.Datetime("us")
YEARS = (1000, 9999)  # a year of two digits does not say its century
SAMPLE = 500


def parse(values: pl.Series, order: Order) -> pl.Series:
    """The moments that strings mean, in UTC where a zone is written; null where they are no dates."""
    found = pl.Series(values.name, [None], MOMENT).new_from_index(0, len(values))
    # Most texts are no dates, and one look is far cheaper than several patterns
    rest = values.str.contains(LOOKS[order]).arg_true()
    for pattern in _patterns(values.gather(rest), order):
        found = found.scatter(rest, _moments(values.gather(rest), pattern))
        rest = rest.filter(found.gather(rest).is_null())
        if not len(rest):
            break
    return found


def orders_of(values: pl.Series) -> list[Order]:
    """The orders in which every present string is a date; more than one where no day is beyond the 12th."""
    present = values.drop_nulls()
    sample = spread(present, SAMPLE)
    looks = [order for order in ORDERS if len(sample) and re.match(LOOKS[order], sample[0])]
    possible = [order for order in looks if not parse(sample, order).null_count()]
    return [order for order in possible if not parse(present, order).null_count()]


def usual(values: pl.Series, orders: list[Order]) -> Order:
    """Which of several possible orders is meant: with strokes the month leads, else the day."""
    example = values.drop_nulls()[0]
    wanted: Order = "mdy" if "/" in example else "dmy"
    return wanted if wanted in orders else orders[0]


def spread(values: pl.Series, at_most: int) -> pl.Series:
    """Every k-th value, about `at_most` of them."""
    return values.gather_every(max(1, len(values) // at_most))


def _patterns(values: pl.Series, order: Order) -> Iterator[str]:
    """The patterns that the values are written in: that of the first one, then those of all other shapes."""
    first = _pattern(values[0], order) if len(values) else None
    if first:
        yield first
    shapes = values.str.replace_all("[0-9]+", "0").unique(maintain_order=True)
    yield from {pattern: None for shape in shapes if (pattern := _pattern(shape, order)) not in (None, first)}


def _pattern(text: str, order: Order) -> str | None:
    """The pattern of a text that looks like a date."""
    shape = SHAPE.fullmatch(text.rstrip(" "))
    if shape is None:
        return None
    date = FIELDS[order].format(shape["mark"])
    if not shape["gap"]:
        return date
    hour, half = ("%I", " %p") if shape["half"] else ("%H", "")
    second = (":%S" if shape["second"] else "") + ("%.f" if shape["fraction"] else "")
    zone = "" if not shape["zone"] else "Z" if shape["zone"] in "Zz" else "%z"
    return f"{date}{shape['gap']}{hour}:%M{second}{half}{zone}"


def _moments(values: pl.Series, pattern: str) -> pl.Series:
    moments = values.str.to_datetime(pattern, strict=False, time_unit="us").dt.replace_time_zone(None)
    usable = moments.dt.year().is_between(*YEARS)
    return moments.to_frame().select(pl.when(usable).then(pl.first())).to_series()
