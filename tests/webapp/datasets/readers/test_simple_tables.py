"""A table without quotes is read in a shorter way than others: what comes of it is the same."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from webapp.datasets.readers import csv, text
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

CELLS = st.sampled_from(["1", "2.5", "-3e4", "", "NA", "x", "1e300", "nan", "inf", " 7", "7\r"])
PLAIN = [["1", "2", "3"]] * 4


def outcome(content: str) -> object:
    """The values and notes that come of a file, or the refusal."""
    with TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "table.csv").write_bytes(content.encode())
        try:
            notes = csv.read(work / "table.csv", work, Options(), lambda done: None)
        except Refusal as refusal:
            return refusal.message, refusal.advice, refusal.row, refusal.column
        return notes, pl.read_ipc(work / "table.arrow").to_dict(as_series=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=3), st.integers(0, 4), st.booleans())
@example([["1", "2"]], 2, False)
@example([["1", "2", "3", ""]], 2, False)
@example([["", ""]], 2, True)
@example([[""]], 4, True)
def test_a_table_gives_the_same_whether_a_name_is_quoted_or_not(odd, at, returns):
    rows = PLAIN[:at] + odd + PLAIN[at:]
    lines = ("\r\n" if returns else "\n").join(",".join(row) for row in rows)
    assert outcome(f"a,b,c\n{lines}\n") == outcome(f'"a",b,c\n{lines}\n')


@pytest.mark.parametrize("odd", [b'"', b"\0", b"\xff", "ü".encode(), b"x" * (1 << 20)])
def test_what_the_shorter_way_cannot_take_is_found_far_into_a_file(tmp_path, odd):
    lines = b"1,2,3\n" * (text.PART // 3)
    (tmp_path / "clean.csv").write_bytes(lines)
    (tmp_path / "odd.csv").write_bytes(lines + odd + b"\n")
    assert text.is_clean(tmp_path / "clean.csv")
    assert not text.is_clean(tmp_path / "odd.csv")


@pytest.mark.parametrize("rows", [4, 30_000])
def test_a_quote_beyond_the_head_is_no_text(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(csv, "HEAD", 1 << 12)
    lines = "1,2,3\n" * rows
    assert outcome(f'a,b,c\n{lines}"4",5,6\n')[1]["a"][-1] == 4


@pytest.mark.parametrize("cells", [0, 1 << 25])
def test_a_table_too_large_for_memory_gives_the_same(monkeypatch, cells):
    monkeypatch.setattr("webapp.datasets.readers.types.CELLS_IN_MEMORY", cells)
    notes, table = outcome("a,b,c\n" + "1,x,3\n,y,4\n" * 3)
    assert table == {"a": [1, None] * 3, "b": ["x", "y"] * 3, "c": [3, 4] * 3}
    assert notes == ["Read as UTF-8 text separated by commas."]
