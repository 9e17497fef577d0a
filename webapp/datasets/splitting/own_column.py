"""The parts as a column of the user's says them."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.splitting.shares import refusal_of_shares
from webapp.datasets.splitting.strata import DEV, TEST, TRAIN

NAMES = {
    TRAIN: ("train", "training", "trn"),
    DEV: ("dev", "development", "val", "valid", "validation", "validate", "tune", "tuning"),
    TEST: ("test", "testing", "tst", "holdout", "hold-out"),
}
PART_OF = {name: part for part, names in NAMES.items() for name in names}
WORDS = ("train", "dev", "test")
SHOWN = 5
ADVICE = "Write train, dev (or validation) and test into it, or split in another way."


class OwnParts(NamedTuple):
    """The part (m,) of each row, and what was taken for what, in sentences."""

    parts: npt.NDArray[np.uint8]
    notes: list[str]


def own_parts(values: npt.NDArray[Any] | pl.Series, column: str) -> OwnParts:
    """Read the parts' names, in any case; or two or three other values, the most frequent of which is train.

    Raises Refusal, naming the values, when they cannot be understood or when nothing is left to train on.
    """
    texts = _texts(values)
    counts = texts.value_counts(sort=True).sort(["count", texts.name], descending=[True, False])
    levels: list[str | None] = counts[texts.name].to_list()
    meaning, notes = _meaning(levels, counts["count"].to_list(), column)
    of_level = {level: meaning[level] for level in levels if level is not None}
    parts = texts.replace_strict(of_level, return_dtype=pl.UInt8).to_numpy()
    if not (parts == TRAIN).any():
        raise refusal_of_shares(f"The column “{column}” leaves no row to train on.", ADVICE, column)
    return OwnParts(parts, notes)


def _texts(values: npt.NDArray[Any] | pl.Series) -> pl.Series:
    """The values as trimmed texts, 1 rather than 1.0; null where there is none."""
    series = values if isinstance(values, pl.Series) else pl.Series("part", values, strict=False)
    if series.dtype.is_float():
        series = series.fill_nan(None)
        known = series.drop_nulls()
        if ((known % 1) == 0).all() and (known.abs() < 2**53).all():
            series = series.cast(pl.Int64)
    texts = series.cast(pl.String).str.strip_chars().alias("part")
    return texts.set(texts == "", None)


def _meaning(
    levels: list[str | None], counts: list[int], column: str
) -> tuple[dict[str | None, int], list[str]]:
    known = {level: PART_OF[level.casefold()] for level in levels if level and level.casefold() in PART_OF}
    unknown = [(level, count) for level, count in zip(levels, counts, strict=True) if level not in known]
    if not unknown:
        return known, []
    if not known and None not in levels and len(levels) in (2, 3):
        taken = dict(zip(levels, (TRAIN, TEST) if len(levels) == 2 else (TRAIN, DEV, TEST), strict=True))
        words = ", ".join(f"“{level}” for {WORDS[part]}" for level, part in taken.items())
        return taken, [f"Of the column “{column}”, {words} was taken: the value met most is train."]
    raise refusal_of_shares(
        f"The column “{column}” has values that name no part: {_listed(unknown)}.", ADVICE, column
    )


def _listed(unknown: list[tuple[str | None, int]]) -> str:
    shown = [
        f"“{level[:40]}”" if level is not None else f"nothing in {count:,} {'row' if count == 1 else 'rows'}"
        for level, count in unknown[:SHOWN]
    ]
    more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
    return ", ".join(shown) + more
