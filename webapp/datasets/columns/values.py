"""The values of a column as numbers, truth values, levels or moments; a cell that is none of them is refused.

Making a version and answering new rows go through the same functions, so a value means the same in both.
"""

from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.columns import dates
from webapp.datasets.readers.missing import LARGEST, number_of, text_of
from webapp.datasets.recipe import Kind
from webapp.datasets.refusal import Refusal

Floats = npt.NDArray[np.float64]
TRUTHS = (("no", "yes"), ("false", "true"), ("n", "y"), ("f", "t"), ("off", "on"))
WORDS = {word: float(code) for pair in TRUTHS for code, word in enumerate(pair)} | {"0": 0.0, "1": 1.0}
HEADER = 2  # the header is row 1, so the first example is row 2


def numbers(values: pl.Series, first: int = 0) -> Floats:
    """Float64 (m,), NaN where missing. `first` is the number of the first row, for messages."""
    if values.dtype.is_numeric() or values.dtype in (pl.Boolean, pl.Null):
        found = values.cast(pl.Float64).to_numpy()
    elif values.dtype == pl.String:
        found = _numbers_in_text(values, first)
    else:
        refuse_type(values, "numbers")
    if len(found) and not (found.min() >= -LARGEST and found.max() <= LARGEST):
        _refuse_large(values, found, first)
    return found


def _numbers_in_text(values: pl.Series, first: int) -> Floats:
    name = values.name
    text, number = values.to_frame().select(text_of(name), number_of(name).alias("number")).get_columns()
    refuse_first(text, text.is_not_null() & number.is_null(), first, "a usable number")
    return number.to_numpy()


def _refuse_large(values: pl.Series, found: Floats, first: int) -> None:
    """Raise Refusal at an infinite number or one beyond float32; NaN alone is fine, it is a missing one."""
    with np.errstate(invalid="ignore"):
        refuse_first(values, pl.Series(np.abs(found) > LARGEST), first, "a usable number")


def truths(values: pl.Series, first: int = 0) -> Floats:
    """1 for yes, 0 for no, as float64 (m,), NaN where missing."""
    if values.dtype == pl.String:
        name = values.name
        word = values.to_frame().select(text_of(name).str.to_lowercase()).to_series()
        found = word.replace_strict(WORDS, default=None, return_dtype=pl.Float64)
        refuse_first(values, word.is_not_null() & found.is_null(), first, "a yes or no")
        return found.to_numpy()
    found = numbers(values, first)
    refuse_first(values, pl.Series(~np.isin(found, (0, 1)) & ~np.isnan(found)), first, "a yes or no")
    return found


def levels(values: pl.Series) -> pl.Series:
    """The values as people write them: 3, not 3.0. Null where missing."""
    if values.dtype.is_float():
        whole = values.cast(pl.Int64, strict=False)
        frame = pl.DataFrame({"value": values.fill_nan(None), "whole": whole})
        exact = pl.col("value") == pl.col("whole")
        text = pl.when(exact).then(pl.col("whole").cast(pl.String)).otherwise(pl.col("value").cast(pl.String))
        return frame.select(text.alias(values.name)).to_series()
    return values if values.dtype == pl.String else values.cast(pl.String)


def moments(values: pl.Series, order: dates.Order, first: int = 0) -> pl.Series:
    """Datetimes in microseconds, in UTC; text is read in `order`. Null where missing."""
    if values.dtype == pl.String:
        text = values.to_frame().select(text_of(values.name)).to_series()
        found = dates.parse(text, order)
        wanted = f"a date written {dates.IN_WORDS[order]}"
        refuse_first(text, text.is_not_null() & found.is_null(), first, wanted)
        return found
    if values.dtype == pl.Date or values.dtype == pl.Null:
        return values.cast(dates.MOMENT)
    if not isinstance(values.dtype, pl.Datetime):
        refuse_type(values, "dates")
    zoned = values.dt.convert_time_zone("UTC") if values.dtype.time_zone else values
    return zoned.dt.replace_time_zone(None).dt.cast_time_unit("us")


def missing(values: pl.Series, holds: Kind) -> npt.NDArray[np.bool_]:
    """Where (m,) a column that holds such values has none."""
    return clean(without_spelt(values, holds)).is_null().to_numpy()


def without_spelt(values: pl.Series, holds: Kind) -> pl.Series:
    """The values with null for NA and its like, where text is to be numbers, dates, or yes and no."""
    if values.dtype == pl.String and holds in (Kind.NUMERIC, Kind.INTEGER, Kind.BOOLEAN, Kind.DATE):
        return values.to_frame().select(text_of(values.name)).to_series()
    return values


def clean(values: pl.Series) -> pl.Series:
    """The values with NaN for what it is: a missing number."""
    return values.fill_nan(None) if values.dtype.is_float() else values


def refuse_type(values: pl.Series, wanted: str) -> NoReturn:
    """Raise Refusal: the whole column is of a type that cannot be read as wanted."""
    types = {pl.Boolean: "yes or no", pl.Date: "dates", pl.Datetime: "dates"}
    held = "numbers" if values.dtype.is_numeric() else types.get(values.dtype.base_type(), "other values")
    raise Refusal(
        f"Column “{values.name}” holds {held}, not {wanted}.",
        f"Give {wanted}, or choose another kind for this column.",
        column=values.name,
    )


def refuse_first(values: pl.Series, odd: pl.Series, first: int, wanted: str) -> None:
    """Raise Refusal at the first row where `odd` is true, if there is one."""
    rows = odd.arg_true()
    if not len(rows):
        return
    row, value = int(rows[0]) + first + HEADER, short(values[int(rows[0])])
    more = f" ({len(rows):,} such cells)" if len(rows) > 1 else ""
    raise Refusal(
        f"Row {row:,}, column “{values.name}”: “{value}” is not {wanted}{more}.",
        "Correct it, leave it empty to mark the value as missing, or choose another kind for the column.",
        row=row,
        column=values.name,
    )


def refuse_missing(values: pl.Series, missing: pl.Series, first: int) -> None:
    """Raise Refusal at the first missing cell of a column in which none was left for training."""
    rows = missing.arg_true()
    if len(rows):
        row = int(rows[0]) + first + HEADER
        raise Refusal(
            f"Row {row:,}, column “{values.name}”: the value is missing.",
            "Training saw complete rows alone: give a value, or choose what stands in for a missing one.",
            row=row,
            column=values.name,
        )


def short(value: Any) -> str:
    """A value for a message, cut to 40 characters."""
    text = level_name(value)
    return text if len(text) <= 40 else text[:39] + "…"


def level_name(value: Any) -> str:
    """One value as `levels` writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
