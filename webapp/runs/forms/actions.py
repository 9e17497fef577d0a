"""What the buttons of a list do to its rows: add one, remove it, move it up or down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .reading import Posted, arrange, flatten, row_numbers
from .schema import Choice, Group, Rows, find

ACTION = re.compile(r"(?P<path>\w+)(\.(?P<row>[0-9]{1,6}))?\.(?P<verb>add|remove|up|down)")


@dataclass(frozen=True)
class Done:
    """The rows after an action, whose list it was, and the id of the control that should have the focus."""

    posted: Posted
    path: str = ""
    focus: str = ""


def act(action: str, posted: Mapping[str, str], root: Group) -> Done:
    """`posted` after a button such as "layers.add" or "layers.2.up"; unchanged when it makes no sense."""
    found = ACTION.fullmatch(action)
    if not found or not isinstance(find(root, found["path"]), Rows):
        return Done(dict(posted))
    path, verb, n_rows = found["path"], found["verb"], len(row_numbers(posted, found["path"]))
    if verb == "add":
        return _add(posted, path, n_rows, root)
    row = int(found["row"]) if found["row"] else n_rows
    if row >= n_rows:
        return Done(dict(posted), path)
    return _remove(posted, path, row, n_rows) if verb == "remove" else _move(posted, path, row, n_rows, verb)


def _add(posted: Mapping[str, str], path: str, n_rows: int, root: Group) -> Done:
    """One more at the end, like the last one: a network mostly repeats itself."""
    rows = find(root, path)
    assert isinstance(rows, Rows)
    focus = f"{path}-{n_rows}{_first_name(rows)}"
    if rows.most is not None and n_rows >= rows.most:
        return Done(dict(posted), path, f"{path}-add")
    if n_rows:
        return Done(arrange(posted, path, [*range(n_rows), n_rows - 1]), path, focus)
    return Done(dict(posted) | flatten(_blank(rows.item), f"{path}.0"), path, focus)


def _first_name(rows: Rows) -> str:
    return f"-{next(iter(rows.item.fields), '')}" if isinstance(rows.item, Group) else ""


def _blank(item: object) -> dict[str, object]:
    """The defaults of a first row, as far as they are plain values; of a choice its first kind."""
    if isinstance(item, Choice):
        return {"kind": next(iter(item.kinds))}
    fields = item.fields if isinstance(item, Group) else {}
    return {name: part.default for name, part in fields.items() if part.default is not None}


def _remove(posted: Mapping[str, str], path: str, row: int, n_rows: int) -> Done:
    order = [other for other in range(n_rows) if other != row]
    last = len(order) - 1
    focus = f"{path}-{min(row, last)}-remove" if order else f"{path}-add"
    return Done(arrange(posted, path, order), path, focus)


def _move(posted: Mapping[str, str], path: str, row: int, n_rows: int, verb: str) -> Done:
    to = row - 1 if verb == "up" else row + 1
    if not 0 <= to < n_rows:
        return Done(dict(posted), path)
    order = list(range(n_rows))
    order[row], order[to] = order[to], order[row]
    # At either end the button just pressed is disabled, and the focus goes to its sister.
    end, sister = (0, "down") if verb == "up" else (n_rows - 1, "up")
    return Done(arrange(posted, path, order), path, f"{path}-{to}-{sister if to == end else verb}")
