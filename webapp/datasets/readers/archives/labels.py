"""Which class each picture belongs to: by its folder, or as a table beside the pictures says."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from webapp.datasets.readers import text
from webapp.datasets.readers.archives.members import Member, told
from webapp.datasets.readers.dialect import detect_dialect
from webapp.datasets.readers.missing import is_missing
from webapp.datasets.refusal import Refusal

PARTS = {
    "train": "train", "training": "train", "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev",
    "test": "test", "testing": "test", "t10k": "test",
}  # fmt: skip
LABELS = ("label", "labels", "class", "classes", "target", "category", "y", "answer")
SPLITS = ("split", "set", "subset", "partition", "part", "usage")
HEAD = 1 << 20
MAX_TABLE = 16 << 20
LEAST_KNOWN = 0.5  # of the rows, or of the pictures
FOLDERS = "Put the pictures of each class into a folder named after it, and pack these folders as one zip."


class Example(NamedTuple):
    """A picture, its label, and its part (train, dev, test; empty when nothing is said)."""

    member: Member
    label: str
    part: str = ""


class Labelled(NamedTuple):
    """The examples by name, notes on how they came to their labels, and the tables that gave them."""

    examples: list[Example]
    notes: list[str]
    tables: list[str]


class Row(NamedTuple):
    """What a table says about one picture."""

    label: str
    part: str


def part_of(name: str) -> str:
    """The part that a file or folder name tells, train, dev or test; empty when it tells none, or several."""
    found = {PARTS[word] for word in re.split(r"[^a-z0-9]+", name.lower()) if word in PARTS}
    return found.pop() if len(found) == 1 else ""


def by_folder(pictures: Sequence[Member], silent: Sequence[str]) -> Labelled:
    """Labels by the folder right above each picture; folders called train, dev or test say its part.

    `silent` are tables that speak of none of the pictures. Raises Refusal for fewer than two classes.
    """
    examples, loose = [], []
    known: dict[str, tuple[str, str]] = {}
    for member in pictures:
        path = member.name.rpartition("/")[0]
        if path not in known:
            known[path] = _class_of(member), _folder_part(member)
        label, part = known[path]
        if label:
            examples.append(Example(member, label, part))
        else:
            loose.append(member.name)
    _refuse_one_class(examples, loose, silent)
    classes = len({example.label for example in examples})
    notes = [f"Read {len(examples):,} pictures in {classes:,} class folders."]
    if loose:
        notes.append(_left_out(len(loose), "in no class folder", loose[0]))
    return Labelled(examples, notes, [])


def _class_of(member: Member) -> str:
    """The name of the nearest folder that is not called train, dev or test; empty when there is none."""
    return next((folder.strip() for folder in reversed(member.folders) if folder.lower() not in PARTS), "")


def _folder_part(member: Member) -> str:
    return next((PARTS[folder.lower()] for folder in member.folders if folder.lower() in PARTS), "")


def by_table(pictures: Sequence[Member], tables: Sequence[tuple[str, Path]]) -> Labelled | None:
    """Labels as the tables say, each a name and a file; none when none of them speaks of the pictures."""
    names = _ways_to_call(pictures) if tables else {}
    said: dict[str, Row] = {}
    unknown: list[str] = []
    used: list[str] = []
    for name, path in tables:
        rows = _rows(path)
        found = _file_column(rows, names) if rows else None
        if found is not None:
            used.append(name)
            unknown += _collect(name, rows, found, names, said)
    if not used:
        return None
    examples = [
        Example(m, said[m.name].label, said[m.name].part or _folder_part(m))
        for m in pictures
        if m.name in said
    ]
    silent = [m.name for m in pictures if m.name not in said]
    tables_said = ", ".join(f"“{told(name)}”" for name in used)
    notes = [f"Read {len(examples):,} pictures with their labels from {tables_said}."]
    if silent:
        notes.append(_left_out(len(silent), f"not mentioned in {tables_said}", silent[0]))
    if unknown:
        notes.append(
            f"{tables_said} mentions {len(unknown):,} without a picture of that name: “{told(unknown[0])}”"
            + (" and more." if len(unknown) > 1 else ".")
        )
    return Labelled(examples, notes, used)


def _left_out(count: int, why: str, first: str) -> str:
    return f"Left out {count:,} {'picture' if count == 1 else 'pictures'} {why}: “{told(first)}”" + (
        "." if count == 1 else " and more."
    )


def _refuse_one_class(examples: list[Example], loose: list[str], silent: Sequence[str]) -> None:
    classes = sorted({example.label for example in examples})
    if len(classes) > 1:
        return
    table = f"“{told(silent[0])}” names none of them" if silent else "no table gives them labels"
    where = f"All pictures lie in one class folder, “{told(classes[0])}”," if classes else (
        f"No picture lies in a class folder (“{told(loose[0])}” does not),"
    )  # fmt: skip
    raise Refusal(f"{where} and {table}.", f"{FOLDERS} Or add a CSV file with the columns file and label.")


def _ways_to_call(pictures: Sequence[Member]) -> dict[str, str]:
    """The member's name by each clear way to call a picture: the path or its end, with ending or not."""
    ways: dict[str, list[str]] = defaultdict(list)
    for member in pictures:
        parts = member.name.split("/")
        for begin in range(len(parts)):
            way = "/".join(parts[begin:])
            ways[way].append(member.name)
            if member.suffix:
                ways[way[: -len(member.suffix)]].append(member.name)
    return {way: names[0] for way, names in ways.items() if len(names) == 1}


def _rows(path: Path) -> list[list[str]]:
    """The table in `path`, header first, all cells as text; empty when it is not a table with a header."""
    plain = path.with_suffix(".utf8")
    with path.open("rb") as file:
        encoding = text.detect_encoding(file.read(HEAD))
    try:
        text.write_utf8(path, plain, encoding)
        with plain.open("rb") as file:
            head = file.read(HEAD)
        dialect = detect_dialect(head[: head.rfind(b"\n") + 1] or head)
        with plain.open(encoding="utf-8-sig", newline="") as lines:
            style = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
            reader = csv.reader(lines, delimiter=dialect.delimiter, quoting=style, skipinitialspace=True)
            rows = [[cell.strip() for cell in row] for row in reader if row]
    except (Refusal, csv.Error, UnicodeDecodeError):
        return []
    names = list(dialect.names)
    if not dialect.has_header and not any(cell.lower() in LABELS for cell in rows[0]):
        return [names, *rows]
    return [names if dialect.has_header else rows[0], *rows[1:]]


def _file_column(rows: list[list[str]], names: dict[str, str]) -> int | None:
    """The column of which most cells call a picture."""
    known: Counter[int] = Counter()
    for row in rows[1:]:
        known.update(i for i, cell in enumerate(row[:100]) if _called(cell) in names)
    if not known:
        return None
    column, count = known.most_common(1)[0]
    enough = LEAST_KNOWN * min(len(rows) - 1, len(set(names.values())))
    return column if count >= enough else None


def _called(cell: str) -> str:
    return cell.replace("\\", "/").removeprefix("./").removeprefix("/")


def _collect(
    table: str, rows: list[list[str]], column: int, names: dict[str, str], said: dict[str, Row]
) -> list[str]:
    """Add what the rows say to `said`; the files they mention that are not there."""
    header = [name.lower() for name in rows[0]]
    label = _label_column(table, header, column)
    split = next((i for i, name in enumerate(header) if name in SPLITS and i not in (column, label)), None)
    unknown: list[str] = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) <= max(column, label) or is_missing(row[label]):
            continue
        name = names.get(_called(row[column]))
        if name is None:
            unknown.append(row[column])
            continue
        part = part_of(row[split]) if split is not None and split < len(row) else part_of(table)
        if said.setdefault(name, Row(row[label], part)).label != row[label]:
            _refuse_two_labels(table, number, name, said[name].label, row[label])
    return unknown


def _label_column(table: str, header: list[str], column: int) -> int:
    for wanted in LABELS:
        if wanted in header and header.index(wanted) != column:
            return header.index(wanted)
    others = [i for i, name in enumerate(header) if i != column and name not in SPLITS]
    if len(others) == 1:
        return others[0]
    raise Refusal(
        f"“{told(table)}” names the pictures, but which of its columns is their label is not clear: "
        f"{', '.join(told(header[i]) for i in others[:20])}.",
        "Call the column of the labels “label”.",
    )


def _refuse_two_labels(table: str, row: int, name: str, one: str, other: str) -> None:
    raise Refusal(
        f"“{told(table)}” gives “{told(name)}” two labels, “{told(one)}” and “{told(other)}” (row {row:,}).",
        "Give each picture one label.",
        row=row,
    )
