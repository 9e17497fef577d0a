"""How a delimited text is written: separator, quotes, header, and the names of its columns."""

import csv
import io
import itertools
import re
from dataclasses import dataclass

import numpy as np

from webapp.datasets.readers.missing import COMMA_NUMBER, is_missing, is_number, plain_number
from webapp.datasets.readers.structure import MAX_LINE, records, refuse_long_line, refuse_unclosed
from webapp.datasets.refusal import Refusal

# On a tie the earlier wins: a tab or semicolon in every row is hardly ever text, a comma may be.
DELIMITERS = {"\t": "tab", ";": "semicolon", "|": "pipe", ",": "comma"}
SAMPLE_ROWS = 200
SAMPLE_BYTES = 1 << 18
MAX_NAME = 100
SEPARATOR_LINE = re.compile(rb"sep=(.)\r?\n")  # Excel writes it and understands it
OPENING_QUOTE = re.compile(rb'(?:^|[\t;|,\n]) ?"')


@dataclass(frozen=True)
class Dialect:
    """How to read the records: `n_preamble` records come before the data (blank lines and the header)."""

    delimiter: str
    quoted: bool
    has_header: bool
    n_preamble: int
    names: tuple[str, ...]
    decimal: str = "."


def detect_dialect(head: bytes) -> Dialect:
    """The dialect of the UTF-8 text that begins with `head`, which ends with its last complete line."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    said = SEPARATOR_LINE.match(head)
    head = head[said.end() :] if said else head
    if not head.strip():
        raise Refusal("This file is empty.", "Upload a table with a header and one row per example.")
    if b"\n" not in head[:MAX_LINE] and len(head) > MAX_LINE:
        refuse_long_line(1)
    # A quote counts only where a cell begins: in 5'10" it is an inch.
    quoted = b'"' not in head or OPENING_QUOTE.search(head) is not None
    told = said[1].decode() if said else ""
    delimiter = told if told in DELIMITERS else max(DELIMITERS, key=lambda mark: _score(head, mark, quoted))
    rows, n_blank = _sample(head, delimiter, quoted)
    n_blank += said is not None
    if not rows:
        raise Refusal("This file is empty.", "Upload a table with a header and one row per example.")
    if max(len(row) for row in rows) < 2:
        if quoted and head.count(b'"') % 2:
            refuse_unclosed(n_blank + 1)
        raise Refusal(
            "Only one column was found: no comma, semicolon, tab or pipe separates the values.",
            "A table needs at least one input column and the target column, with a separator between.",
        )
    decimal = "," if delimiter != "," and _has_decimal_commas(rows) else "."
    has_header = looks_like_header(
        [[plain_number(cell) for cell in row] for row in rows] if decimal == "," else rows
    )
    width = _width(rows, has_header)
    names = rows[0][:width] if has_header else [""] * width
    return Dialect(delimiter, quoted, has_header, n_blank + has_header, tuple(unique_names(names)), decimal)


def is_spaced(head: bytes) -> bool:
    """Whether only blanks separate the values: as many in each line, at least half of them numbers."""
    head = head[:SAMPLE_BYTES]
    lines = [line.split() for line in head.decode("utf-8", "replace").splitlines()[:SAMPLE_ROWS]]
    lines = [line for line in lines if line]
    widths = [len(line) for line in lines[1:]]
    if not widths or b'"' in head:
        return False
    usual = max(widths, key=widths.count)
    if usual < 2 or widths.count(usual) < 0.9 * len(widths):
        return False
    if max(_score(head, mark, False) for mark in DELIMITERS) > 0.5:
        return False
    cells = [cell for line in lines[1:] for cell in line]
    return 2 * sum(map(is_number, cells)) >= len(cells)


def _has_decimal_commas(rows: list[list[str]]) -> bool:
    """Whether a column has numbers such as 3,5, and nothing that is no number with a decimal comma."""
    for column in itertools.zip_longest(*rows[1:], fillvalue=""):
        cells = [cell for cell in column if not is_missing(cell)]
        numbers = [cell for cell in cells if COMMA_NUMBER.fullmatch(cell)]
        if any("," in cell for cell in numbers) and len(numbers) >= 0.9 * len(cells):
            return True
    return False


def _score(head: bytes, delimiter: str, quoted: bool) -> float:
    """How regular the records are: the share of them with the commonest number of fields above one."""
    found = records(head if head.endswith(b"\n") else head + b"\n", delimiter, quoted)
    fields = found.fields[~found.blank][:SAMPLE_ROWS]
    several = fields[fields > 1]
    return float(np.bincount(several).max() / len(fields)) if len(several) else 0.0


def _sample(head: bytes, delimiter: str, quoted: bool) -> tuple[list[list[str]], int]:
    """The first records as strings, without blank ones, and how many blank ones lead."""
    lines = io.StringIO(head.decode("utf-8", "replace"), newline="")
    style = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(lines, delimiter=delimiter, quoting=style, skipinitialspace=True)
    rows: list[list[str]] = []
    n_blank = 0
    try:
        for row in itertools.islice(reader, 2 * SAMPLE_ROWS):
            if row:
                rows.append([cell.strip() for cell in row])
            elif not rows:
                n_blank += 1
    except csv.Error:
        refuse_long_line(reader.line_num)
    return rows[: SAMPLE_ROWS + 1], n_blank


def looks_like_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns.

    Names over numbers say so, and so does counting (0, 1, 2, ... as pandas writes it); a number says no.
    Where nothing but text is found, the first row is a header when it is unlike the rows below it.
    """
    first, below = rows[0], rows[1:]
    if first in ([str(i) for i in range(len(first))], [str(i) for i in range(1, len(first) + 1)]):
        return len(first) > 2
    if any(
        not is_number(name) and not is_missing(name) and _is_numeric(below, i) for i, name in enumerate(first)
    ):
        return True
    if any(is_number(name) for name in first):
        return False
    named = [name for name in first if name]
    repeated = any(name == row[i] for row in below for i, name in enumerate(first) if name and i < len(row))
    return len(set(named)) == len(named) > 0 and not repeated


def _is_numeric(rows: list[list[str]], index: int) -> bool:
    cells = [row[index] for row in rows if index < len(row) and not is_missing(row[index])]
    return bool(cells) and sum(map(is_number, cells)) >= 0.9 * len(cells)


def _width(rows: list[list[str]], has_header: bool) -> int:
    """The fields per record; a header that ends with a separator too many still fits its rows."""
    width = len(rows[0])
    fits = all(len(row) == width - 1 for row in rows[1:])
    return width - 1 if has_header and len(rows) > 1 and fits and not rows[0][-1] else width


def unique_names(names: list[str]) -> list[str]:
    """Every column's name: blank ones become column_<n>, repeated ones get a number."""
    result: list[str] = []
    used: set[str] = set()
    for position, raw in enumerate(names, start=1):
        name = base = " ".join(raw.split())[:MAX_NAME] or f"column_{position}"
        count = 1
        while name in used:
            count += 1
            name = f"{base}_{count}"
        used.add(name)
        result.append(name)
    return result
