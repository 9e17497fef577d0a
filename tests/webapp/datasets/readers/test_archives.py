"""Tables and IDX files in archives; what zip and tar have in common."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webapp.datasets.readers.outcomes import reading, refusal
from tests.webapp.datasets.readers.packing import classes, grey, tarred, zipped
from webapp.datasets import readers
from webapp.datasets.readers import archives, gzipped
from webapp.datasets.readers.archives.archive import opened
from webapp.datasets.readers.options import Options

TABLE = "a,b,label\n" + "".join(f"{i},{i * i},{'xy'[i % 2]}\n" for i in range(6))
OTHER = "a,b,label\n" + "".join(f"{i},{-i},{'xy'[i % 2]}\n" for i in range(4))
PACKED = {
    "zip": lambda files: zipped(files),
    "stored zip": lambda files: zipped(files, zipfile.ZIP_STORED),
    "bzip2 zip": lambda files: zipped(files, zipfile.ZIP_BZIP2),
    "pax tar": lambda files: tarred(files),
    "GNU tar": lambda files: tarred(files, format=tarfile.GNU_FORMAT),
    "old tar": lambda files: tarred(files, format=tarfile.USTAR_FORMAT),
    "tar.gz": lambda files: tarred(files, "w:gz"),
    "tar.bz2": lambda files: tarred(files, "w:bz2"),
    "tar.xz": lambda files: tarred(files, "w:xz"),
}


def idx(array: np.ndarray) -> bytes:
    return (
        struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()
    )


def mnist() -> dict[str, bytes]:
    """MNIST's four files with few, small images."""
    train, test = np.arange(6 * 4).reshape(6, 2, 2), np.arange(100, 100 + 3 * 4).reshape(3, 2, 2)
    return {
        "train-images-idx3-ubyte": idx(train),
        "train-labels-idx1-ubyte": idx(np.arange(6) % 3),
        "t10k-images-idx3-ubyte": idx(test),
        "t10k-labels-idx1-ubyte": idx(np.arange(3)),
    }


@pytest.mark.parametrize("pack", PACKED.values(), ids=PACKED.keys())
def test_a_table_is_read_out_of_every_kind_of_archive(pack: object, tmp_path: Path) -> None:
    found = reading(pack({"README.md": "Hello", "data/iris.csv": TABLE}), tmp_path)
    assert found.table.columns == ["a", "b", "label"]
    assert found.table["b"].to_list() == [0, 1, 4, 9, 16, 25]
    assert "Read the table “data/iris.csv” of this archive." in found.notes
    assert "Not used: “README.md”." in found.notes


@pytest.mark.parametrize("pack", PACKED.values(), ids=PACKED.keys())
def test_pictures_are_read_out_of_every_kind_of_archive(pack: object, tmp_path: Path) -> None:
    found = reading(pack(classes()), tmp_path)
    assert found.images[:, 0, 0, 0].tolist() == [0, 1, 2, 100, 101, 102]
    assert found.table["label"].to_list() == ["a"] * 3 + ["b"] * 3


@pytest.mark.parametrize("pack", PACKED.values(), ids=PACKED.keys())
def test_nothing_is_left_beside_the_reading(pack: object, tmp_path: Path) -> None:
    reading(pack(classes()), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images.npy", "source", "table.arrow"]
    other = tmp_path / "other"
    other.mkdir()
    reading(pack({"train.csv": TABLE, "test.csv": OTHER}), other)
    assert sorted(path.name for path in other.iterdir()) == ["source", "table.arrow"]


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress])
def test_a_compressed_table_is_read_without_an_archive(compress: object, tmp_path: Path) -> None:
    assert reading(compress(TABLE.encode()), tmp_path).table["a"].to_list() == [0, 1, 2, 3, 4, 5]


def test_several_xz_streams_in_a_row_are_one_file(tmp_path: Path) -> None:
    middle = len(TABLE) // 2
    content = lzma.compress(TABLE[:middle].encode()) + bytes(4) + lzma.compress(TABLE[middle:].encode())
    assert len(reading(content, tmp_path).table) == 6


def test_other_formats_are_read_out_of_an_archive(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(12.0).reshape(4, 3))
    assert reading(zipped({"data/t.npy": buffer.getvalue()}), tmp_path).table.shape == (4, 3)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_tables_are_read_out_of_an_archive(compress: object, tmp_path: Path) -> None:
    files = {"train.csv.xz": compress(TABLE.encode()), "test.csv.xz": compress(OTHER.encode())}
    assert len(reading(tarred(files), tmp_path).table) == 10


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("train.csv", "test.csv"), ["train", "test"]),
        (("data/iris-train.csv", "data/iris_dev.csv"), ["train", "dev"]),
        (("TRAIN.CSV", "Validation.CSV"), ["train", "dev"]),
        (("train/part.csv", "valid/part.csv"), ["train", "dev"]),
    ],
)
def test_files_for_the_parts_become_one_table_with_a_split(
    names: tuple[str, str], parts: list[str], tmp_path: Path
) -> None:
    found = reading(zipped({names[1]: OTHER, names[0]: TABLE}), tmp_path)
    assert found.table.columns == ["a", "b", "label", "split"]
    assert found.table["split"].to_list() == [parts[0]] * 6 + [parts[1]] * 4
    assert found.table["b"].to_list()[-2:] == [-2, -3]
    assert f"Put together from “{names[0]}” ({parts[0]}), “{names[1]}” ({parts[1]})." in found.notes


def test_columns_in_another_order_are_the_same_columns(tmp_path: Path) -> None:
    other = "label,b,a\nx,1,2\ny,3,4\nx,5,6\n"
    found = reading(zipped({"train.csv": TABLE, "test.csv": other}), tmp_path)
    assert found.table.rows()[-1] == (6, 5, "x", "test")


def test_a_column_of_numbers_here_and_text_there_is_text(tmp_path: Path) -> None:
    train = "a,b\n" + "".join(f"{i},{i}\n" for i in range(4))
    test = "a,b\n" + "".join(f"{i},n{i}\n" for i in range(4))
    found = reading(zipped({"train.csv": train, "test.csv": test}), tmp_path)
    assert found.table["b"].to_list() == ["0", "1", "2", "3", "n0", "n1", "n2", "n3"]
    assert "Of different types in the files, and so all read as text: “b”." in found.notes


def test_a_column_without_values_in_one_file_keeps_the_type_of_the_other(tmp_path: Path) -> None:
    test = "a,b,label\n" + "1,,x\n2,,y\n3,,x\n"
    found = reading(zipped({"train.csv": TABLE, "test.csv": test}), tmp_path)
    assert found.table["b"].to_list() == [0, 1, 4, 9, 16, 25, None, None, None]


def test_a_column_called_split_is_renamed(tmp_path: Path) -> None:
    table = "split,b\nu,1\nv,2\nw,3\n"
    found = reading(zipped({"train.csv": table, "test.csv": table}), tmp_path)
    assert found.table.columns == ["split_2", "b", "split"]
    assert "“split” is now “split_2”" in found.notes


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_the_four_files_of_mnist_become_images_labels_and_split(
    pack: object, compress: object, tmp_path: Path
) -> None:
    found = reading(pack({name: compress(content) for name, content in mnist().items()}), tmp_path)
    assert found.images[..., 0].reshape(9, 4)[[0, 5, 6]].tolist() == [
        [0, 1, 2, 3],
        [20, 21, 22, 23],
        [100, 101, 102, 103],
    ]
    assert [int(label) for label in found.table["label"]] == [0, 1, 2, 0, 1, 2, 0, 1, 2]
    assert found.table["split"].to_list() == ["train"] * 6 + ["test"] * 3


def test_one_pair_of_idx_files_has_no_split(tmp_path: Path) -> None:
    files = {name.replace("train", "all"): content for name, content in mnist().items() if "train" in name}
    found = reading(zipped(files), tmp_path)
    assert found.images.shape == (6, 2, 2, 1)
    assert "split" not in found.table.columns


def test_hidden_and_system_files_are_passed_over_and_counted(tmp_path: Path) -> None:
    junk = {"__MACOSX/a/._0.png": b"x", "a/.DS_Store": b"x", "Thumbs.db": b"x", ".git/config": b"x"}
    found = reading(zipped({**classes(), **junk}), tmp_path)
    assert len(found.images) == 6
    assert "Passed over 4 hidden or system files." in found.notes


def test_names_in_any_encoding_are_read(tmp_path: Path) -> None:
    composed, apart = "caf\u00e9", "cafe\u0301"
    folders = (f"train/{composed}", f"test/{apart}", "train/日本")
    files = {f"{folder}/{i}.png": grey(i) for folder in folders for i in range(3)}
    for i, pack in enumerate((zipped, tarred)):
        folder = tmp_path / str(i)
        folder.mkdir()
        assert set(reading(pack(files), folder).table["label"]) == {composed, "日本"}


def test_long_names_are_read_out_of_every_tar(tmp_path: Path) -> None:
    deep = "folder/" * 20
    for i, kind in enumerate((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)):
        path = tmp_path / str(i)
        files = {f"{deep}{name}": content for name, content in classes().items()}
        path.write_bytes(tarred(files, format=kind))
        with opened(path) as archive:
            assert archive.members[0].name == f"{deep}a/0.png"


def test_folders_called_with_a_dot_are_where_they_are(tmp_path: Path) -> None:
    found = reading(tarred({f"./{name}": content for name, content in classes().items()}), tmp_path)
    assert found.table["file"][0] == "a/0.png"


def test_the_columns_are_known_before_all_is_read(tmp_path: Path) -> None:
    cases = {
        ("label", "file"): zipped(classes()),
        ("label", "file", "split"): zipped({f"train/{n}": c for n, c in classes().items()}),
        ("a", "b", "label"): zipped({"iris.csv": TABLE}),
        ("a", "b", "label", "split"): tarred({"train.csv": TABLE, "test.csv": OTHER}),
        (): tarred(classes(), "w:gz"),
    }
    path = tmp_path / "source"
    for columns, content in cases.items():
        path.write_bytes(content)
        assert archives.inspect(path, tmp_path, Options()) == columns
    assert [found.name for found in tmp_path.iterdir()] == ["source"]


def test_an_archive_is_known_by_its_first_piece_however_short(tmp_path: Path) -> None:
    for pack in PACKED.values():
        head = gzipped.peel(pack(classes())[:1000], 1000)
        assert readers.reader_for(head) is archives


def test_a_workbook_is_not_taken_for_an_archive() -> None:
    assert not archives.accepts(zipped({"[Content_Types].xml": "x", "xl/workbook.xml": "x"}))


def test_a_class_called_xl_does_not_make_a_workbook(tmp_path: Path) -> None:
    found = reading(zipped({f"{size}/{i}.png": grey(i) for size in ("xl", "xs") for i in range(2)}), tmp_path)
    assert found.table["label"].to_list() == ["xl", "xl", "xs", "xs"]


def test_progress_goes_to_the_end_and_never_back(tmp_path: Path) -> None:
    path = tmp_path / "source"
    path.write_bytes(zipped({"train.csv": TABLE, "test.csv": OTHER}))
    heard: list[float] = []
    archives.read(path, tmp_path, Options(), heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1


NAMES = st.lists(st.text("abcXYZ0é日-_ ", min_size=1, max_size=30), min_size=1, max_size=4).map("/".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.dictionaries(NAMES, st.binary(max_size=1500), min_size=1, max_size=6),
    pack=st.sampled_from(sorted(PACKED)),
)
def test_members_come_out_as_they_went_in(files: dict[str, bytes], pack: str, tmp_path: Path) -> None:
    if len({name.casefold() for name in files}) < len(files) or ("old" in pack and max(map(len, files)) > 30):
        return
    (tmp_path / "source").write_bytes(PACKED[pack](files))
    with opened(archives.archive.unpacked(tmp_path / "source", tmp_path)) as archive:
        assert {m.name: archive.read(m) for m in archive.members} == files
        assert {m.name: b"".join(archive.pieces(m, 100)) for m in archive.members} == files
        assert all(archive.head(m, 7) == files[m.name][:7] for m in archive.members)


def test_a_picture_alone_is_told_how_to_be_packed(tmp_path: Path) -> None:
    found = refusal(grey(1), tmp_path)
    assert "a PNG picture" in found.message
    assert "a folder for each class" in found.advice
    assert "zip" in found.advice
