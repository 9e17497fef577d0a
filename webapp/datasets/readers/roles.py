"""Which of several named arrays holds the inputs, which the answers, and of which part of the data."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

INPUTS = ("x", "data", "inputs", "input", "features", "images", "image", "arr_0")
ANSWERS = ("y", "target", "targets", "label", "labels", "answers", "classes", "arr_1")
PARTS = {
    "train": "train", "training": "train", "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev",
    "test": "test", "testing": "test",
}  # fmt: skip
Shapes = Mapping[str, tuple[int, ...] | None]


class Roles(NamedTuple):
    """The names of the arrays of one part (train, dev, test, or empty: all); `answers` may be empty."""

    part: str
    inputs: str
    answers: str


def find_roles(shapes: Shapes, options: Options) -> list[Roles]:
    """The arrays to use, by the names in `options` or their own. Raises Refusal, telling which there are."""
    for field in ("inputs", "answers"):
        wanted = getattr(options, field)
        if wanted and wanted not in shapes:
            raise Refusal(f"There is no array “{wanted}”.", f"The arrays are: {_told(shapes)}.", field=field)
    if options.inputs:
        return [Roles("", options.inputs, options.answers or _named(shapes, "", ANSWERS))]
    if len(shapes) == 1:
        return [Roles("", next(iter(shapes)), "")]
    found = [
        Roles(part, inputs, (part == "" and options.answers) or _named(shapes, part, ANSWERS))
        for part in ("train", "dev", "test", "")
        if (inputs := _named(shapes, part, INPUTS))
    ]
    if any(role.part == "train" for role in found):
        found = [role for role in found if role.part]
        _refuse_unanswered(found, shapes)
        return found
    if whole := [role for role in found if not role.part]:
        return whole
    raise Refusal(
        f"None of the arrays is called X, data or x_train. The arrays are: {_told(shapes)}.",
        "Call the inputs X and the answers y, or name the two arrays when you upload the file.",
    )


def _refuse_unanswered(found: list[Roles], shapes: Shapes) -> None:
    for role in found:
        if not role.answers and any(other.answers for other in found):
            raise Refusal(
                f"“{role.inputs}” has no answers beside it. The arrays are: {_told(shapes)}.",
                f"Add the array y_{role.part}, or leave “{role.inputs}” out.",
            )


def _named(shapes: Shapes, part: str, names: tuple[str, ...]) -> str:
    """The first array called like one of `names`, with `part` before or behind it."""
    split = {name: _split(name) for name in shapes}
    for wanted in names:
        for name, found in split.items():
            if found == (part, wanted):
                return name
    return ""


def _split(name: str) -> tuple[str, str]:
    """The part and the rest of a name: x_train and train_x are (train, x)."""
    if name.lower() in INPUTS + ANSWERS:
        return "", name.lower()
    words = [word for word in re.split(r"[_\-. ]+", name.lower()) if word]
    parts = [PARTS[word] for word in words if word in PARTS]
    rest = "_".join(word for word in words if word not in PARTS)
    return (parts[0] if parts else ""), rest


def _told(shapes: Shapes) -> str:
    told = [f"{name[:60]} {shape if shape is not None else '(unreadable)'}" for name, shape in shapes.items()]
    return ", ".join(told[:12]) + (", …" if len(told) > 12 else "") or "none"
