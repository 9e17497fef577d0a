"""An odd file of arrays ends as a reading with a note, or as a refusal: what is wrong and how to mend it."""

import gzip
import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.webapp.datasets.readers.outcomes import reading, refusal
from webapp.datasets.readers import idx
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

MATRIX = np.arange(12.0).reshape(4, 3)
LABELS = np.array([0, 1, 0, 1])
IMAGES = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)


def npy(array: np.ndarray, **options: bool) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def headed(header: str, data: bytes = b"", version: int = 1) -> bytes:
    """An .npy file with a header of one's own."""
    text = header.encode() + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def of_shape(shape: str, descr: str = "'<f8'", data: bytes = bytes(96)) -> bytes:
    return headed(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}", data)


def zipped(**members: bytes) -> bytes:
    """An .npz file of .npy members of one's own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def idx_file(array: np.ndarray, shape: tuple[int, ...] | None = None, magic: bytes = b"\0\0\x08") -> bytes:
    shape = array.shape if shape is None else shape
    return magic + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + array.tobytes()


def lying(content: bytes, name: bytes, size: int) -> bytes:
    """The zip file `content` whose list of members tells `size` as the unpacked size of `name`."""
    changed = bytearray(content)
    at = content.index(b"PK\x01\x02", content.rindex(name) - 60)
    changed[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(changed)


RECORDS = np.array([(1, 2.0)] * 4, dtype=[("a", "i4"), ("b", "f8")])
NUMBERS_AND_NOTHING = np.array([1, None, "x", {}], dtype=object)
WITH_INFINITY = np.where(np.arange(12).reshape(4, 3) == 7, -np.inf, MATRIX)

REFUSED = {
    "pickled objects": (npy(NUMBERS_AND_NOTHING, allow_pickle=True), "holds Python objects (pickled)"),
    "structured records": (npy(RECORDS), "holds structured records"),
    "complex numbers": (npy(MATRIX * 1j), "holds complex numbers"),
    "durations": (npy(MATRIX.astype("m8[s]")), "values of the type timedelta64[s]"),
    "raw bytes": (npy(np.zeros((4, 3), "V5")), "values of the type"),
    "texts of no length": (of_shape("(4, 3)", "'<U0'", b""), "values of the type"),
    "one value": (npy(np.array(1.0)), "is a single value, not a table"),
    "one column": (npy(LABELS), "This table has one column"),
    "no rows": (npy(np.zeros((0, 3))), "is empty: its shape is (0, 3)"),
    "no columns": (npy(np.zeros((3, 0))), "is empty: its shape is (3, 0)"),
    "two rows": (npy(MATRIX[:2]), "This file has 2 rows of data"),
    "two to the eightieth rows": (of_shape(f"({2**80}, 3)"), "says that it has more than a million TB"),
    "hundreds of gigabytes": (
        of_shape("(50000000000, 1)"),
        "says that it has 372.5 GB, but the file holds 96",
    ),
    "a product that overflows": (of_shape(f"({2**32}, {2**32})"), "more than a million TB"),
    "a negative length": (of_shape("(-4, 3)"), "a negative length in the shape (-4, 3)"),
    "a length of True": (of_shape("(True, 2.5)"), "The header of the array “this array” cannot be read"),
    "a header over 10 kB": (
        headed("{" + " " * 11_000 + "}", version=2),
        "cannot be read: Header info length",
    ),
    "a header nested deeply": (headed("(" * 9_000, version=2), "The header of the array"),
    "a header of code": (headed("__import__('os').abort()"), "The header of the array"),
    "a header cut short": (npy(MATRIX)[:40], "The header of the array"),
    "a header without keys": (headed("{}"), "The header of the array"),
    "a type that is none": (of_shape("(4, 3)", "'<f99'"), "The header of the array"),
    "an unknown version": (b"\x93NUMPY\x09\x00" + bytes(100), "The header of the array"),
    "version 3": (b"\x93NUMPY\x03\x00" + bytes(100), "a version that only structured arrays need"),
    "data cut short": (npy(MATRIX)[:-8], "says that it has 96 bytes, but the file holds 88 bytes"),
    "bytes behind the data": (
        npy(MATRIX) + bytes(8),
        "says that it has 96 bytes, but the file holds 104 bytes",
    ),
    "infinity": (npy(WITH_INFINITY), "“this array”, row 3, column 2: -inf is not a number"),
    "a number beyond float32": (npy(MATRIX * 1e38), "“this array”, row 1, column 3: 2e+38 is not a number"),
    "too many columns": (npy(np.zeros((3, 5001))), "This table has 5,001 columns"),
    "images alone": (npy(IMAGES), "“this array” holds 4 images, but there are no answers"),
    "arrays of other names": (npz(a=MATRIX, b=LABELS), "None of the arrays is called X, data or x_train"),
    "answers without inputs": (npz(y=LABELS, z=LABELS), "The arrays are: y (4,), z (4,)"),
    "X longer than y": (npz(X=MATRIX, y=LABELS[:3]), "“X” has 4 rows, but “y” has 3"),
    "y with a third dimension": (npz(X=MATRIX, y=np.zeros((4, 2000))), "has 2,000 answers for each row"),
    "images without labels": (npz(X=IMAGES, other=MATRIX), "“X” holds 4 images, but there are no answers"),
    "a test part without answers": (
        npz(x_train=MATRIX, y_train=LABELS, x_test=MATRIX),
        "“x_test” has no answers beside it. The arrays are: x_train (4, 3), y_train (4,), x_test (4, 3)",
    ),
    "a test part of another width": (
        npz(x_train=MATRIX, y_train=LABELS, x_test=MATRIX[:, :2], y_test=LABELS),
        "rows of different shapes: (4, 3) and (4, 2)",
    ),
    "pickled answers": (
        zipped(X=npy(MATRIX), y=npy(NUMBERS_AND_NOTHING, allow_pickle=True)),
        "“y” holds Python objects",
    ),
    "infinity in the test part": (
        npz(x_train=MATRIX, y_train=LABELS, x_test=WITH_INFINITY, y_test=LABELS),
        "“x_test”, row 3, column 2: -inf",
    ),
    "a member that is no array": (zipped(X=b"hello", y=npy(LABELS)), "The header of the array “X”"),
    "a member of hundreds of gigabytes": (
        zipped(X=of_shape("(50000000000, 1)"), y=npy(LABELS)),
        "“X” says that it has 372.5 GB",
    ),
    "a member whose listed size is a lie": (
        lying(zipped(X=npy(MATRIX), y=npy(LABELS)), b"X.npy", 120),
        "damaged or cut short (Bad CRC-32 for file 'X.npy')",
    ),
    "members larger than any table": (
        lying(zipped(X=npy(MATRIX), y=npy(LABELS)), b"X.npy", 0xFFFFFF00),
        "far more than its size suggests",
    ),
    "an archive cut short": (npz(X=MATRIX, y=LABELS)[:-30], "a zip container that is damaged or cut short"),
    "images that are too large": (
        npz(X=np.zeros((3, 300, 2), np.uint8), y=LABELS[:3]),
        "These images have 2 × 300 pixels; at most 256 × 256",
    ),
    "images of IDX alone": (idx_file(IMAGES), "This IDX file holds 4 images and no labels"),
    "labels of IDX alone": (idx_file(LABELS.astype("u1")), "This IDX file holds 4 labels and no images"),
    "compressed images of IDX alone": (gzip.compress(idx_file(IMAGES)), "holds 4 images and no labels"),
    "IDX cut short": (idx_file(IMAGES)[:-1], "says that it has 136 bytes, but it has 135 bytes"),
    "IDX with more than it says": (
        idx_file(IMAGES) + b"\0",
        "says that it has 136 bytes, but it has 137 bytes",
    ),
    "IDX that lies": (idx_file(IMAGES, (2**32 - 1,) * 3), "but it has 136 bytes"),
    "compressed IDX that lies": (
        gzip.compress(idx_file(IMAGES, (2**31, 9, 9))),
        "far more than its size suggests",
    ),
    "compressed IDX cut short": (gzip.compress(idx_file(IMAGES))[:-9], "is compressed with gzip and damaged"),
    "IDX that ends in its header": (idx_file(IMAGES)[:9], "ends in the middle of its header"),
    "IDX without images": (idx_file(IMAGES[:0]), "is empty: its shape is (0, 5, 6)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_of_arrays_is_refused(case: str, tmp_path: Path) -> None:
    content, message = REFUSED[case]
    found = refusal(content, tmp_path)
    assert message in str(found)
    assert found.advice
    assert not (tmp_path / "table.arrow").exists()


ROWS = [tuple(row) for row in MATRIX.tolist()]
CONVERTED = {
    "big-endian numbers": (npy(MATRIX.astype(">f4")), "big-endian byte order were converted", ROWS),
    "Fortran order": (npy(np.asfortranarray(MATRIX)), "Fortran order were converted", ROWS),
    "half precision": (npy(MATRIX.astype("f2")), "shape (4, 3)", ROWS),
    "extended precision": (npy(MATRIX.astype(np.longdouble)), "more than 64 bits were rounded to 64", ROWS),
    "whole numbers": (npy(MATRIX.astype("i2")), "shape (4, 3)", ROWS),
    "NaN": (
        npy(np.where(MATRIX == 1, np.nan, MATRIX)),
        "shape (4, 3)",
        [(0.0, None, 2.0), *ROWS[1:]],
    ),
    "a row of NaN alone": (
        npy(np.where(MATRIX < 3, np.nan, MATRIX)),
        "shape (4, 3)",
        ROWS[1:],
    ),
    "whole numbers beyond 2^53": (
        npy(np.array([[2**60, 1]] * 3)),
        "Whole numbers beyond 9,007,199,254,740,992 were rounded to 15 digits: “column_1”",
        [(float(2**60), 1.0)] * 3,
    ),
    "texts": (
        npy(np.array([["1", "a"], ["2.5", "b"], ["NA", "a"]])),
        "Texts that are numbers were read as numbers: “column_1”",
        [(1.0, "a"), (2.5, "b"), (None, "a")],
    ),
    "bytes": (npy(np.array([["a", "b"]] * 3, "S1")), "shape (3, 2)", [("a", "b")] * 3),
    "truth values": (npy(MATRIX > 5), "shape (4, 3)", [(False,) * 3] * 2 + [(True,) * 3] * 2),
    "three dimensions": (
        npy(MATRIX.reshape(3, 2, 2)),
        "has 2 × 2 numbers a row: each became a column of its own",
        [tuple(row) for row in MATRIX.reshape(3, 4).tolist()],
    ),
    "an array under gzip": (gzip.compress(npy(MATRIX)), "shape (4, 3)", ROWS),
    "inputs and answers": (
        npz(X=MATRIX, y=LABELS, z=LABELS),
        "Read from the arrays “X”, “y”. Not used: “z”.",
        [(*row, float(label)) for row, label in zip(ROWS, LABELS, strict=True)],
    ),
    "data and target": (
        npz(data=MATRIX, target=np.array(list("abab"))),
        "Read from the arrays “data”, “target”",
        [(*row, label) for row, label in zip(ROWS, "abab", strict=True)],
    ),
    "one-hot answers": (
        npz(X=MATRIX, y=np.eye(3)[[2, 0, 1, 2]]),
        "“y” is one-hot: the label is the number of the column",
        [(*row, label) for row, label in zip(ROWS, (2.0, 0.0, 1.0, 2.0), strict=True)],
    ),
    "several answers a row": (
        npz(X=MATRIX, y=np.array([[1, 1], [0, 1], [0, 0], [1, 0]])),
        "“y” has 2 columns: they are called label_1 to label_2",
        [(*row, *more) for row, more in zip(ROWS, [(1, 1), (0, 1), (0, 0), (1, 0)], strict=True)],
    ),
    "unused pickles beside": (
        zipped(X=npy(MATRIX), y=npy(LABELS), z=npy(NUMBERS_AND_NOTHING, allow_pickle=True)),
        "Not used: “z”",
        [(*row, float(label)) for row, label in zip(ROWS, LABELS, strict=True)],
    ),
    "parts": (
        npz(x_train=MATRIX[:2], y_train=LABELS[:2], x_val=MATRIX[2:3], y_val=LABELS[2:3], x_test=MATRIX[3:],
            y_test=LABELS[3:]),
        "“x_train”, “y_train”, “x_val”, “y_val”, “x_test”, “y_test”",
        [(*row, float(label), part)
         for row, label, part in zip(ROWS, LABELS, ("train", "train", "dev", "test"), strict=True)],
    ),
    "a matrix as IDX": (
        idx_file(MATRIX.astype(">f4"), magic=b"\0\0\x0d"),
        "Read as an IDX array of shape (4, 3). Numbers in big-endian",
        ROWS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CONVERTED)
def test_an_odd_file_of_arrays_is_read_and_what_was_converted_is_said(case: str, tmp_path: Path) -> None:
    content, note, rows = CONVERTED[case]
    found = reading(content, tmp_path)
    assert note in found.notes
    assert found.table.rows() == rows
    assert found.images is None


def test_arrays_can_be_named_when_their_names_say_nothing(tmp_path: Path) -> None:
    content = npz(a=MATRIX, b=LABELS)
    assert reading(content, tmp_path, inputs="a", answers="b").table["label"].to_list() == [0, 1, 0, 1]
    found = refusal(content, tmp_path, inputs="c")
    assert (found.field, found.message) == ("inputs", "There is no array “c”.")
    assert "a (4, 3), b (4,)" in found.advice


COLOUR = np.arange(4 * 5 * 6 * 3, dtype=np.uint32).astype(np.uint8).reshape(4, 5, 6, 3)
PICTURES = {
    "grey": (IMAGES, {}, "“X”, “y”", IMAGES[..., None]),
    "colour": (COLOUR, {}, "“X”, “y”", COLOUR),
    "channels first": (np.moveaxis(COLOUR, 3, 1), {}, "came with their channels first", COLOUR),
    "transparency": (np.pad(COLOUR, [(0, 0)] * 3 + [(0, 1)]), {}, "transparency was left out", COLOUR),
    "grey in three channels": (
        np.repeat(IMAGES[..., None], 3, axis=3), {}, "kept in shades of grey", IMAGES[..., None],
    ),
    "grey asked for as colour": (IMAGES, {"colour": "rgb"}, "", np.repeat(IMAGES[..., None], 3, axis=3)),
    "another size": (
        np.full((4, 6, 6), 7, np.uint8), {"side": 3}, "6 × 6 pixels became 3 × 3", np.full((4, 3, 3, 1), 7),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PICTURES)
def test_an_array_of_bytes_is_images(case: str, tmp_path: Path) -> None:
    array, options, note, expected = PICTURES[case]
    found = reading(npz(X=array, y=np.array([1, np.nan, 0, 1])), tmp_path, **options)
    assert note in found.notes
    assert found.images.dtype == np.uint8
    np.testing.assert_array_equal(found.images, expected)
    assert found.table.columns == ["label"]
    assert found.table["label"].to_list() == [1, None, 0, 1]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx_files_are_read_in_pairs_of_parts(pack: type, tmp_path: Path) -> None:
    pairs = {}
    for part, rows in (("train", slice(0, 3)), ("test", slice(3, 4))):
        images, labels = tmp_path / f"{part}-images", tmp_path / f"{part}-labels"
        images.write_bytes(pack(idx_file(IMAGES[rows])))
        labels.write_bytes(pack(idx_file(LABELS[rows].astype("u1"))))
        pairs[part] = (images, labels)
    idx.read_pairs(pairs, tmp_path, Options(), lambda done: None)
    np.testing.assert_array_equal(np.load(tmp_path / "images.npy"), IMAGES[..., None])
    pairs["test"] = (pairs["test"][0], pairs["train"][1])
    with pytest.raises(Refusal, match="“test-images” has 1 rows, but “train-labels” has 3"):
        idx.read_pairs(pairs, tmp_path, Options(), lambda done: None)
    with pytest.raises(Refusal, match="“train-images” does not hold one label for each image"):
        idx.read_pairs({"": (pairs["train"][0],) * 2}, tmp_path, Options(), lambda done: None)


def test_what_is_no_idx_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "labels").write_bytes(b"\0\1\x08\x01" + bytes(20))
    with pytest.raises(Refusal, match="“labels” is not an IDX file"):
        idx.load(tmp_path / "labels")


@pytest.mark.parametrize(
    "content",
    [
        of_shape("(50000000000, 1)"),
        zipped(X=of_shape("(50000000000, 1)"), y=npy(LABELS)),
        gzip.compress(idx_file(IMAGES, (2**31, 9, 9))),
    ],
)
def test_a_small_file_that_asks_for_hundreds_of_gigabytes_gets_no_memory(
    content: bytes, tmp_path: Path
) -> None:
    tracemalloc.start()
    refusal(content, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20
