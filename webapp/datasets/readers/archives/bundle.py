"""Tables in an archive: one of them, or a file for each of train, dev and test; and IDX files in pairs."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from webapp.datasets import readers
from webapp.datasets.readers import idx
from webapp.datasets.readers.archives import unpacking
from webapp.datasets.readers.archives.archive import Archive, is_archive
from webapp.datasets.readers.archives.labels import part_of
from webapp.datasets.readers.archives.members import Member, told
from webapp.datasets.readers.limits import refuse_full_disk
from webapp.datasets.readers.options import Options
from webapp.datasets.readers.signatures import is_arrays, is_workbook
from webapp.datasets.refusal import Refusal

Tell = Callable[[float], None]
SNIFF = 1 << 12
MAX_PARTS = 100  # files that one table is put together from
TABLES = {
    ".csv", ".tsv", ".tab", ".data", ".dat", ".parquet", ".arrow", ".feather", ".ipc", ".npy", ".npz",
    ".xlsx", ".xlsm", ".jsonl", ".ndjson", ".json",
}  # fmt: skip
PLAIN_TEXT = {".txt", ""}
WORDS = re.compile(r"readme|licen[cs]e|copying|notice|changelog|checksums?|citation|index", re.IGNORECASE)
ORDER = ("train", "dev", "test")
INNER = "Upload the inner archive itself."
ONE_TABLE = "Upload the one you mean, or call the files train, dev and test if they are parts of one table."


class Table(NamedTuple):
    """A member that holds a table, and its part (train, dev or test; empty when its name tells none)."""

    member: Member
    part: str


def find_tables(members: Sequence[Member]) -> list[Table]:
    """The members that look like tables by their names; plain texts where nothing looks more so."""
    for wanted in (TABLES, PLAIN_TEXT):
        found = [m for m in members if _suffix(m) in wanted and not WORDS.match(m.base)]
        if found:
            break
    else:
        found = [m for m in members if not WORDS.match(m.base)]
    return [Table(m, _part(m)) for m in found]


def _suffix(member: Member) -> str:
    """The ending of a name, of a compressed file the one before."""
    plain = re.sub(r"\.(gz|bz2|xz)$", "", member.base.lower())
    return "." + plain.rpartition(".")[2] if "." in plain[1:] else ""


def _part(member: Member) -> str:
    """The part that the name tells, or else the folder right above."""
    return part_of(member.base) or (part_of(member.folders[-1]) if member.folders else "")


def choose(archive: Archive) -> tuple[list[Table], list[str]]:
    """The tables to be read, those of the train part first, and notes. Raises Refusal."""
    plain, nested = [], []
    for member in archive.members:
        (nested if _is_nested(member, archive.head(member, SNIFF)) else plain).append(member)
    tables = find_tables(plain)
    if not tables:
        _refuse_without_tables(archive.members, nested)
    parts = _parts(tables)
    if (len(tables) > 1 and not parts) or len(parts) > MAX_PARTS:
        _refuse_several(tables)
    chosen = parts or tables
    used = {table.member.name for table in chosen}
    return chosen, unused_notes([member for member in archive.members if member.name not in used])


def _parts(tables: Sequence[Table]) -> list[Table]:
    """The tables whose names say train, dev or test, in this order; none without train and another."""
    parts = [table for table in tables if table.part]
    if not {"train"} < {table.part for table in parts}:
        return []
    return sorted(parts, key=lambda table: (ORDER.index(table.part), table.member.name))


def read(archive: Archive, work: Path, options: Options, progress: Tell) -> list[str]:
    """Write the reading of the archive's tables into `work`; notes. Raises Refusal."""
    chosen, unused = choose(archive)
    if len(chosen) == 1:
        member = chosen[0].member
        notes = _read_member(archive, member, work, options, progress)
        return [f"Read the table “{told(member.name)}” of this archive.", *notes, *unused]
    notes = []
    for i, table in enumerate(chosen):
        folder = work / f"part-{i}"
        folder.mkdir()
        tell = _within(progress, i / len(chosen), (i + 1) / len(chosen))
        notes += _read_part(archive, table.member, folder, options, tell)
    notes += _concatenate(chosen, work)
    names = ", ".join(f"“{told(table.member.name)}” ({table.part})" for table in chosen)
    return [f"Put together from {names}.", *notes, *unused]


def _read_part(archive: Archive, member: Member, folder: Path, options: Options, tell: Tell) -> list[str]:
    notes = _read_member(archive, member, folder, options, tell)
    if (folder / "images.npy").exists():
        raise Refusal(
            f"“{told(member.name)}” holds images, which are not put together from several files.",
            "Save all parts in one .npz file (x_train, y_train, x_test, y_test).",
        )
    return [f"“{told(member.name)}”: {note}" for note in notes]


def read_file(path: Path, work: Path, options: Options, progress: Tell) -> list[str]:
    """Write the reading of a table that was compressed by itself into `work`; notes. Raises Refusal."""
    head = readers.head_of(path)
    if head.startswith((b"BZh", b"\xfd7zXZ\x00")):
        raise Refusal("This file is compressed twice.", "Unpack it once and upload what comes out.")
    reader = readers.reader_for(head)
    reader.refuse_early(head)
    return reader.read(path, work, options, progress)


def names(archive: Archive, work: Path, options: Options) -> tuple[str, ...]:
    """The columns of the first table, from its beginning if it is large."""
    chosen, _ = choose(archive)
    path, reader = _extracted(archive, chosen[0].member, work)
    with _about(chosen[0].member):
        found = reader.inspect(path, work, options)
    return (*found, "split") if len(chosen) > 1 and found else found


class _about:  # noqa: N801  (reads as a sentence where it is used)
    """Refusals inside the block name the member they are about."""

    def __init__(self, member: Member) -> None:
        self.member = member

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Refusal) and error.field == "file":
            raise Refusal(
                f"In “{told(self.member.name)}”: {error.message}",
                error.advice,
                row=error.row,
                column=error.column,
            ) from error


def _read_member(archive: Archive, member: Member, work: Path, options: Options, tell: Tell) -> list[str]:
    path, reader = _extracted(archive, member, work)
    with _about(member):
        notes = reader.read(path, work, options, tell)
    path.unlink()
    return notes


def _extracted(archive: Archive, member: Member, work: Path) -> tuple[Path, "readers.Reader"]:
    """A copy of `member` under a name of ours, and who reads it."""
    path = extract(archive, member, work / "member")
    with _about(member):
        path = _plain(path)
        head = readers.head_of(path)
        reader = readers.reader_for(head)
        reader.refuse_early(head)
    return path, reader


def _plain(path: Path) -> Path:
    """`path` itself, or what was compressed to it, in its place. Raises Refusal for an archive inside."""
    with path.open("rb") as file:
        head = file.read(SNIFF)
    if unpacking.compression_of(head):
        packed = path.replace(path.with_suffix(".packed"))
        unpacking.unpack(packed, path)
        packed.unlink()
        with path.open("rb") as file:
            head = file.read(SNIFF)
    if _is_inner(head):
        raise Refusal("An archive within the archive is not opened.", INNER)
    return path


def extract(archive: Archive, member: Member, destination: Path) -> Path:
    """Write the content of `member` to `destination`. Raises Refusal."""
    refuse_full_disk(destination.parent, member.size)
    with destination.open("wb") as file:
        for piece in archive.pieces(member):
            file.write(piece)
    return destination


def _concatenate(chosen: Sequence[Table], work: Path) -> list[str]:
    """Write table.arrow with the rows of all parts and a column `split`; notes."""
    tables = [pl.scan_ipc(work / f"part-{i}" / "table.arrow") for i in range(len(chosen))]
    schemas = [table.collect_schema() for table in tables]
    for table, schema in zip(chosen[1:], schemas[1:], strict=True):
        _refuse_other_columns(chosen[0].member, schemas[0], table.member, schema)
    kinds, notes = _common(tables, schemas)
    renames = {}
    if "split" in kinds:
        renames = {"split": "split_2"}
        notes.append("The column “split” is now “split_2”: “split” says which file a row comes from.")
    whole = pl.concat(
        table.select(_as(name, schema[name], kind) for name, kind in kinds.items())
        .rename(renames)
        .with_columns(split=pl.lit(each.part))
        for each, table, schema in zip(chosen, tables, schemas, strict=True)
    )
    whole.sink_ipc(work / "table.arrow", compression="uncompressed", engine="streaming")
    return notes


def _common(
    tables: Sequence[pl.LazyFrame], schemas: Sequence[pl.Schema]
) -> tuple[dict[str, pl.DataType], list[str]]:
    """A type for each column that suits all parts: their own, leaving out empty columns, else text."""
    kinds: dict[str, pl.DataType] = {}
    mixed = []
    for name in schemas[0]:
        found = {schema[name] for schema in schemas}
        if len(found) > 1:
            found = _filled(name, tables, schemas) or found
        kinds[name] = next(iter(found)) if len(found) == 1 else pl.String()
        mixed += [name] * (len(found) > 1)
    return kinds, [
        f"Of different types in the files, and so all read as text: {_listed(mixed)}."
    ] if mixed else []


def _filled(name: str, tables: Sequence[pl.LazyFrame], schemas: Sequence[pl.Schema]) -> set[pl.DataType]:
    """The types of a column in the tables where it has a value at all."""
    return {
        schema[name]
        for table, schema in zip(tables, schemas, strict=True)
        if table.select(pl.col(name).count()).collect(engine="streaming").item()
    }


def _as(name: str, old: pl.DataType, new: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if old == new:
        return column
    if old == pl.Float64 and new == pl.String:
        return column.cast(pl.String).str.strip_suffix(".0")
    return column.cast(new)


def _refuse_other_columns(first: Member, wanted: pl.Schema, other: Member, found: pl.Schema) -> None:
    missing = [name for name in wanted if name not in found]
    surplus = [name for name in found if name not in wanted]
    if missing or surplus:
        one, two = f"“{told(first.name)}”", f"“{told(other.name)}”"
        has = f"{two} lacks {_listed(missing)}" if missing else f"{two} also has {_listed(surplus)}"
        also = f" and has {_listed(surplus)} instead" if missing and surplus else ""
        raise Refusal(
            f"The files of this archive have different columns: {has}{also}, compared with {one}.",
            f"Give all of them the same columns; a file without the answers, leave out ({two}?).",
            column=(missing or surplus)[0],
        )


def _listed(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - 10} more" if len(columns) > 10 else ""
    return ", ".join(f"“{name}”" for name in columns[:10]) + more


def _is_nested(member: Member, head: bytes) -> bool:
    """Whether a member that begins with `head` is an archive, perhaps compressed."""
    plain = unpacking.beginning(head, SNIFF)
    if plain is None:  # too little of it to see inside
        return re.search(r"\.(tar\.\w+|t[bgx]z2?)$", member.base.lower()) is not None
    return _is_inner(plain)


def _is_inner(head: bytes) -> bool:
    if head.startswith((b"7z\xbc\xaf\x27\x1c", b"Rar!")):
        return True
    return is_archive(head) and not is_workbook(head) and not is_arrays(head)


def _refuse_without_tables(members: Sequence[Member], nested: Sequence[Member]) -> None:
    if nested:
        raise Refusal(
            f"“{told(nested[0].name)}” in this archive is another archive, and those are not opened.",
            INNER,
        )
    raise Refusal(
        f"No table or picture was found in this archive, only “{told(members[0].name)}”"
        + (f" and {len(members) - 1:,} more." if len(members) > 1 else "."),
        "Pack a table, or pictures in a folder for each class.",
    )


def _refuse_several(tables: Sequence[Table]) -> None:
    names = ", ".join(f"“{told(table.member.name)}”" for table in tables[:10])
    raise Refusal(f"This archive holds {len(tables):,} tables: {names}.", ONE_TABLE)


def unused_notes(members: Sequence[Member]) -> list[str]:
    """A note on members that nothing was read from."""
    if not members:
        return []
    names = ", ".join(f"“{told(member.name)}”" for member in members[:5])
    more = f" and {len(members) - 5:,} more" if len(members) > 5 else ""
    return [f"Not used: {names}{more}."]


def _within(progress: Tell, first: float, last: float) -> Tell:
    return lambda done: progress(first + (last - first) * done)


def find_idx(archive: Archive) -> list[Member]:
    """The members that are IDX files, whatever their names."""
    return [member for member in archive.members if _is_idx(archive.head(member, SNIFF))]


def _is_idx(head: bytes) -> bool:
    return idx.is_idx(unpacking.beginning(head, SNIFF) or b"")
