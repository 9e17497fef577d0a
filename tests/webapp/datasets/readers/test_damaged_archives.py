"""Whatever happens to the bytes of an archive, it is read or refused, and nothing else is left of it."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webapp.datasets.readers.outcomes import outcome
from tests.webapp.datasets.readers.packing import classes, picture
from tests.webapp.datasets.readers.test_archives import OTHER, PACKED, TABLE, mnist

NOISE = np.random.default_rng(1).integers(0, 256, (8, 8, 3))
PICTURES = {f"a/x.{kind.lower()}": picture(NOISE, kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP")}
CONTENTS = (
    {**classes(6), **PICTURES},
    {"train.csv": TABLE, "test.csv": OTHER},
    mnist(),
    {
        **{f"{i}.png": content for i, content in enumerate(classes().values())},
        "l.csv": "f,label\n0,x\n1,y\n2,x\n",
    },
)
CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6)


def changed(content: bytes, changes: list[tuple[float, int]], share: float) -> bytes:
    """`content` with some bytes changed, and only its first `share`."""
    damaged = bytearray(content)
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    return bytes(damaged[: int(share * len(damaged))])


@pytest.mark.parametrize("files", CONTENTS, ids=["pictures", "tables", "IDX", "labels"])
@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(sorted(PACKED)), changes=CHANGES, share=st.sampled_from((1, 1, 1, 0.9, 0.5)))
def test_a_damaged_archive_is_read_or_refused(
    files: dict[str, bytes], kind: str, changes: list[tuple[float, int]], share: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        content = PACKED[kind](files)
        outcome(content[:4] + changed(content[4:], changes, share), Path(folder))
        left = {path.name for path in Path(folder).iterdir()}
    assert left <= {"source", "images.npy", "table.arrow", "text.csv", "unpacked"}


@pytest.mark.parametrize("name", PICTURES)
@settings(max_examples=40, deadline=None)
@given(changes=CHANGES, share=st.sampled_from((1, 1, 0.9, 0.5)))
def test_a_damaged_picture_is_read_left_out_or_refused(
    name: str, changes: list[tuple[float, int]], share: float
) -> None:
    files = {**classes(6), name: changed(PICTURES[name], changes, share)}
    with tempfile.TemporaryDirectory() as folder:
        outcome(PACKED["zip"](files), Path(folder))
        left = {path.name for path in Path(folder).iterdir()}
    assert left <= {"source", "images.npy", "table.arrow"}
