"""Whatever the bytes of a file are: it is read or refused, and nothing else is raised."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webapp.datasets.readers.outcomes import Reading, outcome
from webapp.datasets.refusal import Refusal

SEVERAL = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def saved() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, X=np.arange(12.0).reshape(4, 3), y=np.arange(4))
    return buffer.getvalue()


ARRAYS = saved()


def check(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert isinstance(outcome(content, Path(folder)), Reading | Refusal)


@pytest.mark.parametrize("begin", [b"", b"\x93NUMPY\x01\x00", b"\0\0\x08", b"\x1f\x8b\x08", b"{", b'[{"'])
@given(rest=st.binary(max_size=300))
@SEVERAL
def test_any_bytes(begin: bytes, rest: bytes) -> None:
    check(begin + rest)


@given(st.lists(st.lists(st.sampled_from(["1", "2,5", "x", '"', ";", ",", "\t", " ", "NA", "é", "=1", ""]))))
@SEVERAL
def test_any_text_of_fragments(rows: list[list[str]]) -> None:
    check("\n".join("".join(row) for row in rows).encode())


@given(st.text(alphabet="{}[]():',<>|fiuUO 0123456789-_descrfortanhpTue", max_size=200))
@SEVERAL
def test_any_header_of_an_array(text: str) -> None:
    header = text.encode() + b"\n"
    check(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64))


@given(st.integers(0, len(ARRAYS) - 1), st.integers(1, 255))
@SEVERAL
def test_any_damage_to_a_zip_of_arrays(position: int, flip: int) -> None:
    content = bytearray(ARRAYS)
    content[position] ^= flip
    check(bytes(content))
