"""Fields with their values in them, ready for a template: one class for each template in runs/new/."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from . import numbers
from .layout import FOLDED_CONSTANTS
from .reading import Posted, Problems, flatten, row_numbers
from .schema import Choice, Field, Group, Number, Options, Rows


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    selected: bool
    help: str = ""


@dataclass(frozen=True)
class Bound:
    """A field at its place, with what is written in it and what there is to say about it."""

    path: str
    field: Field
    value: str = ""
    error: str = ""
    change: str = ""
    options: tuple[Option, ...] = ()
    children: tuple[Bound, ...] = ()
    folded: bool = False

    @property
    def id(self) -> str:
        """Usable in a CSS selector and in an address."""
        return re.sub(r"[.:]", "-", self.path)

    @property
    def help_id(self) -> str:
        """The id of its line of help; the rows of a list share theirs, but for constants."""
        of_a_row = re.fullmatch(r"(\w+)\.[0-9]+\.(\w+)", self.path)
        return f"help-{of_a_row[1]}-{of_a_row[2]}" if of_a_row else f"help-{self.id}"

    @property
    def look(self) -> str:
        """Which of the templates in runs/new/ shows it."""
        match self.field:
            case Group():
                return "runs/new/group.html"
            case Rows():
                return "runs/new/rows.html"
        return "runs/new/knob.html"

    @property
    def control(self) -> str:
        """Which template its value is edited in."""
        return "runs/new/control.html"

    @property
    def below(self) -> str:
        """Which template follows a row or the rows, if any."""
        return ""

    @property
    def variant(self) -> str:
        """What else decides which controls there are; see `shape`."""
        return ""

    @property
    def name(self) -> str:
        """What it posts under."""
        return f"{self.path}.kind" if isinstance(self.field, Choice) else self.path

    @property
    def selected(self) -> Option | None:
        return next((option for option in self.options if option.selected), None)

    @property
    def help(self) -> str:
        """One line on what it does; of a choice, on what is chosen."""
        return (self.selected.help if self.selected else "") or self.field.help

    @property
    def marked(self) -> bool:
        return bool(self.error or self.change)

    @property
    def opened(self) -> bool:
        """Whether a fold around it has to be open, for something in it wants to be seen."""
        has_rows = isinstance(self.field, Rows) and bool(self.children)
        return has_rows or any(bound.marked for bound in walk(self))

    @property
    def numeric(self) -> str:
        """Which keyboard a phone should show."""
        return "numeric" if isinstance(self.field, Number) and self.field.whole else "decimal"

    @property
    def index(self) -> int:
        """Its number, from 1, when it is a row."""
        return int(self.path.rpartition(".")[2]) + 1

    @property
    def add_id(self) -> str:
        """The id of the button that adds a row."""
        return f"{self.id}-add"

    @property
    def add_label(self) -> str:
        """What the button that adds a row says: "Add a layer"."""
        one = self.field.title.split()[-1].removesuffix("s").lower()
        return f"Add {'an' if one[0] in 'aeiou' else 'a'} {one}"

    @property
    def full(self) -> bool:
        return isinstance(self.field, Rows) and len(self.children) >= (
            self.field.most or len(self.children) + 1
        )

    @property
    def shape(self) -> str:
        """Changes exactly when other controls have to be on the page; values do not matter."""
        return f"{crc32(json.dumps(_shape(self)).encode()):08x}"


def _shape(bound: Bound) -> list[object]:
    # The kind of a choice decides which constants there are, so it belongs to the shape; other values do not.
    kind = bound.value if isinstance(bound.field, Choice) else ""
    return [
        bound.path,
        kind,
        [option.value for option in bound.options],
        [_shape(child) for child in bound.children],
        bound.variant,
    ]


def walk(bound: Bound) -> Iterator[Bound]:
    """The field and all below it."""
    yield bound
    for child in bound.children:
        yield from walk(child)


@dataclass(frozen=True)
class Marks:
    """What is to be said at fields, by path."""

    errors: Problems
    original: Posted | None = None
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def change(self, path: str, value: str) -> str:
        """How `value` differs from the run that is cloned; empty when it does not, or none is cloned."""
        if self.original is None:
            return ""
        before = self.original.get(path)
        if before is None:
            return "new" if value else ""
        return "" if numbers.same(before, value) else f"changed from {before}"

    def fewer(self, path: str, n_rows: int) -> str:
        """How many rows of the run that is cloned are gone."""
        gone = len(row_numbers(self.original or {}, path)) - n_rows
        return f"{gone} fewer" if gone > 0 else ""


def bind(field: Field, path: str, posted: Mapping[str, str], marks: Marks) -> Bound:
    """`field` at `path` with the texts of `posted`, which need not be valid."""
    match field:
        case Group():
            return _bind_group(field, path, posted, marks)
        case Rows():
            rows = row_numbers(posted, path)
            children = tuple(bind(field.item, f"{path}.{row}", posted, marks) for row in rows)
            change = marks.fewer(path, len(rows))
            return Bound(path, field, error=marks.errors.get(path, ""), change=change, children=children)
        case Choice():
            return _bind_choice(field, path, posted, marks)
    return _bind_leaf(field, path, posted, marks)


def _bind_group(group: Group, path: str, posted: Mapping[str, str], marks: Marks) -> Bound:
    children = _children(group, path, posted, marks)
    return Bound(path, group, error=marks.errors.get(path, ""), children=children)


def _children(group: Group, path: str, posted: Mapping[str, str], marks: Marks) -> tuple[Bound, ...]:
    prefix = f"{path}." if path else ""
    return tuple(bind(part, f"{prefix}{name}", posted, marks) for name, part in group.fields.items())


def _bind_choice(choice: Choice, path: str, posted: Mapping[str, str], marks: Marks) -> Bound:
    value = posted.get(f"{path}.kind", (choice.default or {}).get("kind", ""))
    allowed = marks.allowed.get(path, tuple(choice.kinds))
    labels = {kind: group.title for kind, group in choice.kinds.items() if kind in allowed}
    helps = {kind: group.help for kind, group in choice.kinds.items()}
    return Bound(
        path,
        choice,
        value=value,
        error=marks.errors.get(path, ""),
        change=_kind_change(choice, path, value, marks),
        options=_options(labels, value, helps),
        children=_children(choice.kinds[value], path, posted, marks) if value in choice.kinds else (),
        folded=path in FOLDED_CONSTANTS,
    )


def _kind_change(choice: Choice, path: str, value: str, marks: Marks) -> str:
    change = marks.change(f"{path}.kind", value)
    before = change.removeprefix("changed from ")
    return f"changed from {choice.kinds[before].title}" if before in choice.kinds else change


def _bind_leaf(field: Field, path: str, posted: Mapping[str, str], marks: Marks) -> Bound:
    value = posted[path] if path in posted else _default(field)
    options = _options(field.labels, value, {}) if isinstance(field, Options) else ()
    return Bound(
        path,
        field,
        value=value,
        error=marks.errors.get(path, ""),
        change=marks.change(path, value),
        options=options,
    )


def _default(field: Field) -> str:
    return "" if field.default is None else flatten(field.default, "_").get("_", "")


def _options(labels: Mapping[str, str], value: str, helps: Mapping[str, str]) -> tuple[Option, ...]:
    """The options, and first an unknown value that was posted: nothing typed is thrown away."""
    known = tuple(Option(key, label, key == value, helps.get(key, "")) for key, label in labels.items())
    if value in labels:
        return known
    return (Option(value, numbers.shown(value) or "Choose", selected=True), *known)
