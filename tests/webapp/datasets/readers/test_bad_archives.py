"""What an archive may hold of mistakes and malice: each is refused, or passed over with a word about it."""

import bz2
import gzip
import lzma
import stat
import struct
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.webapp.datasets.readers.forging import DEFLATED, Entry, forged, tar_header, tar_of, zip64_end
from tests.webapp.datasets.readers.outcomes import outcome, reading, refusal
from tests.webapp.datasets.readers.packing import classes, coloured, grey, picture, tarred, zipped
from tests.webapp.datasets.readers.test_archives import TABLE, mnist
from webapp.datasets.readers import archives
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

LINK, DEVICE = stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o600
ZIP = zipped({"t.csv": TABLE})
TAR = tarred({"t.csv": TABLE * 99})
RAW = TABLE.encode()
NOISE = picture(np.random.default_rng(1).integers(0, 256, (32, 32)))
RANDOM = np.random.default_rng(2).bytes(10_000)
ZEROS = zlib.compress(bytes(1 << 20), 9)


def png(width: int, height: int) -> bytes:
    """A PNG that says that it is so large."""
    header = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", ZEROS), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def pictures(content: bytes, name: str = "a/0.png") -> bytes:
    """A zip of four pictures, one of which is `content`."""
    return zipped({name: content, "a/1.jpg": grey(1), "b/0.png": grey(2), "b/1.png": grey(3)})


def corrupt(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def lying_directory() -> bytes:
    """A zip whose end claims three members and whose list has 250,000."""
    one = forged(Entry())
    entry = one[len(one) - 22 - 51 : -22]
    return one[: -22 - 51] + entry * 250_000 + struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, 51 * 250_000, len(one) - 22 - 51, 0
    )  # fmt: skip


def nested(name: str, content: bytes) -> bytes:
    return zipped({name: content})


def zip64(**wrong: int) -> bytes:
    """A zip whose end refers to the long record, which says where the list is."""
    plain = forged(Entry())
    begin = len(plain) - 22 - 51
    told = {"count": 1, "size": 51, "begin": begin, "position": begin + 51} | wrong
    return forged(Entry(), before_end=zip64_end(**told), count=0xFFFF, begin=0xFFFFFFFF, size=0xFFFFFFFF)


HUGE = 1 << 40
LONG = struct.pack("<2H3Q", 1, 24, HUGE, HUGE, 0)
FULL = 0xFFFFFFFF

REFUSED = {
    # empty and senseless ones
    "a zip without members": (zipped({}), "There is no file in this archive"),
    "folders alone": (zipped({"a/": "", "b/": ""}), "There is no file in this archive"),
    "hidden files alone": (
        zipped({".x": "1", "__MACOSX/._t.csv": "1"}),
        "Passed over 2 hidden or system files.",
    ),
    "a readme alone": (zipped({"README.md": "Hello"}), "No table or picture was found"),
    # names
    "a path out of the zip": (zipped({"../t.csv": RAW}), "“../t.csv” in this archive points out of it"),
    "a path out of it, further in": (zipped({"a/../../t.csv": RAW}), "points out of it"),
    "an absolute path": (zipped({"/etc/t.csv": RAW}), "“/etc/t.csv” in this archive has an absolute path"),
    "a drive": (zipped({"C:/t.csv": RAW}), "“C:/t.csv” in this archive has an absolute path"),
    "a backslash": (zipped({"a\\t.csv": RAW}), "has a backslash in its name"),
    "a bell": (zipped({"a\a.csv": RAW}), "“a�.csv” in this archive has invisible characters"),
    "a line break": (zipped({"a\n.csv": RAW}), "has invisible characters"),
    "a mark from right to left": (zipped({"a\u202evsc.exe": RAW}), "has invisible characters in its name"),
    "a character without width": (zipped({"a\u200b/t.csv": RAW}), "has invisible characters in its name"),
    "a NUL in a name": (forged(Entry(b"t.csv\0.png")), "has invisible characters in its name"),
    "an endless name": (zipped({"a" * 5000: RAW}), "is 5,000 characters long"),
    "one name twice": (forged(Entry(), Entry()), "holds “t.csv” twice"),
    "names that differ in case": (
        zipped({"T.csv": RAW, "t.csv": RAW}),
        "differ only in upper and lower case",
    ),
    "names that Unicode makes equal": (zipped({"é.csv": RAW, "e\u0301.csv": RAW}), "holds “é.csv” twice"),
    # special members
    "a link alone": (forged(Entry(mode=LINK)), "Passed over 1 links, which are never read: “t.csv”."),
    "a device alone": (forged(Entry(mode=DEVICE)), "Passed over 1 devices"),
    "a zip with a password": (forged(Entry(flags=1)), "is protected by a password"),
    "strong encryption": (forged(Entry(flags=0x41)), "is protected by a password"),
    "an exotic compression": (forged(Entry(method=9)), "compressed in a way that is not read (method 9)"),
    "LZMA, whose memory has no bound": (forged(Entry(method=14)), "not read (method 14)"),
    "a zip in a zip": (nested("inner.zip", ZIP), "“inner.zip” in this archive is another archive"),
    "a tar.gz in a zip": (nested("inner.tgz", tarred({"t.csv": RAW}, "w:gz")), "is another archive"),
    "a tar.xz called .csv in a zip": (nested("t.csv", tarred({"t.csv": RAW}, "w:xz")), "is another archive"),
    "a large tar.bz2 called .csv in a zip": (
        nested("t.csv", tarred({"t.csv": RANDOM}, "w:bz2")),
        "In “t.csv”: An archive within the archive is not opened.",
    ),
    "a 7z in a zip": (nested("inner.7z", b"7z\xbc\xaf\x27\x1c" + bytes(99)), "is another archive"),
    # offsets
    "two members in one place": (
        forged(Entry(), Entry(b"u.csv", offset=0)),
        "lie on top of each other",
    ),
    "a member inside another": (
        forged(Entry(b"a.csv", content=forged(Entry())), Entry(b"b.csv", offset=36)),
        "lie on top of each other (“a.csv”)",
    ),
    "a member over the list of members": (forged(Entry(packed=999, size=999)), "lie on top of each other"),
    "a member beyond the end": (forged(Entry(offset=1 << 30)), "lie on top of each other"),
    "no header where one should be": (forged(Entry(hidden=bytes(200), offset=60)), "its header is missing"),
    # sizes and sums
    "more bytes than it says": (
        forged(Entry(content=RAW, method=DEFLATED, size=9)),
        "says that it has 9 bytes",
    ),
    "fewer bytes than it says": (forged(Entry(method=DEFLATED, size=99)), "says that it has 99 bytes"),
    "two sizes": (forged(Entry(size=5)), "gives two different sizes (5 and 16 bytes)"),
    "a wrong checksum": (
        forged(Entry(checksum=1)),
        "“t.csv” in this archive is damaged: its checksum is wrong",
    ),
    "damaged deflate data": (corrupt(zipped({"t.csv": RAW}), 40), "“t.csv” in this archive is damaged"),
    "damaged bzip2 data": (corrupt(zipped({"t.csv": RAW}, 12), 45), "“t.csv” in this archive is damaged"),
    # the list of members
    "a zip cut in half": (ZIP[: len(ZIP) // 2], "the list of its files, which stands at the end, is missing"),
    "a zip without its last bytes": (ZIP[:-5], "cut short"),
    "a zip with a tail": (ZIP + b"x" * 70_000, "cut short"),
    "a list that is longer than it says": (forged(Entry(), Entry(b"u.csv"), count=1), "holds more files"),
    "a list that is shorter than it says": (forged(Entry(), count=2), "not where it says"),
    "a list of other bytes": (forged(Entry(b"t" * 90), count=2), "the list of its files ends too early"),
    "a list somewhere else": (forged(Entry(), begin=5), "not where it says"),
    "a list of four gigabytes": (forged(Entry(), size=0xFFFFFFF0), "not where it says"),
    "a list that hides 250,000 members": (lying_directory(), "holds more files than it says"),
    "a million empty members": (zip64(count=1_000_000, size=1 << 27), "lists more than 200,000 files"),
    "a long list in the wrong place": (zip64(begin=7), "not where it says"),
    "a long record beyond the end": (zip64(position=1 << 60), "long (zip64) list of files"),
    "long sizes that are missing": (forged(Entry(size=FULL, packed=FULL)), "long (zip64) sizes of “t.csv”"),
    "long sizes cut short": (forged(Entry(size=FULL, packed=FULL, extra=LONG[:12])), "long (zip64) sizes"),
    "the first part of several": (b"PK\x07\x08" + ZIP, "one part of a zip archive in several parts"),
    "the last part of several": (forged(Entry(), disk=2), "one part of a zip archive in several parts"),
    # bombs
    "a terabyte promised": (
        forged(Entry(method=DEFLATED, size=FULL, packed=FULL, extra=LONG)),
        "far more than its size suggests",
    ),
    "a gigabyte out of a kilobyte": (
        forged(*(Entry(b"%d.csv" % i, method=DEFLATED, size=1 << 28) for i in range(4))),
        "far more than its size suggests",
    ),
    # tables
    "several tables": (
        zipped({"a.csv": RAW, "b.csv": RAW}),
        "This archive holds 2 tables: “a.csv”, “b.csv”.",
    ),
    "tables for dev and test alone": (
        zipped({"dev.csv": RAW, "test.csv": RAW}),
        "This archive holds 2 tables: “dev.csv”, “test.csv”.",
    ),
    "a table in very many files": (
        zipped({"test.csv": RAW, **{f"train-{i}.csv": RAW for i in range(200)}}),
        "This archive holds 201 tables",
    ),
    "several tables for training": (zipped({"train1/train.csv": RAW, "train2/train.csv": RAW}), "2 tables"),
    "a test file without the answers": (
        tarred({"train.csv": TABLE, "test.csv": "a,b\n1,2\n2,3\n3,4\n"}),
        "“test.csv” lacks “label”, compared with “train.csv”",
    ),
    "a test file with other columns": (
        zipped({"train.csv": TABLE, "test.csv": "a,c,label\n1,2,x\n2,3,y\n3,4,x\n"}),
        "“test.csv” lacks “b” and has “c” instead",
    ),
    "a bad table": (zipped({"t.csv": "a,b\n1,2\n3\n5,6\n"}), "In “t.csv”: Row 3 has 1 value"),
    "a program called .csv": (
        zipped({"t.csv": b"\x7fELF" + bytes(99)}),
        "In “t.csv”: This file is a program",
    ),
    "a table compressed twice": (bz2.compress(bz2.compress(RAW)), "compressed twice"),
    "IDX images without labels": (
        zipped({name: content for name, content in mnist().items() if "t10k-labels" not in name}),
        "“t10k-images-idx3-ubyte” has no labels beside it",
    ),
    "IDX labels twice": (
        zipped({**mnist(), "train-labels-2": mnist()["train-labels-idx1-ubyte"]}),
        "are both labels of the same part",
    ),
    "IDX files of no part": (
        zipped({**mnist(), "images": mnist()["train-images-idx3-ubyte"]}),
        "Whether “images” is for training or test is not clear",
    ),
    # pictures
    "a picture cut short": (
        pictures(NOISE[:400]),
        "“a/0.png” cannot be read: its PNG data cannot be decoded",
    ),
    "an empty picture": (pictures(b""), "“a/0.png” cannot be read: it is empty"),
    "a web page as picture": (pictures(b"<!DOCTYPE html><html>", "a/0.jpg"), "it is a web page"),
    "a drawing as picture": (pictures(b"<svg xmlns=''/>"), "it is an SVG drawing"),
    "a text as picture": (pictures(RAW), "it is not a PNG, JPEG, WebP, GIF or BMP picture"),
    "a TIFF picture": (pictures(picture(np.zeros((4, 4)), "TIFF"), "a/0.tif"), "it is a TIFF picture"),
    "a picture of 40,000 x 40,000": (
        pictures(png(40_000, 40_000)),
        "40,000 × 40,000 pixels, more than are decoded",
    ),
    "a picture of 200,000 x 200,000": (pictures(png(200_000, 200_000)), "“a/0.png” cannot be read"),
    "a picture with a damaged chunk": (pictures(corrupt(NOISE, 20)), "“a/0.png” cannot be read"),
    "a GIF without a frame": (pictures(b"GIF89a\1\0\1\0\0\0\0;", "a/0.gif"), "“a/0.gif” cannot be read"),
    "a JPEG of its first bytes": (pictures(b"\xff\xd8\xff\xe0", "a/0.jpg"), "“a/0.jpg” cannot be read"),
    "a WebP of its first bytes": (pictures(b"RIFF\4\0\0\0WEBP", "a/0.webp"), "“a/0.webp” cannot be read"),
    "two pictures": (
        zipped({"a/0.png": grey(1), "b/0.png": grey(2)}),
        "This archive has 2 pictures with a label",
    ),
    "one class": (
        zipped({f"a/{i}.png": grey(i) for i in range(4)}),
        "All pictures lie in one class folder, “a”",
    ),
    "no class": (zipped({f"{i}.png": grey(i) for i in range(4)}), "No picture lies in a class folder"),
    "some pictures in train, some nowhere": (
        zipped({**classes(), "train/a/7.png": grey(1)}),
        "“a/0.png” is not",
    ),
    # tar
    "a tar without members": (tar_of(("a", tarfile.DIRTYPE, b"")), "There is no file in this archive"),
    "a tar cut in a member": (TAR[:900], "“t.csv” says that it has"),
    "a tar cut in a header": (tarred({"a.csv": "", "t.csv": RAW})[:700], "ends in the middle of a header"),
    "a damaged second header": (
        corrupt(tarred({"a.csv": "", "t.csv": RAW}), 515),
        "the header at byte 512 is not one",
    ),
    "a size that is no number": (tar_header(size=b"0000000zz20") + RAW, "a size is no number"),
    "a negative size": (tar_header(size=b"\xff" * 12) + RAW, "a size is negative"),
    "an enormous size": (tar_header(size=b"\x80" + b"\x7f" * 11) + RAW, "which are not there"),
    "an enormous extended header": (
        tar_header(kind=b"x", size=b"77777777777") + bytes(512),
        "claims 8,589,934,591 bytes",
    ),
    "an enormous long name": (tar_header(kind=b"L", size=b"77777777777") + bytes(512), "claims 8,589"),
    "an extended header of garbage": (
        tar_header(kind=b"x") + b"99999 path=x\n".ljust(512),
        "is not well formed",
    ),
    "a negative record length": (tar_header(kind=b"x") + b"-5 path=x\n".ljust(512), "is not well formed"),
    "a size in words": (
        tar_header(kind=b"x", size=b"00000000015")
        + b"13 size=many\n".ljust(512, b"\0")
        + tar_header()
        + bytes(512),
        "a size is given as “many”",
    ),
    "a path out of the tar": (tarred({"../../t.csv": RAW}), "points out of it"),
    "an absolute path in a tar": (tarred({"/root/t.csv": RAW}), "has an absolute path"),
    "one name twice in a tar": (tar_of(*[("t.csv", b"0", RAW)] * 2), "holds “t.csv” twice"),
    "a symbolic link in a tar": (
        tar_of(("t.csv", tarfile.SYMTYPE, b""), linkname="/etc/passwd"),
        "Passed over 1 links, which are never read: “t.csv”",
    ),
    "a hard link in a tar": (
        tar_of(("t.csv", tarfile.LNKTYPE, b""), linkname="/etc/passwd"),
        "Passed over 1 links",
    ),
    "a device in a tar": (tar_of(("null", tarfile.CHRTYPE, b"")), "Passed over 1 devices"),
    "a pipe in a tar": (
        tar_of(("pipe", tarfile.FIFOTYPE, b"")),
        "Passed over 1 devices or other special files",
    ),
    "a sparse file in a tar": (tar_header(kind=b"S") + RAW.ljust(512), "Passed over 1 sparse files"),
    "a tar.gz cut short": (
        tarred({"t.csv": NOISE * 9}, "w:gz")[:-40],
        "compressed with gzip and damaged or cut",
    ),
    "a tar.bz2 cut short": (
        tarred({"t.csv": RAW}, "w:bz2")[:-9],
        "compressed with bzip2 and damaged or cut short",
    ),
    "a tar.xz cut short": (
        tarred({"t.csv": RAW}, "w:xz")[:-9],
        "compressed with xz and damaged or cut short",
    ),
    "a damaged tar.bz2": (corrupt(tarred({"t.csv": RAW}, "w:bz2"), 60), "compressed with bzip2 and damaged"),
    "a damaged tar.xz": (corrupt(tarred({"t.csv": RAW}, "w:xz"), 60), "compressed with xz and damaged"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_archive_is_refused_with_a_message_and_nothing_of_it_is_left(case: str, tmp_path: Path) -> None:
    content, message = REFUSED[case]
    found = refusal(content, tmp_path)
    assert message in found.message
    assert found.advice
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


TOLERATED = {
    "a link beside a table": (forged(Entry(), Entry(b"link", mode=LINK)), "Passed over 1 links"),
    "links in a tar": (
        tar_of(("a.csv", b"0", RAW), ("b", tarfile.SYMTYPE, b""), ("c", tarfile.SYMTYPE, b"")),
        "Passed over 2 links, which are never read: “b” and more.",
    ),
    "an archive beside a table": (zipped({"t.csv": TABLE, "more.zip": ZIP}), "Not used: “more.zip”."),
    "hidden files beside a table": (
        zipped({"t.csv": TABLE, ".t.csv": "x"}),
        "Passed over 1 hidden or system file.",
    ),
    "a true long (zip64) list": (zip64(), "Read the table “t.csv”"),
    "a comment at the end": (ZIP[:-2] + b"\5\0Hello", "Read the table “t.csv”"),
    "two tar files in a row": (TAR + TAR, "Read the table “t.csv”"),
    "a tar without the empty blocks at its end": (
        tar_header(size=b"00000000024") + b"a,b\n" * 5,
        "Read the table",
    ),
    "a tar with a global header": (
        tarred({"t.csv": TABLE}).join(
            [tar_header(b"pax", b"00000000020", b"g") + b"16 path=evil\n".ljust(512), b""]
        ),
        "Read the table “t.csv”",
    ),
}


@pytest.mark.parametrize("case", TOLERATED)
def test_an_odd_archive_is_read_with_a_word_about_it(case: str, tmp_path: Path) -> None:
    content, note = TOLERATED[case]
    found = reading(content, tmp_path)
    assert len(found.table) >= 3
    assert note in found.notes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source", "table.arrow"]


@pytest.fixture
def peak() -> Iterator[Callable[[], int]]:
    """The most bytes that Python has had in use at once, beyond those before the test."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    yield lambda: tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()


BOMBS = {
    "zeros behind a small size": forged(Entry(content=bytes(200 << 20), method=DEFLATED, size=99)),
    "a list that hides 250,000 members": REFUSED["a list that hides 250,000 members"][0],
    "a million members": REFUSED["a million empty members"][0],
    "a picture of 40,000 x 40,000": REFUSED["a picture of 40,000 x 40,000"][0],
    "an enormous extended header": REFUSED["an enormous extended header"][0] + bytes(64 << 20),
    "a picture of 100 MB": zipped({**classes(), "a/x.png": NOISE + bytes(100 << 20)}),
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_bomb_takes_little_memory(case: str, tmp_path: Path, peak: Callable[[], int]) -> None:
    (tmp_path / "source").write_bytes(BOMBS[case])
    tracemalloc.reset_peak()
    assert isinstance(outcome(tmp_path / "source", tmp_path), Refusal)
    assert peak() < 48 << 20


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_small_file_that_unpacks_to_too_much_is_refused(
    compress: object, tmp_path: Path, settings: object
) -> None:
    settings.HONE_MAX_UPLOAD_BYTES = 1 << 18
    found = refusal(compress(tarred({"t.csv": bytes(2 << 20)})), tmp_path)
    assert "Unpacked, this file has more than 1.0 MB" in found.message
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_xz_that_asks_for_gigabytes_to_unpack_is_refused(tmp_path: Path) -> None:
    block = bytes([0x02, 0x00, 0x21, 0x01, 40, 0, 0, 0])  # LZMA2 with a dictionary of 4 GB
    content = (
        lzma.compress(tarred({"t.csv": RAW}))[:12] + block + struct.pack("<I", zlib.crc32(block)) + bytes(64)
    )
    found = refusal(content, tmp_path)
    assert "compressed with xz and damaged" in found.message
    assert "emory" in found.message


@pytest.mark.parametrize("last", [grey(1, 200, 200), coloured(1, 2, 3, 200)], ids=["grey", "coloured"])
def test_reading_pictures_takes_memory_for_a_few_of_them_only(
    last: bytes, tmp_path: Path, peak: Callable[[], int]
) -> None:
    source = tmp_path / "source"
    source.write_bytes(zipped({**{f"a/{i}.png": grey(i, 200, 200) for i in range(250)}, "b/0.png": last}))
    tracemalloc.reset_peak()
    archives.read(source, tmp_path, Options(), lambda done: None)
    assert (tmp_path / "images.npy").stat().st_size > 10_000_000
    assert peak() < 4 << 20
