"""A table of strings becomes a table of numbers and categories, written as an Arrow file."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import polars as pl

from webapp.datasets.columns.table import each_column
from webapp.datasets.readers.limits import LEAST_ROWS
from webapp.datasets.readers.missing import LARGEST, MISSING, number_of, text_of
from webapp.datasets.refusal import Refusal

ODD_SHARE = 0.05
HEAD_ROWS = 10_000
EXACT = 2**53  # Float64 holds every whole number up to here
FORMULA = r"^[=@]|^[+-][^0-9. ]"
MAX_NAMED = 5
CELLS_IN_MEMORY = 1 << 25  # larger tables go to the disk while they are read
Scan = Callable[[dict[str, pl.DataType]], pl.LazyFrame]


class Survey(NamedTuple):
    """One column's cells: how many hold something, and how many of these are numbers."""

    present: int
    points: int
    commas: int = 0

    @property
    def numbers(self) -> int:
        return max(self.points, self.commas)

    @property
    def decimal(self) -> str:
        """What stands before the decimals; where both can be meant, the comma: the file uses it elsewhere."""
        return "," if self.commas >= self.points and self.commas else "."

    @property
    def odd(self) -> int:
        return self.present - self.numbers

    @property
    def is_number(self) -> bool:
        return self.numbers > 0 and not self.odd

    @property
    def is_spoilt(self) -> bool:
        """Numbers but for a few cells: more likely mistakes than categories."""
        return 0 < self.odd <= max(1, ODD_SHARE * self.present) and self.numbers > self.odd


def write_directly(scan: Scan, names: tuple[str, ...], destination: Path) -> bool:
    """Write the typed table in one pass, types guessed from its first rows; False when it is not so simple.

    `scan` gives the table for a schema. Columns that mix numbers and text, numbers beyond float32 and the
    like are left to `survey`, which takes several passes and finds the cell.
    """
    # Collected first: a streaming query would read far beyond these rows
    schema = _guessed(scan, names)
    if not schema:
        return False
    try:
        _sink(scan(schema).select(_cells(schema)), destination)
    except pl.exceptions.ComputeError:
        return False
    return _fits(destination)


def write_complete(scan: Scan, names: tuple[str, ...], destination: Path, n_cells: int) -> bool:
    """Write the typed table as `write_directly` does, if it has enough rows, each with a value in the last
    column, and some columns of numbers; False when it has not."""
    attempt = destination.with_name(f"{destination.stem}-{uuid4().hex}.arrow")
    try:
        schema = _guessed(scan, names)
        if pl.Float64() not in schema.values():
            return False
        _write(scan(schema).select(_cells(schema)), attempt, n_cells)
    except pl.exceptions.PolarsError:
        return False
    last = pl.scan_ipc(attempt).select(names[-1]).collect().to_series()
    if last.null_count() or len(last) < LEAST_ROWS or not _fits(attempt):
        return False
    attempt.replace(destination)
    return True


def _write(table: pl.LazyFrame, path: Path, n_cells: int) -> None:
    if n_cells <= CELLS_IN_MEMORY:
        table.collect().rechunk().write_ipc(path, compression="uncompressed")
    else:
        table.sink_ipc(path, compression="uncompressed", engine="streaming")


def _cells(schema: dict[str, pl.DataType]) -> list[pl.Expr]:
    return [text_of(name) if kind == pl.String() else pl.col(name) for name, kind in schema.items()]


def _guessed(scan: Scan, names: tuple[str, ...]) -> dict[str, pl.DataType]:
    """The types of the columns by their first rows; empty where numbers and text are mixed."""
    head = survey(scan(dict.fromkeys(names, pl.String())).head(HEAD_ROWS).collect().lazy(), names)
    if any(found.is_spoilt for found in head.values()):
        return {}
    return {name: pl.String() if head[name].odd else pl.Float64() for name in names}


def _fits(destination: Path) -> bool:
    """Whether all numbers are finite and within float32."""
    table = pl.scan_ipc(destination)
    numbers = [name for name, kind in table.collect_schema().items() if kind == pl.Float64]
    return all(each_column(table, numbers, lambda _, column: _is_usable(column)))


def _is_usable(column: pl.Series) -> bool:
    array = column.drop_nulls().to_numpy()  # NaN is no least number and no largest
    return not len(array) or bool(array.min() >= -LARGEST and array.max() <= LARGEST)


def survey(table: pl.LazyFrame, names: tuple[str, ...], decimal: str = ".") -> dict[str, Survey]:
    """Count present cells and numbers of every column of strings, in one pass.

    With the decimal comma, columns may have either that or the point.

    All columns are first put below each other: thousands of expressions take far longer than one.
    """
    numbered = table.select(pl.col(name).alias(str(i)) for i, name in enumerate(names))
    cells = numbered.unpivot(variable_name="position", value_name="cell")
    numbers = {"points": number_of("cell")} | ({"commas": number_of("cell", ",")} if decimal == "," else {})
    counted = cells.select(pl.col("position"), present=text_of("cell"), **numbers)
    counts = counted.group_by("position").agg(pl.col("present", *numbers).count())
    found = {position: Survey(*rest) for position, *rest in counts.collect(engine="streaming").rows()}
    return {name: found.get(str(i), Survey(0, 0)) for i, name in enumerate(names)}


def refuse_spoilt(table: pl.LazyFrame, surveys: dict[str, Survey], n_preamble: int) -> None:
    """Raise Refusal at the first cell that is text where its column holds numbers."""
    for name, counts in surveys.items():
        if counts.is_spoilt:
            odd = text_of(name).is_not_null() & number_of(name, counts.decimal).is_null()
            record = table.select(pl.col(name), odd=odd).with_row_index("record").filter("odd").head(1)
            index, value, _ = record.collect(engine="streaming").row(0)
            _refuse_cell(name, index + n_preamble + 1, value.strip()[:40], counts)


def _refuse_cell(name: str, row: int, value: str, counts: Survey) -> None:
    more = f" ({counts.odd:,} such cells)" if counts.odd > 1 else ""
    raise Refusal(
        f"Row {row:,}, column “{name}”: “{value}” is not a usable number, but the column's other values "
        f"are numbers{more}.",
        "Write the number in plain digits with a decimal point, or leave the cell empty (or NA) to mark it "
        "missing.",
        row=row,
        column=name,
    )


def write_arrow(table: pl.LazyFrame, surveys: dict[str, Survey], destination: Path) -> None:
    """Write the typed table; rows without a single value are left out."""
    typed = [
        number_of(name, found.decimal) if found.is_number else text_of(name)
        for name, found in surveys.items()
    ]
    _sink(table.select(typed), destination)


def as_text(cell: pl.Expr) -> pl.Expr:
    """Strings without surrounding blanks, null where they mean missing."""
    cell = cell.str.strip_chars()
    return pl.when(cell.str.to_lowercase().is_in(MISSING)).then(None).otherwise(cell)


def beyond_exact(destination: Path, names: list[str]) -> list[str]:
    """Which of these number columns hold whole numbers alone, some too large for Float64 to tell apart."""
    if not names:
        return []
    table = pl.scan_ipc(destination)
    largest = table.select(pl.col(names).abs().max()).collect(engine="streaming").row(0)
    large = [name for name, value in zip(names, largest, strict=True) if (value or 0) >= EXACT]
    if not large:
        return []
    whole = table.select((pl.col(large) == pl.col(large).floor()).all()).collect(engine="streaming").row(0)
    return [name for name, is_whole in zip(large, whole, strict=True) if is_whole]


def formulas(destination: Path) -> list[str]:
    """A note on texts that a spreadsheet would take for formulas."""
    table = pl.scan_ipc(destination)
    texts = [name for name, kind in table.collect_schema().items() if kind == pl.String]
    if not texts:
        return []
    begins = table.select(pl.col(texts).str.contains(FORMULA).any()).collect(engine="streaming").row(0)
    found = [name for name, is_formula in zip(texts, begins, strict=True) if is_formula]
    return [f"Texts that begin like formulas were kept as plain text: {listed(found)}."] if found else []


def rounded_note(names: list[str]) -> str:
    """What happened to whole numbers too large for Float64."""
    return (
        f"Whole numbers beyond {EXACT:,} were rounded to 15 digits: {listed(names)}. If they identify "
        "something, they should be texts."
    )


def listed(names: list[str]) -> str:
    """The first few names, quoted."""
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(f"“{name}”" for name in names[:MAX_NAMED]) + more


def _sink(table: pl.LazyFrame, destination: Path) -> None:
    """Write the rows that have a value. Polars may go on writing after it raised: a file for each try."""
    attempt = destination.with_name(f"{destination.stem}-{uuid4().hex}.arrow")
    rows = table.filter(pl.any_horizontal(pl.all().is_not_null()))
    rows.sink_ipc(attempt, compression="uncompressed", engine="streaming")
    attempt.replace(destination)
