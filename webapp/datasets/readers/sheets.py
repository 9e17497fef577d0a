"""What a workbook's sheets hold, told from its XML without keeping any of it."""

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from webapp.datasets.readers import zipped
from webapp.datasets.refusal import Refusal

MAX_INDEX = 16 << 20  # bytes of the workbook's list of sheets
FOREIGN = {
    "word/": "a Word document", "ppt/": "a PowerPoint presentation", "xl/workbook.bin": "a binary workbook",
}  # fmt: skip
SAVE_AGAIN = "Save it again as .xlsx, or save the sheet as CSV."


@dataclass
class Sheet:
    """A sheet and its extent: row and column numbers count from 1, as a spreadsheet does."""

    name: str
    member: str
    first_row: int = 0
    last_row: int = 0
    first_column: int = 0
    last_column: int = 0
    n_values: int = 0
    n_errors: int = 0
    first_error: str = ""
    n_unsolved: int = 0
    n_merged: int = 0
    first_merged: str = ""


def worksheets(archive: zipfile.ZipFile) -> list[Sheet]:
    """The sheets with cells, in the workbook's order. Raises Refusal for a document that is no workbook."""
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        kind = next(
            (kind for folder, kind in FOREIGN.items() if any(n.startswith(folder) for n in names)), ""
        )
        raise Refusal(f"This file is {kind or 'an Office document without a workbook'}.", SAVE_AGAIN)
    targets = {
        element.get("Id"): (element.get("Target", ""), element.get("Type", ""))
        for element in _tree(archive, "xl/_rels/workbook.xml.rels")
    }
    found = []
    for element in _tree(archive, "xl/workbook.xml").iter():
        if _local(element.tag) == "sheet":
            key = next((value for name, value in element.attrib.items() if name.endswith("}id")), None)
            target, kind = targets.get(key, ("", ""))
            member = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            if kind.endswith("/worksheet") and member in names:
                found.append(Sheet(element.get("name", ""), member))
    return found


def survey(archive: zipfile.ZipFile, sheet: Sheet) -> Sheet:
    """Fill in what `sheet` holds, reading its XML as a stream. Raises Refusal where it is not XML."""
    parser = expat.ParserCreate()
    watcher = _Watcher(sheet, parser)
    parser.StartElementHandler = watcher.begin
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for piece in zipped.pieces(archive, sheet.member):
            parser.Parse(piece)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refusal(f"The sheet “{sheet.name}” is damaged: {error}.", SAVE_AGAIN) from error
    return sheet


class _Watcher:
    """Hears every element of a sheet begin. A cell without a reference follows the one before."""

    def __init__(self, sheet: Sheet, parser: expat.XMLParserType) -> None:
        self.sheet, self.parser = sheet, parser
        self.row = self.column = 0
        self.unsolved = False
        self.numbers: dict[str, int] = {}

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._cell(attributes)
        elif name in ("v", "is"):
            if self.unsolved:  # some programs write an empty result
                self.parser.CharacterDataHandler = self._result
            else:
                self._value()
        elif name == "row":
            number = attributes.get("r", "")
            self.row, self.column = int(number) if number.isdecimal() else self.row + 1, 0
        elif name == "f":
            self.unsolved = True
            self.sheet.n_unsolved += 1
        elif name == "mergeCell":
            self.sheet.n_merged += 1
            self.sheet.first_merged = self.sheet.first_merged or attributes.get("ref", "")[:30]

    def _result(self, _text: str) -> None:
        self.parser.CharacterDataHandler = None
        self.sheet.n_unsolved -= 1
        self._value()

    def _cell(self, attributes: dict[str, str]) -> None:
        if self.unsolved:
            self.unsolved = False
            self.parser.CharacterDataHandler = None
        reference = attributes.get("r", "")
        letters = reference.rstrip("0123456789")
        if reference and letters not in self.numbers:
            self.numbers[letters] = column_number(letters)
        self.column = self.numbers[letters] if reference else self.column + 1
        if digits := reference[len(letters) :]:
            self.row = int(digits[:9])
        if attributes.get("t") == "e":
            self.sheet.n_errors += 1
            self.sheet.first_error = self.sheet.first_error or f"{column_letters(self.column)}{self.row}"

    def _value(self) -> None:
        sheet, row, column = self.sheet, self.row, self.column
        sheet.n_values += 1
        if row > sheet.last_row:
            sheet.last_row = row
        if column > sheet.last_column:
            sheet.last_column = column
        if row < sheet.first_row or not sheet.first_row:
            sheet.first_row = row
        if column < sheet.first_column or not sheet.first_column:
            sheet.first_column = column


def column_letters(number: int) -> str:
    """A, B, ..., Z, AA, ... for 1, 2, ..., 26, 27, ..."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """1, 2, ..., 26, 27, ... for A, B, ..., Z, AA, ...; no more than four letters count."""
    number = 0
    for letter in letters[:4].upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _tree(archive: zipfile.ZipFile, member: str) -> ElementTree.Element:
    """A small part of the workbook as a tree. Raises Refusal."""
    if member not in archive.namelist() or archive.getinfo(member).file_size > MAX_INDEX:
        raise Refusal("This workbook's list of sheets is missing or too large.", SAVE_AGAIN)
    content = b"".join(zipped.pieces(archive, member))
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        _refuse_doctype()
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise Refusal(f"This workbook's list of sheets is damaged: {error}.", SAVE_AGAIN) from error


def _refuse_doctype(*_about: Any) -> None:
    raise Refusal("This workbook declares XML entities, which no spreadsheet program writes.", SAVE_AGAIN)


def _local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def notes(sheet: Sheet) -> Iterator[str]:
    """What a reader of the sheet should know about its cells."""
    if sheet.n_errors:
        cells = "1 cell holds an error" if sheet.n_errors == 1 else f"{sheet.n_errors:,} cells hold errors"
        yield f"{cells} such as #DIV/0! (first in {sheet.first_error}): read as missing."
    if sheet.n_unsolved:
        one = sheet.n_unsolved == 1
        many = "1 formula has" if one else f"{sheet.n_unsolved:,} formulas have"
        yield (
            f"{many} no stored result and {'was' if one else 'were'} read as missing: open and save the "
            "workbook in a spreadsheet program to fill them in."
        )
    if sheet.n_merged:
        yield f"Of merged cells ({sheet.first_merged} first) only the upper left one has a value."
