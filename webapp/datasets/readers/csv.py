"""Delimited text: comma, semicolon, tab or pipe, in any common encoding."""

import csv
import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from webapp.datasets.readers import gzipped, text, types
from webapp.datasets.readers.dialect import DELIMITERS, Dialect, detect_dialect, is_spaced
from webapp.datasets.readers.limits import refuse_short, refuse_wide
from webapp.datasets.readers.missing import SPELLINGS
from webapp.datasets.readers.options import Options
from webapp.datasets.readers.structure import MAX_LINE, check_rectangular, refuse_long_line
from webapp.datasets.refusal import Refusal

HEAD = 4 << 20
TITLE = "CSV"


class NotPlainError(Exception):
    """Quotes that Polars reads differently from everybody else: the text has to be rewritten first."""


def accepts(_head: bytes) -> bool:
    """Text is the last resort: what no other reader knows is read as a table or refused by name."""
    return True


def refuse_early(head: bytes) -> None:
    """Raise Refusal for a file whose first bytes already show that it has no lines."""
    if len(head) >= MAX_LINE and b"\n" not in head[:MAX_LINE] and b"\r" not in head[:MAX_LINE]:
        refuse_long_line(1)


def inspect(path: Path, work: Path, _options: Options) -> tuple[str, ...]:
    """Check the head of `path` alone, and return the names of its columns; `work` is a scratch folder."""
    path = gzipped.beginning(path, work, HEAD + 1)
    plain = work / "head.csv"
    with path.open("rb") as file:
        encoding = text.detect_encoding(file.read(HEAD))
    text.write_utf8(path, plain, encoding, limit=HEAD)
    content = plain.read_bytes()
    if path.stat().st_size > HEAD:
        content = content[: content.rfind(b"\n") + 1]
    plain.write_bytes(_tabbed(content) if is_spaced(content) else content)
    dialect = _shape(plain, ignore)
    _types(plain, dialect)
    return dialect.names


def read(path: Path, work: Path, _options: Options, progress: Callable[[float], None]) -> list[str]:
    """Write the typed table to `work`/table.arrow and return notes on what was converted.

    `progress` hears the share done, from 0 to 1. Raises Refusal naming the row and the column.
    """
    path = gzipped.unpacked(path, work)
    with path.open("rb") as file:
        encoding = text.detect_encoding(file.read(HEAD))
    try:
        spaced, dialect = _read(path, work, encoding, progress)
    except text.NotUtf8Error:
        encoding = "cp1252"
        spaced, dialect = _read(path, work, encoding, progress)
    return [*_notes(encoding, dialect, spaced), *_content_notes(work / "table.arrow")]


def ignore(done: float) -> None:
    """A listener that does not listen."""


def _read(path: Path, work: Path, encoding: str, progress: Callable[[float], None]) -> tuple[bool, Dialect]:
    """Write the table; whether blanks separate its values, and its dialect."""
    plain = _plain(path, work, encoding)
    spaced = is_spaced(_head(plain))
    return spaced, _settle(_with_tabs(plain, work) if spaced else plain, work, progress)


def _with_tabs(plain: Path, work: Path) -> Path:
    """A copy with one tab for each run of blanks."""
    copy, rest = work / "tabs.csv", b""
    with copy.open("wb") as file:
        for block in text.utf8_blocks(plain):
            complete, mark, rest = (rest + block).rpartition(b"\n")
            file.write(_tabbed(complete) + mark)
            if len(rest) > MAX_LINE:
                refuse_long_line(2)
        file.write(_tabbed(rest))
    return copy


def _tabbed(content: bytes) -> bytes:
    return b"\n".join(b"\t".join(line.split()) for line in content.split(b"\n"))


def _plain(path: Path, work: Path, encoding: str) -> Path:
    """`path` itself when Polars can read its bytes, else a copy as UTF-8 with line feeds."""
    if encoding in ("utf-8", "utf-8-sig") and not _has_only_returns(path):
        return path
    copy = work / "text.csv"
    text.write_utf8(path, copy, encoding)
    return copy


def _has_only_returns(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(MAX_LINE)
    return b"\r" in head and b"\n" not in head


def _settle(plain: Path, work: Path, progress: Callable[[float], None]) -> Dialect:
    try:
        return _write_table(plain, work, progress)
    except (NotPlainError, pl.exceptions.PolarsError):
        rewritten = work / "rewritten.csv"
        _rewrite(plain, rewritten)
    try:
        return _write_table(rewritten, work, progress, strict=False)
    except pl.exceptions.PolarsError as error:
        raise Refusal(
            f"This table cannot be read: {str(error).splitlines()[0]}.",
            "Look for stray double quotes, or export the table again as CSV.",
        ) from error


def _write_table(plain: Path, work: Path, progress: Callable[[float], None], strict: bool = True) -> Dialect:
    destination = work / "table.arrow"
    if strict and (simple := _write_simple(plain, destination)):
        progress(1)
        return simple
    dialect = _shape(plain, progress, strict)
    # Polars' own decimal comma would read 1.234 as 1.234 even where it means 1234
    if dialect.decimal == "," or not any(
        types.write_directly(functools.partial(_scan, plain, dialect, missing), dialect.names, destination)
        for missing in (_spellings(plain, dialect), SPELLINGS)
    ):
        types.write_arrow(_strings(plain, dialect), _types(plain, dialect), destination)
    progress(1)
    return dialect


def _write_simple(plain: Path, destination: Path) -> Dialect | None:
    """Write a table without quotes, blank lines and a gap in its last column; None where it is none.

    Polars refuses a row with a value too many, and one with too few lacks a value in the last column: where
    none does, the records need no counting. Whatever is odd is left to the thorough way, which tells the row.
    """
    head, start = _head(plain), _start(plain)
    dialect = detect_dialect(head)
    refuse_wide(len(dialect.names))
    if dialect.decimal == "," or not start.isascii() or b'"' in start or b"\0" in start:
        return None
    scan = functools.partial(_scan, plain, dialect, _spellings(plain, dialect), exact=True)
    n_cells = plain.stat().st_size * (head.count(dialect.delimiter.encode()) + head.count(b"\n")) // len(head)
    with ThreadPoolExecutor(1) as pool:
        clean = pool.submit(text.is_clean, plain)  # beside Polars, which lets Python run
        written = types.write_complete(scan, dialect.names, destination, n_cells)
        return dialect if written and clean.result() else None


def _shape(plain: Path, progress: Callable[[float], None], strict: bool = True) -> Dialect:
    """The dialect, once the number of columns, the number of rows and the length of each are checked."""
    dialect = detect_dialect(_head(plain))
    refuse_wide(len(dialect.names))
    size = plain.stat().st_size
    blocks = text.utf8_blocks(plain)
    n_rows = check_rectangular(
        _plainly(blocks, dialect) if strict else blocks,
        dialect.delimiter,
        dialect.quoted,
        len(dialect.names),
        dialect.n_preamble,
        lambda done: progress(0.5 * done / size),
    )
    _refuse_short(n_rows, dialect)
    return dialect


def _types(plain: Path, dialect: Dialect) -> dict[str, types.Survey]:
    """What each column holds; raises Refusal at text among numbers."""
    table = _strings(plain, dialect)
    surveys = types.survey(table, dialect.names, dialect.decimal)
    types.refuse_spoilt(table, surveys, dialect.n_preamble)
    return surveys


def _start(plain: Path) -> bytes:
    with plain.open("rb") as file:
        return file.read(HEAD)


def _head(plain: Path) -> bytes:
    """The start, up to the end of a row."""
    head = _start(plain)
    return (head[: head.rfind(b"\n") + 1] or head) if len(head) == HEAD else head


def _plainly(blocks: Iterator[bytes], dialect: Dialect) -> Iterator[bytes]:
    """The same blocks, unless a quote follows a separator and a blank, which Polars takes for text."""
    pattern = f'{dialect.delimiter} "'.encode()
    for block in blocks:
        if dialect.quoted and pattern in block:
            raise NotPlainError
        yield block


def _spellings(plain: Path, dialect: Dialect) -> list[str]:
    """The ways to write "no value" that the head shows: to look for all of them takes twice as long."""
    head = _head(plain)
    return [word for word in SPELLINGS if f"{dialect.delimiter}{word}".encode() in head]


def _strings(plain: Path, dialect: Dialect) -> pl.LazyFrame:
    """The data records as strings."""
    return _scan(plain, dialect, [], dict.fromkeys(dialect.names, pl.String()))


def _scan(
    plain: Path, dialect: Dialect, missing: list[str], schema: dict[str, pl.DataType], exact: bool = False
) -> pl.LazyFrame:
    """The data records. Their width is checked already; only the header may be wider.

    With `exact`, a record that is too wide is an error, if there are columns of numbers.
    """
    is_typed = any(kind == pl.Float64 for kind in schema.values())
    table = pl.scan_csv(
        plain,
        has_header=False,
        schema=schema,
        separator=dialect.delimiter,
        quote_char='"' if dialect.quoted else None,
        null_values=missing if is_typed else None,
        skip_rows=dialect.n_preamble if is_typed else 0,
        missing_columns="insert",
        extra_columns="raise" if exact and is_typed else "ignore",
        truncate_ragged_lines=not (exact and is_typed),
        glob=False,
    )
    return table if is_typed else table.slice(dialect.n_preamble)


def _rewrite(plain: Path, destination: Path) -> None:
    """Read with the lenient reader of the standard library, write with unambiguous quotes."""
    dialect = detect_dialect(_head(plain))
    csv.field_size_limit(MAX_LINE)
    with (
        plain.open(encoding="utf-8-sig", newline="") as source,
        destination.open("w", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target, delimiter=dialect.delimiter, lineterminator="\n")
        try:
            writer.writerows(csv.reader(source, delimiter=dialect.delimiter, skipinitialspace=True))
        except csv.Error as error:
            raise Refusal(
                f"This table cannot be read as CSV: {error}.",
                "Look for double quotes that are never closed.",
            ) from error


def _refuse_short(n_rows: int, dialect: Dialect) -> None:
    if n_rows == 0 and dialect.has_header:
        raise Refusal(
            "This file has a header in row 1 but no rows of data below it.",
            "Add the examples, one row each.",
            row=1,
        )
    refuse_short(n_rows)


def _notes(encoding: str, dialect: Dialect, spaced: bool) -> Iterator[str]:
    kind = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Latin-1 (Windows-1252)"}
    separator = "blank" if spaced else DELIMITERS[dialect.delimiter]
    yield f"Read as {kind.get(encoding, encoding.upper())} text separated by {separator}s."
    if not dialect.has_header:
        yield "No header was found: the columns are called column_1, column_2 and so on."
    if dialect.decimal == ",":
        yield "Numbers have a decimal comma: 3,5 was read as 3.5, and 1.234,5 as 1234.5."


def _content_notes(table: Path) -> Iterator[str]:
    """What is to be said about the values themselves."""
    schema = pl.scan_ipc(table).collect_schema()
    rounded = types.beyond_exact(table, [name for name, kind in schema.items() if kind == pl.Float64])
    if rounded:
        yield types.rounded_note(rounded)
    yield from types.formulas(table)
