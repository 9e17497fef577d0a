"""An odd table of a typed format is read with a note, or refused: what is wrong, where, how to mend it."""

import datetime as dt
import gzip
import io
from pathlib import Path

import polars as pl
import pytest

from tests.webapp.datasets.readers.outcomes import reading, refusal
from tests.webapp.datasets.readers.workbooks import archived, rows, workbook
from webapp.datasets import readers
from webapp.datasets.readers.options import Options

PLAIN_ROWS = [(1.0, "x"), (2.0, "y"), (3.0, "x")]
BIG = 12345678901234567890
DAY = dt.datetime(2020, 6, 18)
FRAME = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"]})
WITH_INFINITY = pl.DataFrame({"a": [1.0, 2.0, float("inf")], "b": ["x", "y", "x"]})
NESTED = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": [[1], [2], [3]]})
BYTES = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": [b"x", b"y", b"z"]})
RECORDS = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": [{"x": 1}] * 3})
SHEET = rows(("a", "b"), (1, "x"), (2, "y"), (3, "x"))
FORMULA = b"<c><f>A1</f></c>"
EMPTY_RESULT = b"<c><f>A1</f><v></v></c>"


def parquet(frame: pl.DataFrame, **options: object) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, **options)
    return buffer.getvalue()


def arrow(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()


def stream(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer)
    return buffer.getvalue()


def lines(*objects: str) -> str:
    return "".join(f"{line}\n" for line in objects)


REFUSED = {
    "Parquet cut short": (parquet(FRAME)[:-20], "This Parquet file is damaged, cut short"),
    "Parquet of four bytes": (b"PAR1", "This Parquet file is damaged"),
    "Parquet without rows": (parquet(FRAME[:0]), "This file has 0 rows of data"),
    "Parquet of lists": (parquet(NESTED), "Column “b” holds lists, not one value in each row"),
    "Parquet of records": (parquet(RECORDS), "Column “b” holds records"),
    "Parquet of bytes": (parquet(BYTES), "Column “b” holds bytes"),
    "Parquet with infinity": (parquet(WITH_INFINITY), "Row 3, column “a”: inf is not a number"),
    "Parquet beyond float32": (
        parquet(FRAME.with_columns(a=pl.col("a") * 1e38)),
        "Row 2, column “a”: 2e+38 is not a number",
    ),
    "Parquet of one column": (parquet(FRAME[["a"]]), "This table has one column"),
    "Parquet of two rows": (parquet(FRAME[:2]), "This file has 2 rows of data"),
    "Parquet of 5,001 columns": (
        parquet(pl.DataFrame({f"c{i}": [1] for i in range(5001)})),
        "This table has 5,001 columns",
    ),
    "Arrow cut short": (arrow(FRAME)[:-20], "This Arrow file is damaged, cut short"),
    "Arrow of six bytes": (b"ARROW1", "This Arrow file is damaged"),
    "Arrow of lists": (arrow(NESTED), "Column “b” holds lists"),
    "Arrow with infinity": (arrow(WITH_INFINITY), "Row 3, column “a”: inf"),
    "Arrow without rows": (arrow(FRAME[:0]), "This file has 0 rows"),
    "an Arrow stream cut short": (stream(FRAME)[:300], "This Arrow file is damaged, cut short"),
    "an Arrow stream of bytes": (stream(BYTES), "Column “b” holds bytes"),
    "a line that is not JSON": (
        lines('{"a": 1, "b": 2}', '{"a": 1, "b": 2}', "", '{"a": 1, "b": }'),
        "Line 4 is not JSON: Expecting value at character 15",
    ),
    "two objects in a line": (lines('{"a": 1} {"a": 2}'), "Line 1 is not JSON: Extra data"),
    "an object over several lines": (lines("{", '"a": 1', "}"), "Line 1 is not JSON"),
    "a key twice": (lines('{"a": 1, "b": 2}', '{"a": 1, "a": 2}'), "Row 2 has the key “a” twice"),
    "a list in a cell": (lines('{"a": 1, "b": 2}', '{"a": [], "b": 2}'), "Row 2, “a”: a list or an object"),
    "an object in a cell": (lines('{"a": {}, "b": 2}'), "Row 1, “a”: a list or an object"),
    "JSON's infinity": (lines('{"a": 1, "b": 2}', '{"a": -Infinity, "b": 2}'), "Row 2, “a”: -inf"),
    "an endless JSON number": (lines('{"a": 1, "b": 2}', '{"a": ' + "9" * 5000 + "}"), "Row 2, “a”: inf"),
    "text among JSON numbers": (
        lines(*['{"a": 1, "b": 2}'] * 30, '{"a": "long", "b": 2}'),
        "Row 31, column “a”: “long”",
    ),
    "half a character in a JSON value": (
        lines('{"a": 1, "b": "x"}', '{"a": 2, "b": "\\ud800"}'),
        "Row 2 holds half a character",
    ),
    "half a character in a JSON key": (lines('{"a\\udfff": 1, "b": 2}'), "Row 1 holds half a character"),
    "NUL in JSON": (lines('{"a": 1, "b": "x\\u0000"}'), "Row 1 holds the character NUL"),
    "JSON nested deeply": ('{"a":' * 100_000, "Line 1 is not JSON: it is nested too deeply"),
    "an empty array": ("[]", "This file has no rows: it is an empty JSON array"),
    "empty objects": (lines("{}", "{}", "{}"), "The objects in this file are empty"),
    "an array of lists": ("[[1, 2], [3, 4]]", "Row 1 is not a JSON object"),
    "an array cut short": (
        '[{"a": 1, "b": 2},\n{"a": 1,',
        "This JSON array is not complete or not JSON: line 2",
    ),
    "5,001 keys": (
        lines("{" + ", ".join(f'"{i}": 1' for i in range(5001)) + "}"),
        "This table has 5,001 columns",
    ),
    "a long line of JSON": (
        lines('{"a": 1, "b": 2}', '{"a": "' + "x" * (17 << 20)),
        "Line 2 has more than 16.0 MB",
    ),
    "a workbook cut short": (workbook({"One": SHEET})[:-30], "a zip container that is damaged or cut short"),
    "a workbook without sheets": (workbook({}), "This workbook has no sheet of cells"),
    "a workbook of a chart": (
        workbook({"Chart": ""}, kind="chartsheet"),
        "This workbook has no sheet of cells",
    ),
    "an empty sheet": (workbook({"One": rows()}), "No cell of “One” has a value"),
    "a sheet of a header": (workbook({"One": rows(("a", "b"))}), "This file has one row of data"),
    "a sheet of one column": (workbook({"One": rows(("a",), (1,), (2,), (3,))}), "This table has one column"),
    "a sheet of broken XML": (workbook({"One": "<sheetData><row>"}), "The sheet “One” is damaged"),
    "a sheet of entities": (
        workbook({"One": SHEET}, **{"xl/worksheets/sheet1.xml": "<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>"}),
        "declares XML entities",
    ),
    "a sheet that reaches too far": (
        workbook(
            {
                "One": '<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
                '<row r="1048576"><c r="CV1048576"><v>1</v></c></row></sheetData>'
            }
        ),
        "The sheet “One” reaches to CV1048576: that is 104,857,600 cells",
    ),
    "a sheet too wide": (
        workbook(
            {"One": '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row></sheetData>'}
        ),
        "This table has 16,384 columns",
    ),
    "text among a sheet's numbers": (
        workbook({"One": rows(("a", "b"), (1, "x"), (2, "y"), ("long", "x"), first=3)}),
        "Row 6, column “a”: “long”",
    ),
    "a number in a sheet beyond float32": (
        workbook({"One": rows(("a", "b"), (1, "x"), (1e300, "y"), (2, "x"))}),
        "Row 3, column “a”: 1e+300",
    ),
    "a workbook without its list of sheets": (
        archived({"[Content_Types].xml": "", "xl/workbook.xml": "<a/>"}),
        "list of sheets is missing",
    ),
    "a Word document": (archived({"[Content_Types].xml": "", "word/document.xml": ""}), "a Word document"),
    "a binary workbook": (archived({"[Content_Types].xml": "", "xl/workbook.bin": ""}), "a binary workbook"),
    "a zip of anything": (archived({"readme.txt": "hello"}), "No table or picture was found in this archive"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_table_is_refused(case: str, tmp_path: Path) -> None:
    content, message = REFUSED[case]
    found = refusal(content, tmp_path)
    assert message in str(found)
    assert found.advice
    assert not (tmp_path / "table.arrow").exists()


TIMES = pl.DataFrame({
    "a": [dt.date(2020, 6, 18)] * 3,
    "b": pl.Series([DAY] * 3).dt.replace_time_zone("Europe/Berlin"),
    "c": [dt.time(1)] * 3,
    "d": [dt.timedelta(seconds=1.5)] * 3,
})  # fmt: skip
TIMES_ROWS = [(DAY, dt.datetime(2020, 6, 17, 22), 3600.0, 1.5)] * 3
READ = {
    "Parquet": (parquet(FRAME), "Read as Parquet.", PLAIN_ROWS),
    "Arrow": (arrow(FRAME), "Read as an Arrow file.", PLAIN_ROWS),
    "an Arrow stream": (stream(FRAME), "Read as an Arrow stream.", PLAIN_ROWS),
    "NaN": (
        parquet(FRAME.with_columns(a=pl.Series([1.0, float("nan"), None]))),
        "Parquet",
        [(1.0, "x"), (None, "y"), (None, "x")],
    ),
    "rows without a value": (parquet(pl.concat([FRAME, FRAME.clear(2)])), "Parquet", PLAIN_ROWS),
    "a column of nothing": (
        parquet(FRAME.with_columns(c=None)),
        "Parquet",
        [(*row, None) for row in PLAIN_ROWS],
    ),
    "texts that are numbers": (
        parquet(FRAME.with_columns(a=pl.Series(["1", "2.0", " 3"]))),
        "read as numbers: “a”",
        PLAIN_ROWS,
    ),
    "categories": (arrow(FRAME.with_columns(b=pl.col("b").cast(pl.Categorical))), "Arrow", PLAIN_ROWS),
    "decimals": (
        parquet(FRAME.with_columns(a=pl.col("a").cast(pl.Decimal(9, 2)))),
        "Decimal numbers were converted to floating point: “a”",
        PLAIN_ROWS,
    ),
    "identifiers beyond 2^53": (
        parquet(FRAME.with_columns(a=pl.Series([2**62, 1, 2]))),
        "Whole numbers beyond 9,007,199,254,740,992 were rounded to 15 digits: “a”",
        [(float(2**62), "x"), (1.0, "y"), (2.0, "x")],
    ),
    "dates and times": (parquet(TIMES), "converted to seconds since midnight: “c”", TIMES_ROWS),
    "time zones": (arrow(TIMES), "Times with a time zone were converted to UTC: “b”", TIMES_ROWS),
    "names with blanks": (parquet(FRAME.rename({"a": " a\n", "b": ""})), "“” is now “column_2”", PLAIN_ROWS),
    "JSON Lines": (
        lines('{"a": 1, "b": "x"}', '{"a": 2, "b": "y"}', "", '{"a": 3, "b": "x"}'),
        "JSON",
        PLAIN_ROWS,
    ),
    "JSON Lines without a last line end, compressed": (
        gzip.compress(b'{"a": 1, "b": "x"}\r\n{"a": 2, "b": "y"}\r\n{"a": 3, "b": "x"}'),
        "JSON",
        PLAIN_ROWS,
    ),
    "a JSON array": ('[{"a": 1, "b": "x"}, {"a": 2, "b": "y"},\n{"b": "x", "a": 3}]', "JSON", PLAIN_ROWS),
    "JSON in UTF-16": (lines(*['{"a": 1, "b": "é"}'] * 3).encode("utf-16"), "JSON", [(1.0, "é")] * 3),
    "JSON's NaN": (lines(*['{"a": NaN, "b": "x"}'] * 3), "JSON", [(None, "x")] * 3),
    "keys that some rows lack": (
        lines('{"a": 1}', '{"a": 2, "b": "y"}', '{"b": "x"}'),
        "Some rows lack these keys, which counts as missing: “a”, “b”",
        [(1.0, None), (2.0, "y"), (None, "x")],
    ),
    "texts and numbers mixed": (
        lines(*['{"a": 1, "b": "x"}', '{"a": 2, "b": 1}', '{"a": 3, "b": true}'] * 2),
        "Texts and other values are mixed, all were taken as text: “b”",
        [(1.0, "x"), (2.0, "1"), (3.0, "true")] * 2,
    ),
    "truth values and numbers mixed": (
        lines('{"a": 1, "b": true}', '{"a": 2, "b": 0.5}', '{"a": 3, "b": null}'),
        "True and false among numbers became 1 and 0: “b”",
        [(1.0, 1.0), (2.0, 0.5), (3.0, None)],
    ),
    "large numbers in JSON": (
        lines(*[f'{{"a": {BIG}, "b": 1}}'] * 3),
        "rounded to 15 digits: “a”",
        [(float(BIG), 1.0)] * 3,
    ),
    "a workbook": (workbook({"One": SHEET}), "Read the sheet “One” of a workbook.", PLAIN_ROWS),
    "a workbook with an empty first sheet": (
        workbook({"One": rows(), "Two": SHEET}),
        "Read the sheet “Two” of a workbook (there is another",
        PLAIN_ROWS,
    ),
    "a sheet with a title": (
        workbook({"One": rows(("Report",), (None,), ("a", "b"), (1, "x"), (2, "y"), (3, "x"))}),
        "The first 2 rows were taken for a title.",
        PLAIN_ROWS,
    ),
    "a sheet without a header": (
        workbook({"One": rows((1, "x"), (2, "y"), (3, "x"))}),
        "No header was found",
        PLAIN_ROWS,
    ),
    "a sheet of dates": (
        workbook({"One": rows(("a", "b"), *[(1, b'<c s="1"><v>44000</v></c>')] * 3)}),
        "“One”",
        [(1.0, DAY)] * 3,
    ),
    "a sheet with gaps": (
        workbook({"One": rows(("a", "b"), (1, "x"), (None, None), (2, "NA"), (3, "x"), first=4)}),
        "“One”",
        [(1.0, "x"), (2.0, None), (3.0, "x")],
    ),
    "errors in cells": (
        workbook({"One": rows(("a", "b"), (1, "x"), (b'<c t="e"><v>#DIV/0!</v></c>', "y"), (3, "x"))}),
        "1 cell holds an error such as #DIV/0! (first in A3): read as missing.",
        [(1.0, "x"), (None, "y"), (3.0, "x")],
    ),
    "formulas' results": (
        workbook({"One": rows(("a", "b"), (1, "x"), (b"<c><f>A2+1</f><v>2</v></c>", "y"), (3, "x"))}),
        "“One”",
        PLAIN_ROWS,
    ),
    "formulas without results": (
        workbook({"One": rows(("a", "b"), (1, "x"), (2, FORMULA), (3, EMPTY_RESULT))}),
        "2 formulas have no stored result and were read as missing",
        [(1.0, "x"), (2.0, None), (3.0, None)],
    ),
    "merged cells": (
        workbook(
            {
                "One": rows(
                    ("a", "b"),
                    (1, "x"),
                    (2, None),
                    (3, "x"),
                    behind='<mergeCells><mergeCell ref="B2:B3"/></mergeCells>',
                )
            }
        ),
        "Of merged cells (B2:B3 first) only the upper left one has a value.",
        [(1.0, "x"), (2.0, None), (3.0, "x")],
    ),
    "numbers stored as text in a sheet": (
        workbook({"One": rows(("a", "b"), ("1", "x"), ("2", "y"), ("3", "x"))}),
        "read as numbers: “a”",
        PLAIN_ROWS,
    ),
    "a sheet whose cells do not say where they are": (
        workbook(
            {
                "One": "<sheetData>"
                + "".join(f"<row><c><v>{i}</v></c><c><v>{i + 1}</v></c></row>" for i in range(3))
                + "</sheetData>"
            }
        ),
        "“One”",
        [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)],
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


def test_a_sheet_can_be_asked_for(tmp_path: Path) -> None:
    content = workbook({"One": rows(("c", "d"), *[(5, 6)] * 3), "Two": SHEET})
    assert reading(content, tmp_path, sheet="Two").table.rows() == PLAIN_ROWS
    found = refusal(content, tmp_path, sheet="Three")
    assert (found.field, found.message) == ("sheet", "There is no sheet “Three”.")
    assert found.advice == "The sheets are: “One”, “Two”."


def test_members_of_a_workbook_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    content = bytearray(workbook({"One": SHEET}))
    entries = [at for at in range(len(content)) if content.startswith(b"PK\x01\x02", at)]
    content[entries[3] + 42 : entries[3] + 46] = content[entries[1] + 42 : entries[1] + 46]
    assert "lie on top of each other" in str(refusal(bytes(content), tmp_path))


def test_a_workbook_bomb_is_refused_by_its_list_of_parts(tmp_path: Path, settings: object) -> None:
    settings.HONE_MAX_UPLOAD_BYTES = 1 << 20
    bomb = workbook({"One": SHEET}, **{"xl/media/bomb": bytes(5 << 20)})
    assert "Unpacked, this file has more than 4.0 MB" in str(refusal(bomb, tmp_path))


def test_a_parquet_bomb_is_refused_by_its_number_of_rows(tmp_path: Path, settings: object) -> None:
    settings.HONE_MAX_UPLOAD_BYTES = 1 << 20
    bomb = parquet(pl.select(a=pl.repeat(1.0, 400_000), b=pl.repeat(2.0, 400_000)))
    assert "it has 400,000 rows and 2 columns: that is 6.1 MB" in str(refusal(bomb, tmp_path))


def test_texts_that_swell_are_refused_when_too_many_bytes_are_written(
    tmp_path: Path, settings: object
) -> None:
    settings.HONE_MAX_UPLOAD_BYTES = 1 << 20
    frame = pl.select(a=pl.int_range(100), b=pl.int_range(100).cast(pl.String) + "x" * 100_000)
    assert "Unpacked, this file has more than 4.0 MB" in str(refusal(parquet(frame), tmp_path))


PLAIN = "a,b\n1,x\n2,y\n3,x\n"
INSPECTED = {
    "text": PLAIN.encode(),
    "gzip": gzip.compress(PLAIN.encode()),
    "JSON": lines(*['{"a": 1, "b": 2}'] * 3).encode(),
    "Parquet": parquet(FRAME),
    "Arrow": arrow(FRAME),
    "an Arrow stream": stream(FRAME),
    "a workbook": workbook({"One": SHEET}),
}


@pytest.mark.parametrize("case", INSPECTED)
def test_the_columns_of_a_large_file_are_known_without_reading_it(case: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(INSPECTED[case])
    reader = readers.reader_for(readers.head_of(path))
    assert getattr(reader, "names", reader.inspect)(path, tmp_path, Options()) == ("a", "b")
