"""Archives, zip and tar: pictures with their classes, tables, or IDX files; what is inside decides."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from webapp.datasets.readers.archives import archive, bundle, images, labels, pairs, unpacking
from webapp.datasets.readers.archives.archive import Archive
from webapp.datasets.readers.archives.members import Member
from webapp.datasets.readers.archives.pictures import kind_of
from webapp.datasets.readers.options import Options
from webapp.datasets.readers.signatures import is_workbook
from webapp.datasets.refusal import Refusal

TITLE = "Archive"
ENDINGS = {
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "svg", "tif", "tiff", "heic", "avif",
}  # fmt: skip
LABEL_TABLES = {".csv", ".tsv", ".txt"}
MAX_TABLES = 20  # that may give labels
INSPECTED = 64 << 20
SNIFF = 32


def accepts(head: bytes) -> bool:
    """Zip, tar, and whatever bzip2 or xz compressed; gzip is taken off before this is asked."""
    if is_workbook(head):
        return False
    return archive.is_archive(head) or unpacking.compression_of(head) in ("bzip2", "xz")


def refuse_early(head: bytes) -> None:
    """Raise Refusal for a part of an archive in several parts."""
    if head.startswith(b"PK\x07\x08"):
        raise Refusal("This is one part of a zip archive in several parts.", "Pack the folder as one file.")


def inspect(path: Path, work: Path, options: Options) -> tuple[str, ...]:
    """The names of the columns, unless all of a large file would have to be unpacked for them."""
    with path.open("rb") as file:
        if unpacking.compression_of(file.read(SNIFF)):
            return ()
    with tempfile.TemporaryDirectory(dir=work) as folder, archive.opened(path) as opened:
        scratch = Path(folder)
        if found := _labelled(opened, scratch):
            return ("label", "file", "split") if found.examples[0].part else ("label", "file")
        if bundle.find_idx(opened):
            return ()
        chosen, _ = bundle.choose(opened)
        return bundle.names(opened, scratch, options) if chosen[0].member.size <= INSPECTED else ()


def read(path: Path, work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
    """Write the reading into `work`; notes. Everything else that is written there is removed again."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        made = Path(folder) / "made"
        made.mkdir()
        plain = archive.unpacked(path, Path(folder))
        with plain.open("rb") as file:
            is_alone = not archive.is_archive(file.read(archive.HEAD))
        notes = (bundle.read_file if is_alone else _read)(plain, made, options, progress)
        for name in ("images.npy", "table.arrow"):
            if (made / name).exists():
                (made / name).replace(work / name)
    progress(1)
    return notes


def _read(path: Path, work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
    with archive.opened(path) as opened:
        if found := _labelled(opened, work):
            notes = images.write(opened, found, work, options, progress)
        elif members := bundle.find_idx(opened):
            notes = pairs.read(opened, members, work, options, progress)
        else:
            notes = bundle.read(opened, work, options, progress)
        return [*notes, *opened.census.notes()]


def _labelled(opened: Archive, work: Path) -> labels.Labelled | None:
    """The pictures with their labels; none when the archive is rather one of tables."""
    pictures = [member for member in opened.members if _is_picture(opened, member)]
    if not pictures:
        return None
    chosen = {member.name for member in pictures}
    others = [member for member in opened.members if member.name not in chosen]
    tables = _tables(opened, others, work)
    found = labels.by_table(pictures, tables)
    if found is None:
        if len(others) >= len(pictures) and bundle.find_tables(others):
            return None
        found = labels.by_folder(pictures, [name for name, _ in tables])
    unused = bundle.unused_notes([member for member in others if member.name not in found.tables])
    return found._replace(notes=found.notes + unused)


def _is_picture(opened: Archive, member: Member) -> bool:
    """By its name's ending, which is checked when it is decoded; without such an ending by its content."""
    return member.name.rpartition(".")[2].lower() in ENDINGS or bool(kind_of(opened.head(member, SNIFF)))


def _tables(opened: Archive, members: list[Member], work: Path) -> list[tuple[str, Path]]:
    """Copies of the texts that may say what the pictures show."""
    wanted = [m for m in members if m.suffix in LABEL_TABLES and m.size <= labels.MAX_TABLE][:MAX_TABLES]
    return [
        (member.name, bundle.extract(opened, member, work / f"labels-{i}")) for i, member in enumerate(wanted)
    ]
