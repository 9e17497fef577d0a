"""What turns a value into a range, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from webapp.runs.forms.reading import row_numbers

from .places import LAYERS, OF_A_LAYER, alike, constants_of, field_at
from .suggestions import suggested
from .texts import Texts, texts_of

if TYPE_CHECKING:
    from .sweep_form import SweepForm

TURN = re.compile(r"(?P<verb>range|value):(?P<path>[\w.]{1,200})")


def turned(form: SweepForm, verb: str, path: str) -> dict[str, Texts]:
    """The ranges after a button such as "range:l2" or "value:l2"; unchanged when it makes no sense."""
    if verb == "value":
        return _back(form, path)
    field = field_at(path)
    if field is None or path in form.texts:
        return form.texts
    known = suggested(path, form.version, form.draft, present(form, path))
    return {name: texts for name, texts in form.texts.items() if not _is_single(name, path)} | {
        path: texts_of(known, field)
    }


def present(form: SweepForm, path: str) -> list[str]:
    """What is written at `path` and is right; of all layers together what is written in each of them."""
    names = [name for name in form.posted if path in (name, alike(name))]
    return [form.posted[name] for name in names if name not in form.problems]


def _is_single(name: str, path: str) -> bool:
    """Whether `name` is of one layer what `path` is of all: then it gives way."""
    found = OF_A_LAYER.fullmatch(name)
    return bool(found) and path == f"{LAYERS}.{found[1]}"


def _back(form: SweepForm, path: str) -> dict[str, Texts]:
    """Without this range; a kind takes along the constants that only other kinds have."""
    left = {name: texts for name, texts in form.texts.items() if name != path}
    if not path.endswith(".kind"):
        return left
    ticked = form.ranges[path].ticked if path in form.ranges else []
    gone = set(constants_of(path, ticked)) - {each.name for each in form.controls}
    return {name: texts for name, texts in left.items() if name not in gone}


def beyond(ranges: Mapping[str, Texts], posted: Mapping[str, str]) -> dict[str, Texts]:
    """The ranges of single layers that the network does not have."""
    rows = row_numbers(posted, LAYERS)
    of_rows = {path: path.split(".")[1] for path in ranges if OF_A_LAYER.fullmatch(path)}
    return {path: ranges[path] for path, row in of_rows.items() if len(row) > 6 or int(row) not in rows}


def without_new_row(
    ranges: Mapping[str, Texts], before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, Texts]:
    """A layer that is added is like the last one, but for its ranges: one layer more, no dimension more."""
    rows = row_numbers(after, LAYERS)
    new = f"{LAYERS}.{rows[-1]}." if len(rows) > len(row_numbers(before, LAYERS)) else "\0"
    return {path: texts for path, texts in ranges.items() if not path.startswith(new)}
