"""A table whose columns have types becomes a reading: few types, only numbers that training can use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import polars as pl

from webapp.datasets.readers import types
from webapp.datasets.readers.dialect import unique_names
from webapp.datasets.readers.limits import (
    BoundedFile,
    readable,
    refuse_narrow,
    refuse_short,
    refuse_wide,
)
from webapp.datasets.readers.missing import LARGEST, number_of
from webapp.datasets.refusal import Refusal

TEXTS = (pl.String, pl.Categorical, pl.Enum)
REFUSED = {
    pl.List: "lists", pl.Array: "lists", pl.Struct: "records", pl.Binary: "bytes", pl.Object: "objects",
}  # fmt: skip


class Limits(NamedTuple):
    """`size`: bytes the reading may have. `first_row`: the number of the first row in messages.

    With `mend`, texts in a column of numbers are a mistake to be refused, as in a file without types.
    With `images`, the rows describe images beside the table: none is left out, and one column suffices.
    """

    size: int
    first_row: int = 1
    mend: bool = False
    images: bool = False


def check_columns(schema: pl.Schema, least: int = 2) -> tuple[str, ...]:
    """The names that the columns get. Raises Refusal for nested and binary columns, and too many or few."""
    refuse_wide(len(schema))
    for name, kind in schema.items():
        if (holds := REFUSED.get(kind.base_type())) is not None:
            raise Refusal(
                f"Column “{name[:60]}” holds {holds}, not one value in each row.",
                "Spread what it holds over columns of their own, or remove the column.",
                column=name,
            )
    refuse_narrow(len(schema), least)
    return tuple(unique_names(list(schema)))


def write(table: pl.LazyFrame, destination: Path, limits: Limits) -> list[str]:
    """Write the columns of `table` as Float64, String, Boolean and Datetime; notes on what was converted.

    Raises Refusal at infinite numbers and those beyond float32.
    """
    schema = table.collect_schema()
    names = dict(zip(schema, check_columns(schema, 1 if limits.images else 2), strict=True))
    draft = destination.with_name("draft.arrow")
    typed = table.select(_converted(name, kind).alias(names[name]) for name, kind in schema.items())
    _write(typed, draft, limits)
    _refuse_infinite(table, names, draft, limits)
    kinds = {names[name]: kind for name, kind in schema.items()}
    notes = [*_notes(kinds), *_rounded(kinds, draft), *_renamed(names)]
    notes += _texts_as_numbers(draft, kinds, limits) + types.formulas(draft)
    draft.replace(destination)
    return notes


@contextmanager
def decoding(title: str) -> Iterator[None]:
    """Raise Refusal for what Polars says about a file of the format `title` that it cannot decode."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
        raise Refusal(
            f"This {title} file is damaged, cut short or written in a way that cannot be read ({reason}).",
            "Write it again, or upload the table as CSV.",
        ) from error


def _converted(name: str, kind: pl.DataType) -> pl.Expr:
    column, base = pl.col(name), kind.base_type()
    if kind.is_float():
        return column.cast(pl.Float64).fill_nan(None)
    if kind.is_integer() or kind.is_decimal():
        return column.cast(pl.Float64)
    if base in TEXTS:
        return types.as_text(column.cast(pl.String))
    if base == pl.Date:
        return column.cast(pl.Datetime("us"))
    if base == pl.Datetime:
        if getattr(kind, "time_zone", None):
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return column.cast(pl.Datetime("us"))
    if base == pl.Time:
        return column.cast(pl.Int64).cast(pl.Float64) / 1e9
    if base == pl.Duration:
        return column.cast(pl.Duration("us")).cast(pl.Int64).cast(pl.Float64) / 1e6
    return column if base == pl.Boolean else column.cast(pl.String)


def _write(table: pl.LazyFrame, destination: Path, limits: Limits) -> None:
    """Write the rows that have a value. Raises Refusal when they are too few, or too many bytes."""
    rows = table if limits.images else table.filter(pl.any_horizontal(pl.all().is_not_null()))
    with BoundedFile(destination, limits.size) as file:
        rows.sink_ipc(file, compression="uncompressed", engine="streaming")
    refuse_short(pl.scan_ipc(destination).select(pl.len()).collect().item())


def refuse_large(n_rows: int, n_columns: int, limit: int) -> None:
    """Raise Refusal when a table that announces so many cells would have more than `limit` bytes."""
    if 8 * n_rows * n_columns > limit:
        raise Refusal(
            f"This table says that it has {n_rows:,} rows and {n_columns:,} columns: that is "
            f"{readable(8 * n_rows * n_columns)}, and a file of this size may become {readable(limit)}.",
            "Upload fewer rows or columns.",
        )


def _refuse_infinite(table: pl.LazyFrame, names: dict[str, str], destination: Path, limits: Limits) -> None:
    written = pl.scan_ipc(destination)
    numbers = [name for name, kind in written.collect_schema().items() if kind == pl.Float64]
    if not numbers:
        return
    fits = written.select((pl.col(n).is_finite() & (pl.col(n).abs() <= LARGEST)).all() for n in numbers)
    for name, fit in zip(numbers, fits.collect(engine="streaming").row(0), strict=True):
        if not fit:
            source = next(key for key, value in names.items() if value == name)
            _refuse_number(table, source, name, limits.first_row)


def _refuse_number(table: pl.LazyFrame, source: str, name: str, first_row: int) -> None:
    value = pl.col(source).cast(pl.Float64).fill_nan(None)
    found = table.select(value.alias("value")).with_row_index("index")
    bad = found.filter(~(pl.col("value").is_finite() & (pl.col("value").abs() <= LARGEST))).head(1)
    index, number = bad.collect(engine="streaming").row(0)
    raise Refusal(
        f"Row {index + first_row:,}, column “{name}”: {number:g} is not a number that training can use.",
        f"Numbers must be finite and at most {LARGEST:g}: correct it, or leave it empty to mark it missing.",
        row=index + first_row,
        column=name,
    )


def _texts_as_numbers(destination: Path, kinds: dict[str, pl.DataType], limits: Limits) -> list[str]:
    """Rewrite the columns whose texts are numbers, all of them; a note on which."""
    texts = tuple(name for name, kind in kinds.items() if kind.base_type() in TEXTS)
    if not texts:
        return []
    written = pl.scan_ipc(destination)
    surveys = types.survey(written.select(texts), texts)
    if limits.mend:
        types.refuse_spoilt(written, surveys, limits.first_row - 1)
    numbers = [name for name, found in surveys.items() if found.is_number]
    if not numbers:
        return []
    other = destination.with_suffix(".numbers")
    written.with_columns(number_of(name) for name in numbers).sink_ipc(
        other, compression="uncompressed", engine="streaming"
    )
    other.replace(destination)
    return [f"Texts that are numbers were read as numbers: {types.listed(numbers)}."]


def _notes(kinds: dict[str, pl.DataType]) -> Iterator[str]:
    """What the types alone say about the conversion."""
    said = {
        "Decimal numbers were converted to floating point": pl.Decimal,
        "Times of day were converted to seconds since midnight": pl.Time,
        "Durations were converted to seconds": pl.Duration,
    }
    for sentence, base in said.items():
        if found := [name for name, kind in kinds.items() if kind.base_type() == base]:
            yield f"{sentence}: {types.listed(found)}."
    if zoned := [name for name, kind in kinds.items() if getattr(kind, "time_zone", None)]:
        yield f"Times with a time zone were converted to UTC: {types.listed(zoned)}."


def _rounded(kinds: dict[str, pl.DataType], destination: Path) -> list[str]:
    whole = [name for name, kind in kinds.items() if kind.is_integer() or kind.is_decimal()]
    found = types.beyond_exact(destination, whole)
    return [types.rounded_note(found)] if found else []


def _renamed(names: dict[str, str]) -> list[str]:
    changed = [f"“{old[:30]}” is now “{new}”" for old, new in names.items() if old != new]
    more = f" and {len(changed) - types.MAX_NAMED} more" if len(changed) > types.MAX_NAMED else ""
    return [f"Columns were renamed: {', '.join(changed[: types.MAX_NAMED])}{more}."] if changed else []
