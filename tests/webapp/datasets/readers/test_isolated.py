"""Decoders run in a process of their own: their answers come back, and their deaths are refusals."""

import io
from pathlib import Path

import polars as pl
import pytest

from tests.webapp.datasets.readers.workbooks import rows, workbook
from webapp.datasets import readers
from webapp.datasets.readers import arrow, isolated, parquet, xlsx
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

FRAME = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"]})


def ignore(done: float) -> None:
    """A listener that does not listen."""


@pytest.mark.parametrize("reader", [parquet, arrow, xlsx])
def test_a_reading_made_by_another_process_is_the_same(reader: readers.Reader, tmp_path: Path) -> None:
    path = tmp_path / "source"
    if reader is parquet:
        FRAME.write_parquet(path)
    elif reader is arrow:
        FRAME.write_ipc(path)
    else:
        path.write_bytes(workbook({"One": rows(FRAME.columns, *FRAME.rows())}))
    if reader is parquet:  # one is enough: every process takes a second to start
        assert reader.inspect(path, tmp_path, Options()) == ("a", "b")
    notes = reader.read(path, tmp_path, Options(), ignore)
    assert notes[0].startswith("Read ")
    assert pl.read_ipc((tmp_path / "table.arrow").read_bytes()).rows() == FRAME.rows()


def test_a_refusal_comes_back_with_its_row_and_column(tmp_path: Path) -> None:
    FRAME.with_columns(a=pl.Series([1.0, float("-inf"), 2.0])).write_parquet(tmp_path / "source")
    with pytest.raises(Refusal, match="Row 2, column “a”: -inf") as caught:
        parquet.read(tmp_path / "source", tmp_path, Options(), ignore)
    assert (caught.value.field, caught.value.row, caught.value.column) == ("file", 2, "a")


def test_the_limits_of_the_settings_hold_in_the_other_process(tmp_path: Path, settings: object) -> None:
    settings.HONE_MAX_COLUMNS = 1
    FRAME.write_parquet(tmp_path / "source")
    with pytest.raises(Refusal, match="This table has 2 columns, more than the 1"):
        parquet.read(tmp_path / "source", tmp_path, Options(), ignore)


def test_a_file_that_makes_the_decoder_panic_is_refused(tmp_path: Path) -> None:
    """Its footer places a batch far behind the file's end."""
    buffer = io.BytesIO()
    FRAME.write_ipc(buffer, compression="zstd")
    content = bytearray(buffer.getvalue())
    content[-176] ^= 0x40
    (tmp_path / "source").write_bytes(content)
    with pytest.raises(Refusal, match="damaged"):
        arrow.read(tmp_path / "source", tmp_path, Options(), ignore)


def test_a_decoder_that_dies_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "source").touch()
    with pytest.raises(Refusal, match="is damaged, or needs more than 4 GB of memory"):
        isolated.call("parquet", "no_such_function", tmp_path / "source", tmp_path, Options())
