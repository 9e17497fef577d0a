"""Where the records and fields of delimited text are, found with NumPy, without building strings."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from webapp.datasets.refusal import Refusal

MAX_LINE = 1 << 20
LINE_FEED, RETURN, QUOTE = 10, 13, 34


class Records(NamedTuple):
    """The complete records of a block: `fields` (r,) counts, `blank` (r,) flags, bytes up to `end`."""

    fields: npt.NDArray[np.intp]
    blank: npt.NDArray[np.bool_]
    end: int


def records(block: bytes, delimiter: str, quoted: bool) -> Records:
    """Count the fields of each complete record of `block`, which begins where a record begins.

    With `quoted`, delimiters and line feeds between double quotes are text; a doubled quote inside
    switches out and in again, so the parity of the quotes before a byte tells on which side it is.
    """
    array = np.frombuffer(block, dtype=np.uint8)
    line_feeds, delimiters = array == LINE_FEED, array == ord(delimiter)
    if quoted and QUOTE in block:
        outside = (np.cumsum(array == QUOTE, dtype=np.uint8) & 1) == 0
        line_feeds &= outside
        delimiters &= outside
    ends = np.flatnonzero(line_feeds)
    before = np.searchsorted(np.flatnonzero(delimiters), ends)
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    length = ends - starts
    blank = (length == 0) | ((length == 1) & (array[starts] == RETURN))
    return Records(np.diff(before, prepend=0) + 1, blank, int(ends[-1]) + 1 if len(ends) else 0)


def check_rectangular(
    blocks: Iterable[bytes],
    delimiter: str,
    quoted: bool,
    expected: int,
    n_preamble: int,
    progress: Callable[[int], None],
) -> int:
    """The number of data records in `blocks`, each with `expected` fields; blank lines do not count.

    The first `n_preamble` records (leading blank lines and the header) are passed over. `progress` hears
    the number of bytes read so far. Raises Refusal at the first record with another number of fields, one
    longer than MAX_LINE, or a quote that is never closed.
    """
    rest, seen, counted, done = b"", 0, 0, 0
    for block in blocks:
        done += len(block)
        found = records(rest + block, delimiter, quoted)
        counted += _check(found, expected, seen, n_preamble)
        rest = (rest + block)[found.end :]
        seen += len(found.fields)
        if len(rest) > MAX_LINE:
            refuse_long_line(seen + 1)
        progress(done)
    if rest:
        found = records(rest + b"\n", delimiter, quoted)
        if not found.end:
            refuse_unclosed(seen + 1)
        counted += _check(found, expected, seen, n_preamble)
    return counted


def _check(found: Records, expected: int, seen: int, n_preamble: int) -> int:
    rows = ~found.blank
    rows[: max(0, n_preamble - seen)] = False
    ragged = np.flatnonzero(rows & (found.fields != expected))
    if len(ragged):
        first = int(ragged[0])
        _refuse_ragged(seen + first + 1, int(found.fields[first]), expected)
    return int(np.count_nonzero(rows))


def _refuse_ragged(row: int, found: int, expected: int) -> None:
    values = "1 value" if found == 1 else f"{found:,} values"
    cause = "A separator is missing there" if found < expected else "There may be a separator inside a text"
    raise Refusal(
        f"Row {row:,} has {values}, but the first row has {expected:,}.",
        f"{cause}: give every row {expected:,} values, and put texts that contain the separator in quotes.",
        row=row,
    )


def refuse_long_line(row: int) -> None:
    """Raise the Refusal for a line that never seems to end."""
    raise Refusal(
        f"Row {row:,} goes on for more than {MAX_LINE // (1 << 20)} MB without a line break.",
        "A CSV file has one line per row: look for missing line breaks or a quote that is never closed.",
        row=row,
    )


def refuse_unclosed(row: int) -> None:
    """Raise the Refusal for a quote that is still open at the end of the file."""
    raise Refusal(
        f'A double quote opened in row {row:,} is never closed, so the rest of the file is one "cell".',
        "Close the quote, or remove it if it is part of the text (a quote inside quotes is written twice).",
        row=row,
    )
