"""JSON Lines, one object a line; also a small JSON array of objects."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from webapp.datasets.readers import gzipped, text, typed, types
from webapp.datasets.readers.limits import readable, refuse_wide, unpacked_limit
from webapp.datasets.readers.missing import LARGEST
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

TITLE = "JSON Lines"
BEGINS = re.compile(r"\s*(\{\s*[\"}]|\[\s*[\[{\]])")
HEAD = 4 << 20
MAX_ARRAY = 64 << 20  # bytes; an array is read as a whole
ESCAPE = "\\u"  # without one, JSON holds neither NUL nor half a surrogate pair
MAX_LINE = 16 << 20
CHARACTERS_AT_ONCE = 8 << 20
ONE_A_LINE = 'Write one object a line, as {"size": 1.5, "label": "cat"}, all with the same keys.'
KINDS = {float: pl.Float64(), str: pl.String(), bool: pl.Boolean()}

DECODER = json.JSONDecoder(object_pairs_hook=tuple, parse_int=float)  # arrays stay lists


class Row(NamedTuple):
    """One object: the number of its line, or its place in the array."""

    number: int
    values: dict[str, Any]


class Columns(NamedTuple):
    """What is known of the columns so far: the types met in each, and which of them some rows lack."""

    kinds: dict[str, set[type]]
    lacking: set[str]


def accepts(head: bytes) -> bool:
    if head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] not in (b"{", b"["):
        return False
    return BEGINS.match(head[:4096].decode(text.detect_encoding(head[:4096]), "replace")) is not None


def refuse_early(head: bytes) -> None:
    """Lines may be long: nothing can be said before all is there."""


def inspect(path: Path, work: Path, _options: Options) -> tuple[str, ...]:
    """The keys of the first lines."""
    path = gzipped.beginning(path, work, HEAD)
    rows = _rows(path, HEAD if path.stat().st_size >= HEAD else None)
    columns = Columns({}, set())
    for block in _blocks(rows):
        _frame(block, columns)
    return tuple(columns.kinds)


def read(path: Path, work: Path, _options: Options, progress: Callable[[float], None]) -> list[str]:
    path = gzipped.unpacked(path, work)
    columns, files = Columns({}, set()), []
    for block in _blocks(_rows(path, None)):
        files.append(work / f"rows-{len(files)}.arrow")
        _frame(block, columns).write_ipc(files[-1])
        progress(min(0.5, 0.5 * len(files) * CHARACTERS_AT_ONCE / path.stat().st_size))
    if not files:
        raise Refusal("This file has no rows: it is an empty JSON array.", ONE_A_LINE)
    if not columns.kinds:
        raise Refusal("The objects in this file are empty.", ONE_A_LINE)
    kinds = {name: _kind(found) for name, found in columns.kinds.items()}
    table = pl.concat([_aligned(pl.scan_ipc(file), kinds) for file in files])
    limits = typed.Limits(2 * unpacked_limit(path), mend=True)
    notes = typed.write(table, work / "table.arrow", limits)
    progress(1)
    return ["Read as JSON.", *_notes(columns), *notes, *_rounded(work / "table.arrow")]


def _rows(path: Path, limit: int | None) -> Iterator[Row]:
    with path.open("rb") as file:
        encoding = text.detect_encoding(file.read(HEAD))
    pieces = text.decode(path, encoding, limit)
    first = next((piece for piece in pieces if piece.strip("\ufeff \t\r\n")), "")
    first = first.lstrip("\ufeff")
    if first.lstrip().startswith("["):
        yield from _array(path, first, pieces, limit)
    else:
        yield from _lines(first, pieces, limit)


def _lines(first: str, pieces: Iterator[str], limit: int | None) -> Iterator[Row]:
    rest, number = first, 0
    while True:
        *lines, rest = rest.split("\n")
        for line in lines:
            number += 1
            if line.strip():
                yield _row(line, number)
        _refuse_long(rest, number + 1)
        piece = next(pieces, None)
        if piece is None:
            break
        rest += piece
    if rest.strip() and limit is None:
        yield _row(rest, number + 1)


def _row(line: str, number: int) -> Row:
    _refuse_long(line, number)
    try:
        value = DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
        at = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise Refusal(f"Line {number:,} is not JSON: {reason}{at}.", ONE_A_LINE, row=number) from error
    return _object(value, number, ESCAPE in line)


def _refuse_long(line: str, number: int) -> None:
    if len(line) > MAX_LINE:
        raise Refusal(f"Line {number:,} has more than {readable(MAX_LINE)}.", ONE_A_LINE, row=number)


def _array(path: Path, first: str, pieces: Iterator[str], limit: int | None) -> Iterator[Row]:
    if path.stat().st_size > MAX_ARRAY:
        raise Refusal(
            f"This file is one JSON array of {readable(path.stat().st_size)}; arrays of at most "
            f"{readable(MAX_ARRAY)} are read.",
            f"{ONE_A_LINE} In pandas: to_json(orient='records', lines=True).",
        )
    if limit is not None:
        return
    try:
        whole = first + "".join(pieces)
        values = DECODER.decode(whole)
    except json.JSONDecodeError as error:
        raise Refusal(
            f"This JSON array is not complete or not JSON: line {error.lineno:,}, character {error.colno}: "
            f"{error.msg}.",
            "It may be cut short: write it again.",
            row=error.lineno,
        ) from error
    except (ValueError, RecursionError) as error:
        raise Refusal("This JSON array is nested too deeply.", ONE_A_LINE) from error
    has_escapes = ESCAPE in whole
    for number, value in enumerate(values, start=1):
        yield _object(value, number, has_escapes)


def _object(value: Any, number: int, has_escapes: bool) -> Row:
    """The keys and values of an object, decoded as pairs so that a repeated key is noticed."""
    if not isinstance(value, tuple):
        raise Refusal(
            f"Row {number:,} is not a JSON object with a value for each key.", ONE_A_LINE, row=number
        )
    if has_escapes:
        _refuse_no_text(value, number)
    values = dict(value)
    if len(values) < len(value):
        keys = [key for key, _ in value]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Refusal(
            f"Row {number:,} has the key “{twice[:60]}” twice.", "Keep one of them.", row=number, column=twice
        )
    return Row(number, values)


def _refuse_no_text(pairs: tuple[Any, ...], number: int) -> None:
    """Raise Refusal for half a surrogate pair and for NUL, which JSON can spell and no text may hold."""
    for found in (found for pair in pairs for found in pair if isinstance(found, str)):
        if any("\ud800" <= letter <= "\udfff" for letter in found):
            what = "half a character (a lone surrogate)"
        elif "\0" in found:
            what = "the character NUL"
        else:
            continue
        raise Refusal(f"Row {number:,} holds {what}.", "Take it out, or write the file again.", row=number)


def _blocks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Rows in blocks of about CHARACTERS_AT_ONCE, a value taken for ten characters."""
    block: list[Row] = []
    cells = 0
    for row in rows:
        block.append(row)
        cells += len(row.values) + 1
        if 10 * cells > CHARACTERS_AT_ONCE:
            yield block
            block, cells = [], 0
    if block:
        yield block


def _frame(block: list[Row], columns: Columns) -> pl.DataFrame:
    """The rows as columns of numbers, texts or truth values; `columns` learns what was met."""
    names = list(dict.fromkeys(name for row in block for name in row.values))
    refuse_wide(len(columns.kinds.keys() | set(names)))
    columns.lacking.update(columns.kinds.keys() - set(names))
    made = []
    all_full = all(len(row.values) == len(names) for row in block)
    for name in names:
        if name not in columns.kinds and columns.kinds and block[0].number > 1:
            columns.lacking.add(name)
        if not all_full and any(name not in row.values for row in block):
            columns.lacking.add(name)
        made.append(_series(name, [row.values.get(name) for row in block], block, columns))
    return pl.DataFrame(made)


def _series(name: str, values: list[Any], block: list[Row], columns: Columns) -> pl.Series:
    kinds = set(map(type, values)) - {type(None)}
    if not kinds <= KINDS.keys():
        number = next(
            row.number for row, value in zip(block, values, strict=True) if type(value) in (list, tuple)
        )
        raise Refusal(
            f"Row {number:,}, “{name[:60]}”: a list or an object stands where one value should be.",
            "Spread what it holds over keys of their own, or leave the key out.",
            row=number,
            column=name,
        )
    columns.kinds.setdefault(name, set()).update(kinds)
    kind = _kind(kinds)
    if len(kinds) > 1:
        convert = _as_text if kind == pl.String else float
        values = [None if value is None else convert(value) for value in values]
    made = pl.Series(name, values, dtype=kind)
    if kind == pl.Float64 and (made.fill_nan(None).abs().max() or 0) > LARGEST:
        _refuse_infinite(name, values, block)
    return made


def _kind(kinds: set[type]) -> pl.DataType:
    """The type of a column in which these were met: all is text beside text, true is 1 beside numbers."""
    if len(kinds) == 1:
        return KINDS[next(iter(kinds))]
    return pl.Float64() if kinds == {float, bool} else pl.String()


def _as_text(value: str | bool | float) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if value.is_integer() and abs(value) < types.EXACT else str(value)


def _refuse_infinite(name: str, values: list[float | None], block: list[Row]) -> None:
    for row, value in zip(block, values, strict=True):
        if value is not None and abs(value) > LARGEST:
            raise Refusal(
                f"Row {row.number:,}, “{name[:60]}”: {value:g} is not a number that training can use.",
                f"Numbers must be finite and at most {LARGEST:g}; null marks a missing one.",
                row=row.number,
                column=name,
            )


def _aligned(part: pl.LazyFrame, kinds: dict[str, pl.DataType]) -> pl.LazyFrame:
    """One block's columns with the types that all blocks share."""
    schema = part.collect_schema()
    return part.select(
        _cast(name, schema[name], kind) if name in schema else pl.lit(None, kind).alias(name)
        for name, kind in kinds.items()
    )


def _cast(name: str, old: pl.DataType, new: pl.DataType) -> pl.Expr:
    if old == pl.Float64 and new == pl.String:
        whole = (pl.col(name) == pl.col(name).floor()) & (pl.col(name).abs() < types.EXACT)
        as_whole = pl.col(name).cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(whole).then(as_whole).otherwise(pl.col(name).cast(pl.String)).alias(name)
    return pl.col(name).cast(new)


def _notes(columns: Columns) -> Iterator[str]:
    if columns.lacking:
        yield f"Some rows lack these keys, which counts as missing: {types.listed(sorted(columns.lacking))}."
    mixed = [name for name, kinds in columns.kinds.items() if len(kinds) > 1 and str in kinds]
    if mixed:
        yield f"Texts and other values are mixed, all were taken as text: {types.listed(mixed)}."
    if truths := [name for name, kinds in columns.kinds.items() if kinds == {float, bool}]:
        yield f"True and false among numbers became 1 and 0: {types.listed(truths)}."


def _rounded(table: Path) -> list[str]:
    schema = pl.scan_ipc(table).collect_schema()
    found = types.beyond_exact(table, [name for name, kind in schema.items() if kind == pl.Float64])
    return [types.rounded_note(found)] if found else []
