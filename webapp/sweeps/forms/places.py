"""What can be searched: the places in a spec at which a value may be a range, and what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.spec import MAX_LAYERS
from webapp.runs.forms.fields import Bound
from webapp.runs.forms.schema import Choice, Field, Group, Number, Options, Rows, find
from webapp.runs.forms.spec_form import ROOT
from webapp.sweeps.space.paths import COUNT
from webapp.sweeps.wording import title_of

LAYERS = "layers"
#: Lists that are searched neither as a whole nor in their rows.
LEFT_OUT = ("augmentations",)
_COUNT = Number(
    title_of(COUNT),
    "How many hidden layers there are: the first ones of those above, and the last of them over and over.",
    whole=True,
    least=1,
    most=MAX_LAYERS,
)
OF_A_LAYER = re.compile(rf"{LAYERS}\.[0-9]+\.(.+)")


def field_at(path: str) -> Field | None:
    """The field that a path of a space is about, `layers.units` that of any layer; None if there is none."""
    if path == COUNT:
        return _COUNT
    found = find(ROOT, _single(path))
    known = isinstance(found, Number | Options) or (isinstance(found, Choice) and path.endswith(".kind"))
    return found if known and path.partition(".")[0] not in LEFT_OUT else None


def is_searchable(bound: Bound) -> bool:
    """Whether the value of a control can be made a range."""
    return field_at(bound.name) is not None


def _single(path: str) -> str:
    name, _, rest = path.partition(".")
    return f"{LAYERS}.0.{rest}" if name == LAYERS and not rest[:1].isdigit() else path


def alike(path: str) -> str:
    """The path of all layers for one of a single layer: `layers.units` for `layers.0.units`, else empty."""
    found = OF_A_LAYER.fullmatch(path)
    return f"{LAYERS}.{found[1]}" if found else ""


def of_all_layers() -> list[str]:
    """The paths at which all layers together can be searched, but for constants of a kind."""
    rows = ROOT.fields[LAYERS]
    item = rows.item if isinstance(rows, Rows) else rows
    fields = item.fields if isinstance(item, Group) else {}
    names = [f"{name}.kind" if isinstance(part, Choice) else name for name, part in fields.items()]
    return [COUNT, *(f"{LAYERS}.{name}" for name in names if field_at(f"{LAYERS}.{name}"))]


def constants_of(path: str, kinds: list[str]) -> Iterator[str]:
    """The paths of what the given kinds of a choice are set with: `optimizer.beta1` for `optimizer.kind`."""
    choice, owner = field_at(path), path.removesuffix("kind")
    groups = (
        [choice.kinds[kind] for kind in kinds if kind in choice.kinds] if isinstance(choice, Choice) else []
    )
    yield from dict.fromkeys(
        f"{owner}{name}" for group in groups for name in group.fields if field_at(owner + name)
    )
