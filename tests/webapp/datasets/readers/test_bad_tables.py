"""An odd table ends as a reading with a note, or as a refusal: what is wrong, where, and how to mend it."""

import gzip
import zlib
from pathlib import Path

import polars as pl
import pytest

from tests.webapp.datasets.readers.outcomes import reading, refusal
from webapp.datasets.readers import csv
from webapp.datasets.refusal import Refusal

PLAIN = "a,b\n1,x\n2,y\n3,x\n"
PLAIN_ROWS = [(1.0, "x"), (2.0, "y"), (3.0, "x")]
BIG = 12345678901234567890
REFUSED = {
    "an empty file": ("", "This file is empty"),
    "blank lines": ("\n \n\n", "This file is empty"),
    "a byte order mark alone": (b"\xef\xbb\xbf", "This file is empty"),
    "a header alone": ("a,b\n", "a header in row 1 but no rows of data"),
    "a line that names the separator alone": ("sep=;\n", "This file is empty"),
    "one row": ("a,b\n1,2\n", "This file has one row of data"),
    "two rows": ("a,b\n1,2\n3,4\n", "This file has 2 rows of data"),
    "one column": ("a\n1\n2\n3\n", "Only one column was found"),
    "words": ("hello world\ngood bye\nsee you\n", "Only one column was found"),
    "a ragged row": ("a,b\n1,2\n3,4,5\n6,7\n", "Row 3 has 3 values, but the first row has 2"),
    "a ragged row between blanks": ("1 2\n" * 30 + "5 6 7\n", "Row 31 has 3 values, but the first row has 2"),
    "an unclosed quote": ('a,b\n"x",2\n"y,4\n"z",5\n', "A double quote opened in row 3 is never closed"),
    "NUL": ("a,b\n1,2\n3,\0\n5,6\n", "There is a NUL byte in row 3"),
    "zeros": (bytes(5000), "Only one column was found"),
    "UTF-16 cut in half": (PLAIN.encode("utf-16")[:-1], "begins as UTF-16 text"),
    "a number beyond float32": ("a,b\n1,2\n1e999,3\n4,5\n", "Row 3, column “a”: “1e999”"),
    "infinity": ("a,b\n1,2\n3,-inf\n4,5\n", "Row 3, column “b”: “-inf”"),
    "text among numbers": ("a,b\n1,2\nlong,3\n4,5\n", "Row 3, column “a”: “long” is not a usable number"),
    "text among decimal commas": ("a;b\nlong;3\n" + "1,5;2\n" * 30, "Row 2, column “a”: “long”"),
    "a point among decimal commas": (
        "a;b\n" + "1,5;2\n" * 30 + "1.5;2\n",
        "Row 32, column “a”: “1.5” is not a usable number",
    ),
    "100,000 columns": (
        ",".join(f"c{i}" for i in range(100_000)) + "\n" + ",".join("1" * 100_000) + "\n",
        "100,000 columns",
    ),
    "a line without end": ("a,b\n1,2\n" + "1" * (6 << 20), "Row 3 goes on for more than 1 MB"),
    "gzip cut short": (gzip.compress(PLAIN.encode() * 50)[:-12], "compressed with gzip and ends too early"),
    "gzip with something behind": (gzip.compress(PLAIN.encode()) + b"more", "something else follows its end"),
    "gzip with a wrong sum": (
        gzip.compress(PLAIN.encode())[:-8] + bytes(8),
        "compressed with gzip and damaged",
    ),
    "gzip with damage inside": (
        b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\xff" * 50,
        "compressed with gzip and damaged",
    ),
    "gzip twice": (gzip.compress(gzip.compress(PLAIN.encode())), "compressed with gzip twice"),
    "gzip of nothing": (gzip.compress(b""), "This file is empty"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_table_is_refused(case: str, tmp_path: Path) -> None:
    content, message = REFUSED[case]
    found = refusal(content, tmp_path)
    assert message in str(found)
    assert found.advice
    assert not (tmp_path / "table.arrow").exists()


READ = {
    "gzip": (gzip.compress(PLAIN.encode()), "UTF-8", PLAIN_ROWS),
    "gzip of two parts": (gzip.compress(b"a,b\n1,x\n") + gzip.compress(b"2,y\n3,x\n"), "UTF-8", PLAIN_ROWS),
    "gzip of UTF-16": (gzip.compress(PLAIN.encode("utf-16")), "UTF-16", PLAIN_ROWS),
    "a byte order mark": (PLAIN.encode("utf-8-sig"), "UTF-8", PLAIN_ROWS),
    "UTF-16": (PLAIN.encode("utf-16"), "UTF-16", PLAIN_ROWS),
    "Latin-1": ("a,b\n1,é\n2,é\n3,ß\n".encode("latin-1"), "Latin-1", [(1.0, "é"), (2.0, "é"), (3.0, "ß")]),
    "mixed line ends": ("a,b\r\n1,x\n2,y\r\n3,x\n", "UTF-8", PLAIN_ROWS),
    "no header": ("1,x\n2,y\n3,x\n", "No header was found: the columns are called column_1", PLAIN_ROWS),
    "a line that names the separator": ("sep=;\na;b\n1;x\n2;y\n3;x\n", "separated by semicolons", PLAIN_ROWS),
    "blanks between": (
        "  a   b\n 1.5   2\n 3  4\n5 6\n",
        "text separated by blanks",
        [(1.5, 2.0), (3.0, 4.0), (5.0, 6.0)],
    ),
    "decimal commas": (
        "a;b\n3,5;1.234,56\n-2,5e3;2\n;1.234\n",
        "decimal comma: 3,5 was read as 3.5, and 1.234,5 as 1234.5",
        [(3.5, 1234.56), (-2500.0, 2.0), (None, 1234.0)],
    ),
    "decimal commas between tabs": (
        "a\tb\n3,5\tx\n2\ty\n1,25\tx\n",
        "decimal comma",
        [(3.5, "x"), (2.0, "y"), (1.25, "x")],
    ),
    "points in one column, commas in another": (
        "a;b\n3,5;1.5\n2,5;2.25\n1,5;3\n",
        "decimal comma",
        [(3.5, 1.5), (2.5, 2.25), (1.5, 3.0)],
    ),
    "decimal commas without a header": (
        "3,5;x\n2,5;y\n1,5;x\n",
        "No header was found",
        [(3.5, "x"), (2.5, "y"), (1.5, "x")],
    ),
    "whole numbers beyond 2^63": (
        f"a,b\n{BIG},x\n1,y\n2,x\n",
        "Whole numbers beyond 9,007,199,254,740,992 were rounded to 15 digits: “a”",
        [(float(BIG), "x"), (1.0, "y"), (2.0, "x")],
    ),
    "formulas": (
        "a,b\n=cmd|' /C calc'!A0,1\nx,2\ny,3\n",
        "Texts that begin like formulas were kept as plain text: “a”",
        [("=cmd|' /C calc'!A0", 1.0), ("x", 2.0), ("y", 3.0)],
    ),
    "a missing word beyond the head": (
        "a,b\n" + "1,2\n" * 700_000 + "N/A,3\n",
        "UTF-8",
        [(1.0, 2.0)] * 700_000 + [(None, 3.0)],
    ),
    "a constant table": ("a,b\n1,x\n1,x\n1,x\n", "UTF-8", [(1.0, "x")] * 3),
    "10,000 levels": (
        "a,b\n" + "".join(f"{i},level{i}\n" for i in range(10_000)),
        "UTF-8",
        [(float(i), f"level{i}") for i in range(10_000)],
    ),
}


@pytest.mark.parametrize("case", READ)
def test_an_odd_table_is_read_and_what_was_converted_is_said(case: str, tmp_path: Path) -> None:
    content, note, expected = READ[case]
    found = reading(content, tmp_path)
    assert note in found.notes
    assert found.table.rows() == expected
    kinds = {pl.Float64, pl.String, pl.Boolean, pl.Datetime}
    assert {kind.base_type() for kind in found.table.dtypes} <= kinds


def test_repeated_and_empty_names_get_a_number(tmp_path: Path) -> None:
    assert reading("a,a,,b\n" + "1,2,3,x\n" * 3, tmp_path).table.columns == ["a", "a_2", "column_3", "b"]


@pytest.mark.parametrize("separator", [",", ";"])
def test_commas_that_group_thousands_are_not_taken_for_decimals(separator: str, tmp_path: Path) -> None:
    quote = '"' if separator == "," else ""
    content = f"a{separator}b\n" + f"{quote}1,234.5{quote}{separator}1\n" * 3
    assert reading(content, tmp_path).table["a"].to_list() == ["1,234.5"] * 3


def test_a_gzip_bomb_is_refused_when_it_has_become_too_large(tmp_path: Path, settings: object) -> None:
    settings.HONE_MAX_UPLOAD_BYTES = 1 << 20
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(b"a,b\n") + packer.compress(b"1,2\n" * (4 << 20)) + packer.flush()
    assert "Unpacked, this file has more than 4.0 MB" in str(refusal(bomb, tmp_path))
    assert (tmp_path / "unpacked").stat().st_size <= 4 << 20


def test_a_first_piece_of_a_gigabyte_in_one_line_is_refused() -> None:
    with pytest.raises(Refusal, match="Row 1 goes on for more than 1 MB"):
        csv.refuse_early(b"1," * (1 << 20))


def test_a_gigabyte_of_nothing_is_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.write(b"a,b\n1,2\n")
        file.truncate(1 << 30)
    assert "There is a NUL byte in row 3" in str(refusal(tmp_path / "sparse", tmp_path))
