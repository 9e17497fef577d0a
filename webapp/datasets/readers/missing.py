"""Which cells mean "no value", and which are numbers: the same answer for strings and for Polars."""

import math
import re

import polars as pl

MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none", "?", "-")
SPELLINGS = sorted(
    {spell(cell) for cell in MISSING for spell in (str, str.upper, str.title)} | {"NaN", "N/a"}
)
# With a decimal comma, dots may group the thousands: 3,5 and 1.234,56
COMMA_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d*)?([eE][+-]?\d+)?")
LARGEST = 1e38  # the arrays are float32, and differences of two such numbers still have to fit


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def is_number(cell: str) -> bool:
    """Whether training can use this cell as a number: finite and within float32."""
    try:
        value = float(cell)
    except ValueError:
        return False
    return math.isfinite(value) and abs(value) <= LARGEST and "_" not in cell


def plain_number(cell: str) -> str:
    """A number with a decimal comma as one with a point; any other cell as it is."""
    if not COMMA_NUMBER.fullmatch(cell):
        return cell
    return cell.replace(".", "").replace(",", ".")


def text_of(name: str) -> pl.Expr:
    """The column of strings without surrounding blanks, null where the cell means missing."""
    cell = pl.col(name).str.strip_chars()
    return pl.when(cell.str.to_lowercase().is_in(MISSING)).then(None).otherwise(cell).alias(name)


def number_of(name: str, decimal: str = ".") -> pl.Expr:
    """The column as Float64, null where the cell is missing or no usable number."""
    cell = text_of(name) if decimal == "." else _with_point(text_of(name))
    value = cell.cast(pl.Float64, strict=False)
    return pl.when(value.is_finite() & (value.abs() <= LARGEST)).then(value).otherwise(None).alias(name)


def _with_point(cell: pl.Expr) -> pl.Expr:
    """`plain_number` for a column; null where a cell is no number with a decimal comma."""
    point = cell.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    return pl.when(cell.str.contains(f"^{COMMA_NUMBER.pattern}$")).then(point)
