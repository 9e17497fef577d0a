"""Any honest table is read: encodings, separators, quotes, headers, missing cells."""

from pathlib import Path

import polars as pl
import pytest

from webapp.datasets.making.building import ignore
from webapp.datasets.readers import csv
from webapp.datasets.readers.dialect import unique_names
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

PLAIN = "name,size,é\nx,1,NA\ny,2.5,3\nÿ,-3,?\n"
ROWS = [("x", 1.0, None), ("y", 2.5, 3.0), ("ÿ", -3.0, None)]


def read(content: str | bytes, folder: Path) -> pl.DataFrame:
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    csv.read(path, folder, Options(), ignore)
    return pl.read_ipc(folder / "table.arrow")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
)
def test_every_common_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    table = read(PLAIN.encode(encoding), tmp_path)
    assert table.columns == ["name", "size", "é"]
    assert table.rows() == ROWS


def test_latin_1_is_noticed_beyond_the_head_of_the_file(tmp_path: Path) -> None:
    table = read(b"a,b\n" + b"x,plain\n" * 700_000 + b"x,caf\xe9\n", tmp_path)
    assert table["b"][-1] == "café"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_separator_and_line_end_is_read(separator: str, line_end: str, tmp_path: Path) -> None:
    content = PLAIN.replace(",", separator).replace("\n", line_end)
    assert read(content.encode(), tmp_path).rows() == ROWS


def test_a_separator_line_end_or_quote_inside_quotes_is_text(tmp_path: Path) -> None:
    table = read('a,b\n"x, y","1"\n"two\nlines",2\n"say ""hi""",3\n', tmp_path)
    assert table.rows() == [("x, y", 1.0), ("two\nlines", 2.0), ('say "hi"', 3.0)]


def test_quotes_after_a_blank_are_quotes(tmp_path: Path) -> None:
    table = read('a, b\n1, "x, y"\n2, "z"\n3, "w"\n', tmp_path)
    assert table.rows() == [(1.0, "x, y"), (2.0, "z"), (3.0, "w")]


def test_inches_are_not_quotes(tmp_path: Path) -> None:
    assert read('a,b\nx,5"\ny,6"\nz,7\n', tmp_path)["b"].to_list() == ['5"', '6"', "7"]


@pytest.mark.parametrize(
    "cell", ["", " ", "NA", "n/a", "NaN", "null", "NULL", "?", "-", "None", '""', "#N/A"]
)
def test_every_spelling_of_missing_is_missing(cell: str, tmp_path: Path) -> None:
    table = read(f"a,b\n1,x\n{cell},y\n3,{cell}\n4,y\n", tmp_path)
    assert table.rows() == [(1.0, "x"), (None, "y"), (3.0, None), (4.0, "y")]


def test_blank_lines_and_empty_rows_are_left_out(tmp_path: Path) -> None:
    assert read("\n\na,b\n1,2\n\n3,4\n,\n5,6\n\n", tmp_path).rows() == [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]


def test_blanks_around_numbers_do_not_matter(tmp_path: Path) -> None:
    assert read("a , b\n 1, 2\n3 ,4 \n5,\t6\n", tmp_path).rows() == [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]


def test_a_file_without_a_header_gets_names(tmp_path: Path) -> None:
    table = read("5.1,3.5,setosa\n4.9,3,virginica\n4,3,setosa\n", tmp_path)
    assert table.columns == ["column_1", "column_2", "column_3"]
    assert len(table) == 3


@pytest.mark.parametrize(
    "header", ["label,0,1", "id,2019,2020", "0,1,2", '"a b",c,d', "x,y,z", ",b,c"]
)  # the last: the index that pandas writes
def test_a_header_over_numbers_is_a_header(header: str, tmp_path: Path) -> None:
    assert len(read(f"{header}\n1,2,3\n4,5,6\n7,8,9\n", tmp_path)) == 3


def test_a_table_of_texts_has_a_header_unless_its_words_come_again(tmp_path: Path) -> None:
    assert len(read("sky,play\nsunny,no\nrain,yes\nsunny,yes\n", tmp_path)) == 3
    assert len(read("sunny,no\nrain,yes\nsunny,yes\n", tmp_path)) == 3


def test_a_header_that_ends_with_a_separator_fits_its_rows(tmp_path: Path) -> None:
    assert read("a,b,\n1,2\n3,4\n5,6\n", tmp_path).columns == ["a", "b"]


def test_repeated_and_blank_names_become_unique() -> None:
    assert unique_names(["a", "a", "", " a_2", "b\n c"]) == ["a", "a_2", "column_3", "a_2_2", "b c"]


def test_a_few_texts_among_many_numbers_are_refused_but_many_make_a_category(tmp_path: Path) -> None:
    few = "a,b\n" + "1,1\n" * 95 + "1,x\n" * 5
    with pytest.raises(Refusal, match=r"Row 97, column “b”: “x”.*\(5 such cells\)") as caught:
        read(few, tmp_path)
    assert (caught.value.row, caught.value.column) == (97, "b")
    assert read("a,b\n" + "1,1\n" * 94 + "1,x\n" * 6, tmp_path)["b"].dtype == pl.String


def test_the_row_of_a_bad_cell_counts_the_header_and_blank_lines(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="Row 6, column “b”"):
        read("\na,b\n1,2\n\n3,4\n5,x\n7,8\n", tmp_path)


def test_a_ragged_row_far_down_is_found(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="Row 1,000,002 has 3 values, but the first row has 2"):
        read("a,b\n" + "1,2\n" * 1_000_000 + "1,2,3\n", tmp_path)


def test_the_head_of_a_large_file_is_checked_before_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a,b\n1,x\n2,y\n2,y\n" + b"3,z\n" * (2 << 20) + b"4\n")
    assert csv.inspect(path, tmp_path, Options()) == ("a", "b")
    path.write_bytes(b"a,b\n1,x\n2\n" + b"3,z\n" * (2 << 20))
    with pytest.raises(Refusal, match="Row 3 has 1 value"):
        csv.inspect(path, tmp_path, Options())
