"""Excel workbooks (.xlsx): one sheet of them, by its stored values."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import fastexcel

from webapp.datasets.readers import isolated, sheets, typed, zipped
from webapp.datasets.readers.dialect import SAMPLE_ROWS, looks_like_header, unique_names
from webapp.datasets.readers.limits import refuse_short, refuse_wide, unpacked_limit
from webapp.datasets.readers.options import Options
from webapp.datasets.readers.signatures import is_workbook
from webapp.datasets.refusal import Refusal

TITLE = "Excel workbook"
OPTIONS = ("sheet",)  # the choices of Options that it heeds
MAX_CELLS = 16_000_000  # the reader keeps 32 bytes for each cell between the first and the last
AS_CSV = "Save the sheet as CSV and upload that."


def accepts(head: bytes) -> bool:
    return is_workbook(head)


def refuse_early(head: bytes) -> None:
    """The list of parts stands at the file's end."""


def inspect(path: Path, work: Path, options: Options) -> tuple[str, ...]:
    return tuple(isolated.call("xlsx", "names", path, work, options))


def read(path: Path, work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
    notes = isolated.call("xlsx", "convert", path, work, options)
    progress(1)
    return list(notes)


def names(path: Path, work: Path, options: Options) -> tuple[str, ...]:
    """The columns' names, by the first rows of the sheet."""
    sheet, _ = _chosen(path, options)
    with _opened(path, work) as book:
        _, has_header, rows = _layout(book, sheet)
    return tuple(_names(rows, has_header))


def convert(path: Path, work: Path, options: Options) -> list[str]:
    """Write the reading of the sheet into `work`; notes."""
    sheet, n_others = _chosen(path, options)
    with _opened(path, work) as book:
        n_title, has_header, rows = _layout(book, sheet)
        above = n_title + has_header
        header = above - 1 if above else None  # what stands there is replaced by our names
        loaded = book.load_sheet(sheet.name, header_row=header, schema_sample_rows=None)
        frame = loaded.to_polars()
        frame.columns = _names(rows, has_header)
        limits = typed.Limits(unpacked_limit(path), sheet.first_row + above, mend=True)
        notes = typed.write(frame.lazy(), work / "table.arrow", limits)
    return [*_notes(sheet, n_others, n_title, has_header), *sheets.notes(sheet), *notes]


@contextmanager
def _opened(path: Path, work: Path) -> Iterator[fastexcel.ExcelReader]:
    """The workbook, under a name that tells its format: the library looks at that first."""
    link = work / "book.xlsx"
    link.unlink(missing_ok=True)
    link.symlink_to(path.resolve())
    with typed.decoding(TITLE):
        try:
            yield fastexcel.read_excel(link)
        except fastexcel.FastExcelError as error:
            raise ValueError(str(error)) from error


def _chosen(path: Path, options: Options) -> tuple[sheets.Sheet, int]:
    """The sheet asked for, else the first with values, and how many others there are. Raises Refusal."""
    with zipped.opened(path) as archive:
        found = sheets.worksheets(archive)
        if not found:
            raise Refusal("This workbook has no sheet of cells.", AS_CSV)
        told = ", ".join(f"“{sheet.name}”" for sheet in found[:12])
        wanted = [sheet for sheet in found if sheet.name == options.sheet] if options.sheet else found
        if not wanted:
            raise Refusal(f"There is no sheet “{options.sheet}”.", f"The sheets are: {told}.", field="sheet")
        surveyed = (sheets.survey(archive, sheet) for sheet in wanted)
        sheet = next((sheet for sheet in surveyed if sheet.n_values), None)
    if sheet is None:
        raise Refusal(f"No cell of {told} has a value.", "Upload a sheet with one row per example.")
    _refuse_extent(sheet)
    return sheet, len(found) - 1


def _refuse_extent(sheet: sheets.Sheet) -> None:
    n_rows = sheet.last_row - sheet.first_row + 1
    n_columns = sheet.last_column - sheet.first_column + 1
    refuse_wide(n_columns)
    if n_rows * n_columns > MAX_CELLS:
        last = f"{sheets.column_letters(sheet.last_column)}{sheet.last_row}"
        raise Refusal(
            f"The sheet “{sheet.name}” reaches to {last}: that is {n_rows * n_columns:,} cells, and at most "
            f"{MAX_CELLS:,} are read from a workbook ({sheet.n_values:,} have a value).",
            f"Delete stray cells far out. {AS_CSV}",
        )


def _layout(book: fastexcel.ExcelReader, sheet: sheets.Sheet) -> tuple[int, bool, list[list[str]]]:
    """How many title rows come first, whether a header follows, and the first rows from there on."""
    head = book.load_sheet(sheet.name, header_row=None, n_rows=SAMPLE_ROWS + 1, dtypes="string").to_polars()
    rows = [["" if cell is None else cell.strip() for cell in row] for row in head.rows()]
    filled = [sum(map(bool, row)) for row in rows]
    several = next((i for i, count in enumerate(filled) if count > 1), 0)
    n_title = several if max(filled, default=0) > 1 else 0
    rows = rows[n_title:]
    shown = [row for row in rows if any(row)]
    refuse_short(len(shown)) if len(shown) < 2 else None
    return n_title, looks_like_header(shown), rows


def _names(rows: list[list[str]], has_header: bool) -> list[str]:
    return unique_names(rows[0] if has_header else [""] * len(rows[0]))


def _notes(sheet: sheets.Sheet, n_others: int, n_title: int, has_header: bool) -> list[str]:
    others = {0: "", 1: " (there is another sheet)"}.get(n_others, f" (there are {n_others} other sheets)")
    notes = [f"Read the sheet “{sheet.name}” of a workbook{others}."]
    if n_title:
        notes.append(f"The first {n_title} rows were taken for a title." if n_title > 1 else
                     "The first row was taken for a title.")  # fmt: skip
    if not has_header:
        notes.append("No header was found: the columns are called column_1, column_2 and so on.")
    return notes
