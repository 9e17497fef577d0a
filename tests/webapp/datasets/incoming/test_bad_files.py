"""A bad file is refused with a message that says what, where and how to mend it; nothing of it is left."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.webapp.datasets.sending import IRIS, Sender
from webapp.datasets.models import Dataset, Upload


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, IRIS)
    return buffer.getvalue()


REFUSED = {
    "an empty file": ("", "file", "This file is empty"),
    "blank lines only": ("\n\n  \n", "file", "This file is empty"),
    "a header only": ("a,b,species\n", "file", "a header in row 1 but no rows"),
    "one column": ("a\n1\n2\n3\n", "file", "Only one column"),
    "one row": ("a,b,label\n1,2,x\n", "file", "one row of data"),
    "one class": ("a,label\n1,x\n2,x\n3,x\n4,x\n", "target", "“label” has the same value in every row (“x”)"),
    "a constant number to predict": ("a,y\n1,5\n2,5\n3,5\n", "target", "“y” has the same value in every row"),
    "text where numbers were": (
        IRIS.replace("8.5,2.25", "tall,2.25", 1),
        "file",
        "Row 6, column “sepal”: “tall” is not a usable number",
    ),
    "a number beyond float32": ("a,b\n1,2\n1e999,3\n4,5\n", "file", "Row 3, column “a”: “1e999”"),
    "infinity": ("a,b\n1,2\n3,-inf\n4,5\n", "file", "Row 3, column “b”: “-inf”"),
    "a row that is too short": (
        "a,b,c\n1,2,3\n4,5\n6,7,8\n",
        "file",
        "Row 3 has 2 values, but the first row has 3",
    ),
    "a row that is too long": (
        "a,b\n1,2\n3,4\n5,6,7\n",
        "file",
        "Row 4 has 3 values, but the first row has 2",
    ),
    "a NUL byte": ("a,b\n1,2\n3,\0\n5,6\n", "file", "There is a NUL byte in row 3 (byte 10 of the file)"),
    "a quote never closed": ('a,b\n"x",2\n"y,4\n"z",5\n', "file", "opened in row 3 is never closed"),
    "UTF-16 cut in half": (IRIS.encode("utf-16")[:-1], "file", "begins as UTF-16 text"),
    "a PNG named .csv": (b"\x89PNG\r\n\x1a\n" + bytes(100), "file", "a PNG picture"),
    "a PDF named .csv": (b"%PDF-1.7\n" + bytes(100), "file", "a PDF document"),
    "a document named .csv": (
        zipped("[Content_Types].xml", "xl/sheet.xml"),
        "file",
        "an Office document without a workbook",
    ),
    "a web page named .csv": ("\n<!DOCTYPE html><html></html>", "file", "a web page"),
    "a name for every row": (
        "name,text\n" + "".join(f"{i},word{i}\n" for i in range(9)),
        "target",
        "9 different texts in 9 rows",
    ),
    "nothing but identifiers": (
        "id,label\n" + "".join(f"{i},{i % 2}\n" for i in range(9)),
        "target",
        "No column is left",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_is_refused_with_a_message_at_its_field(case: str, send: Sender) -> None:
    content, field, message = REFUSED[case]
    response = send(content)
    assert response.status_code == 422
    assert message in response.json()["errors"][field]


@pytest.mark.parametrize("case", [case for case, (_, field, _) in REFUSED.items() if field == "file"])
def test_nothing_of_a_bad_file_is_left(
    case: str, send: Sender, home: Path, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(REFUSED[case][0])
    assert not Dataset.objects.exists()
    assert not Upload.objects.exists()
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_ten_thousand_columns_are_refused(send: Sender) -> None:
    row = ",".join(["1"] * 10_000)
    response = send(",".join(f"c{i}" for i in range(10_000)) + f"\n{row}\n{row}\n{row}\n")
    assert response.status_code == 422
    assert "10,000 columns" in response.json()["errors"]["file"]


def test_a_gigabyte_in_one_line_is_refused_at_its_first_piece(send: Sender) -> None:
    url = send.start(1 << 30).json()["url"]
    response = send.piece(url, 0, b"1," * (1 << 20))
    assert response.status_code == 422
    assert "more than 1 MB without a line break" in response.json()["errors"]["file"]
    assert not Upload.objects.exists()


def test_a_line_that_never_ends_further_down_is_refused_with_its_row(send: Sender) -> None:
    response = send("a,b\n1,2\n" + "1" * (3 << 20))
    assert "Row 3 goes on for more than 1 MB" in response.json()["errors"]["file"]


def test_a_target_that_is_not_there_is_refused_with_the_columns(send: Sender) -> None:
    errors = send(IRIS, target="colour").json()["errors"]
    assert errors == {"target": "There is no column “colour”. The columns are: sepal, petal, species."}


def test_a_refused_target_keeps_the_file_for_another_try(send: Sender) -> None:
    url = send.start(len(IRIS)).json()["url"]
    send.piece(url, 0, IRIS.encode())
    assert send.finish(url, target="colour").status_code == 422
    assert send.finish(url, target="species").status_code == 201
