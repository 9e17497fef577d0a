"""What an archive holds: which of its members are read, which are passed over, and which condemn it.

Nothing is ever written under a name that comes out of an archive; names only become labels and messages.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from webapp.datasets.refusal import Refusal

MAX_MEMBERS = 200_000
MAX_NAME = 1000
PACK_AGAIN = "Pack the folder again with your system's usual program and upload that."
JUNK = {"thumbs.db", "desktop.ini", "__macosx", "icon\r"}
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. +-]*(?:/[A-Za-z0-9][A-Za-z0-9_. +-]*)*")
DRIVE = re.compile(r"^[A-Za-z]:")
# Controls, invisible marks that turn the direction of writing, line separators, half characters
ODD_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class Member(NamedTuple):
    """One file inside: `offset` is that of its local header in a zip, of its content in a tar."""

    name: str
    offset: int
    size: int
    packed: int
    method: int = 0
    checksum: int = 0
    end: int = 0

    @property
    def folders(self) -> list[str]:
        return self.name.split("/")[:-1]

    @property
    def base(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The ending of the name in lower case, with its dot; empty when it has none."""
        stem, dot, ending = self.base.rpartition(".")
        return f".{ending.lower()}" if stem and dot else ""


@dataclass
class Census:
    """Counts what is passed over while an archive is listed, and refuses names that cannot be told apart."""

    members: list[Member] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    n_skipped: int = 0

    def skip(self, name: str, kind: str) -> None:
        """Pass over the member `name`; `kind` says in the plural what it is."""
        self.skipped[kind] += 1
        self.n_skipped += 1
        self.first.setdefault(kind, told(name))
        self._refuse_many()

    def add(self, member: Member) -> None:
        self.members.append(member)
        self._refuse_many()

    def _refuse_many(self) -> None:
        if len(self.members) + self.n_skipped > MAX_MEMBERS:
            refuse_many()

    def notes(self) -> Iterator[str]:
        """What was passed over."""
        for kind, count in sorted(self.skipped.items()):
            if kind == HIDDEN:
                yield f"Passed over {count:,} hidden or system {'file' if count == 1 else 'files'}."
            else:
                yield f"Passed over {count:,} {kind}, which are never read: “{self.first[kind]}”" + (
                    "." if count == 1 else " and more."
                )

    def settled(self) -> list[Member]:
        """The members by name, once it is sure that no two of them have the same."""
        self.members.sort()
        if len({member.name.casefold() for member in self.members}) == len(self.members):
            return self.members
        seen: dict[str, str] = {}
        for member in self.members:
            other = seen.setdefault(member.name.casefold(), member.name)
            if other is not member.name:
                _refuse_twins(other, member.name)
        return self.members


HIDDEN = "hidden files"


def refuse_many() -> None:
    raise Refusal(
        f"This archive lists more than {MAX_MEMBERS:,} files.",
        "Pack fewer files into it: a part of the pictures, say, or a table instead of many small files.",
    )


def _refuse_twins(one: str, other: str) -> None:
    if one == other:
        raise Refusal(f"This archive holds “{told(one)}” twice.", PACK_AGAIN)
    raise Refusal(
        f"“{told(one)}” and “{told(other)}” in this archive differ only in upper and lower case.",
        "Rename one of them: on many computers they are the same file.",
    )


def told(name: str) -> str:
    """A name as messages show it: short, and without characters that cannot be seen."""
    shown = "".join("�" if unicodedata.category(c) in ODD_CATEGORIES else c for c in name)
    return shown if len(shown) <= 80 else f"{shown[:38]}…{shown[-40:]}"


def settle_name(name: str) -> str:
    """The name with “.” and empty parts removed and its letters composed; empty for what is only a folder.

    Raises Refusal for a name that points out of the archive or deceives people.
    """
    if is_plain(name):
        return name
    _refuse_name(name)
    parts = unicodedata.normalize("NFC", name).split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def is_plain(name: str) -> bool:
    """Whether there is nothing to say about a name, which takes a microsecond to find out for nearly all."""
    return (
        PLAIN.fullmatch(name) is not None
        and name[-3:].lower() not in (".db", "ini")
        and len(name) <= MAX_NAME
    )


def _refuse_name(name: str) -> None:
    if len(name) > MAX_NAME:
        raise Refusal(f"A name in this archive is {len(name):,} characters long.", PACK_AGAIN)
    if "\\" in name:
        raise Refusal(
            f"“{told(name)}” in this archive has a backslash in its name.",
            "Pack the folder again with a program that writes / between folders (Windows Explorer does).",
        )
    if name.startswith("/") or DRIVE.match(name):
        raise Refusal(f"“{told(name)}” in this archive has an absolute path.", PACK_AGAIN)
    if ".." in name.split("/"):
        raise Refusal(f"“{told(name)}” in this archive points out of it.", PACK_AGAIN)
    if any(unicodedata.category(c) in ODD_CATEGORIES for c in name):
        raise Refusal(
            f"“{told(name)}” in this archive has invisible characters in its name.",
            "Rename it with letters, digits, dots and dashes.",
        )


def is_hidden(name: str) -> bool:
    """Whether a system left this file behind, or hides it."""
    return any(part.startswith(".") or part.lower() in JUNK for part in name.split("/"))
