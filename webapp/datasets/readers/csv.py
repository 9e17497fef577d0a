"""Delimited text: comma, semicolon, tab or pipe, in any common encoding."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
from django.conf import settings

from webapp.datasets.readers import text, types
from webapp.datasets.readers.dialect import DELIMITERS, Dialect, detect_dialect
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
    plain = work / "head.csv"
    with path.open("rb") as file:
        encoding = text.detect_encoding(file.read(HEAD))
    text.write_utf8(path, plain, encoding, limit=HEAD)
    content = plain.read_bytes()
    if path.stat().st_size > HEAD:
        plain.write_bytes(content[: content.rfind(b"\n") + 1])
    dialect = _shape(plain, ignore)
    _types(plain, dialect)
    return dialect.names


def read(path: Path, work: Path, _options: Options, progress: Callable[[float], None]) -> list[str]:
    """Write the typed table to `work`/table.arrow and return notes on what was converted.

    `progress` hears the share done, from 0 to 1. Raises Refusal naming the row and the column.
    """
    with path.open("rb") as file:
        encoding = text.detect_encoding(file.read(HEAD))
    try:
        plain = _plain(path, work, encoding)
        dialect = _settle(plain, work, progress)
    except text.NotUtf8Error:
        encoding = "cp1252"
        dialect = _settle(_plain(path, work, encoding), work, progress)
    return list(_notes(encoding, dialect))


def ignore(done: float) -> None:
    """A listener that does not listen."""


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
    dialect = _shape(plain, progress, strict)
    destination = work / "table.arrow"
    if not types.write_directly(lambda schema: _scan(plain, dialect, schema), dialect.names, destination):
        types.write_arrow(_strings(plain, dialect), _types(plain, dialect), destination)
    progress(1)
    return dialect


def _shape(plain: Path, progress: Callable[[float], None], strict: bool = True) -> Dialect:
    """The dialect, once the number of columns, the number of rows and the length of each are checked."""
    dialect = detect_dialect(_head(plain))
    _refuse_wide(dialect)
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
    surveys = types.survey(table, dialect.names)
    types.refuse_spoilt(table, surveys, dialect.n_preamble)
    return surveys


def _head(plain: Path) -> bytes:
    with plain.open("rb") as file:
        head = file.read(HEAD)
    return (head[: head.rfind(b"\n") + 1] or head) if len(head) == HEAD else head


def _plainly(blocks: Iterator[bytes], dialect: Dialect) -> Iterator[bytes]:
    """The same blocks, unless a quote follows a separator and a blank, which Polars takes for text."""
    pattern = f'{dialect.delimiter} "'.encode()
    for block in blocks:
        if dialect.quoted and pattern in block:
            raise NotPlainError
        yield block


def _strings(plain: Path, dialect: Dialect) -> pl.LazyFrame:
    """The data records as strings."""
    return _scan(plain, dialect, dict.fromkeys(dialect.names, pl.String()))


def _scan(plain: Path, dialect: Dialect, schema: dict[str, pl.DataType]) -> pl.LazyFrame:
    """The data records. Their width is checked already; only the header may be wider."""
    is_typed = any(kind == pl.Float64 for kind in schema.values())
    table = pl.scan_csv(
        plain,
        has_header=False,
        schema=schema,
        separator=dialect.delimiter,
        quote_char='"' if dialect.quoted else None,
        null_values=SPELLINGS if is_typed else None,
        skip_rows=dialect.n_preamble if is_typed else 0,
        missing_columns="insert",
        extra_columns="ignore",
        truncate_ragged_lines=True,
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


def _refuse_wide(dialect: Dialect) -> None:
    if len(dialect.names) > settings.HONE_MAX_COLUMNS:
        raise Refusal(
            f"This table has {len(dialect.names):,} columns, more than the {settings.HONE_MAX_COLUMNS:,} "
            "that can be read.",
            "Remove columns that say little about the target, or transpose the table if rows and columns are "
            "swapped.",
        )


def _refuse_short(n_rows: int, dialect: Dialect) -> None:
    if n_rows == 0 and dialect.has_header:
        raise Refusal(
            "This file has a header in row 1 but no rows of data below it.",
            "Add the examples, one row each.",
            row=1,
        )
    if n_rows < 3:
        rows = "one row" if n_rows == 1 else f"{n_rows} rows"
        raise Refusal(
            f"This file has {rows} of data.",
            "Training, dev and test part need at least one each: 3 rows is the least, hundreds are better.",
        )


def _notes(encoding: str, dialect: Dialect) -> Iterator[str]:
    kind = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Latin-1 (Windows-1252)"}
    separator = DELIMITERS[dialect.delimiter]
    yield f"Read as {kind.get(encoding, encoding.upper())} text separated by {separator}s."
    if not dialect.has_header:
        yield "No header was found: the columns are called column_1, column_2 and so on."
