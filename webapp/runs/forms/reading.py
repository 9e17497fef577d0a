"""Between the flat names of a posted form ("layers.0.units") and the nested values of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import numbers
from .schema import Choice, Field, Group, Number, Numbers, Options, Rows, takes_text

Posted = dict[str, str]
#: A sentence for each path that is wrong.
Problems = dict[str, str]
ABSENT = object()
#: Names of the page that are no part of the spec. With a colon they belong to a page that extends this one.
OWN_NAMES = re.compile(r"csrfmiddlewaretoken|name|dataset|like|action|marked|shape\.\w+|[\w.]+:[\w.: -]*")


def flatten(value: Any, path: str = "") -> Posted:
    """A spec's JSON as a form would post it, with paths below `path`."""
    match value:
        case dict():
            parts: Iterator[tuple[str, Any]] = iter(value.items())
        case None:
            return {path: ""}
        case list() | tuple() if value and all(isinstance(item, int | float) for item in value):
            return {path: ", ".join(numbers.write(item) for item in value)}
        case list() | tuple():
            parts = ((str(index), item) for index, item in enumerate(value))
        case bool():
            return {path: str(value).lower()}
        case int() | float():
            return {path: numbers.write(value)}
        case _:
            return {path: str(value)}
    flat: Posted = {}
    for name, part in parts:
        flat |= flatten(part, f"{path}.{name}" if path else name)
    return flat


def row_numbers(posted: Mapping[str, str], path: str) -> list[int]:
    """The numbers of the rows posted below `path`, in order."""
    pattern = re.compile(re.escape(path) + r"\.([0-9]{1,6})\.")
    return sorted({int(found[1]) for name in posted if (found := pattern.match(name))})


def renumber(posted: Mapping[str, str], path: str) -> Posted:
    """The same rows below `path`, numbered 0, 1, 2 without a gap."""
    order = row_numbers(posted, path)
    return arrange(posted, path, order) if order != list(range(len(order))) else dict(posted)


def arrange(posted: Mapping[str, str], path: str, order: list[int]) -> Posted:
    """The rows below `path` in the given order; one that is not in it is left out."""
    places: dict[int, list[int]] = {}
    for place, row in enumerate(order):
        places.setdefault(row, []).append(place)
    pattern = re.compile(re.escape(path) + r"\.([0-9]{1,6})\.(.+)", re.DOTALL)
    arranged: Posted = {}
    for name, text in posted.items():
        if found := pattern.fullmatch(name):
            arranged |= {f"{path}.{place}.{found[2]}": text for place in places.get(int(found[1]), [])}
        else:
            arranged[name] = text
    return arranged


def nest(posted: Mapping[str, str], root: Field) -> tuple[dict[str, Any], Problems]:
    """The nested values that `posted` holds, and what could not be read, by path.

    What is absent is left to the spec's defaults. A name that belongs nowhere is a problem of its own,
    but a constant that another kind would have had is not: it stays behind when the kind is changed.
    """
    problems: Problems = {
        name: f"This page has no field “{numbers.shown(name)}”. Reload it and try again."
        for name in posted
        if not OWN_NAMES.fullmatch(name) and not takes_text(root, name)
    }
    value = _read(root, "", posted, problems)
    return value, problems


def _read(field: Field, path: str, posted: Mapping[str, str], problems: Problems) -> Any:
    match field:
        case Group():
            read = {
                name: _read(part, f"{path}.{name}" if path else name, posted, problems)
                for name, part in field.fields.items()
            }
            kind = posted.get(f"{path}.kind")
            own = {"kind": kind} if field.kind and kind is not None else {}
            return own | {name: part for name, part in read.items() if part is not ABSENT}
        case Rows():
            rows = row_numbers(posted, path)
            read_rows = [_read(field.item, f"{path}.{row}", posted, problems) for row in rows]
            return [row for row in read_rows if row is not ABSENT]
        case Choice():
            return _read_choice(field, path, posted, problems)
    if path not in posted:
        return ABSENT
    return _read_leaf(field, path, posted[path], problems)


def _read_choice(field: Choice, path: str, posted: Mapping[str, str], problems: Problems) -> Any:
    kind = posted.get(f"{path}.kind")
    if kind is None:
        return ABSENT
    if kind not in field.kinds:
        problems[path] = unknown_option(kind, [group.title for group in field.kinds.values()])
        return ABSENT
    return _read(field.kinds[kind], path, posted, problems)


def _read_leaf(field: Field, path: str, text: str, problems: Problems) -> Any:
    try:
        if isinstance(field, Number):
            return None if field.optional and not text.strip() else numbers.parse(text, field)
        if isinstance(field, Numbers):
            return [
                numbers.parse(part, field.item) for part in re.split(r"[,;]\s*|\s+", text.strip()) if part
            ]
        if isinstance(field, Options) and text not in field.labels:
            raise ValueError(unknown_option(text, list(field.labels.values())))
    except ValueError as error:
        problems[path] = str(error)
        return ABSENT
    return text


def unknown_option(given: str, known: list[str]) -> str:
    """The refusal of something that is not on a list."""
    return f"“{numbers.shown(given)}” is not known here: choose one of {', '.join(known)}."
