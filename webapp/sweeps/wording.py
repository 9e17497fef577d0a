"""Dimensions and their values in words, as every page, table and file of a sweep says them."""

from __future__ import annotations

from functools import cache, lru_cache

from engine import Spec
from webapp.runs.forms.numbers import rough, write
from webapp.runs.forms.schema import Choice, Options, describe, find
from webapp.sweeps.space import Distribution, Interval, Value
from webapp.sweeps.space import Options as Several
from webapp.sweeps.space.paths import COUNT

ABSENT = "–"
SHORT = 3  # significant digits of a value that is looked at; near 1, of what is missing to it


@lru_cache(maxsize=4096)  # of whatever somebody posts, too
def title_of(path: str) -> str:
    """What people call a path: "Learning rate", "Hidden layer 2, units", "All layers, activation"; the path
    itself where the form has no title for it."""
    if path == COUNT:
        return "Number of layers"
    known = find(describe(Spec), _in_the_form(path))
    title = known.title if known is not None and known.title else path
    first, number, *_ = [*path.split("."), ""]
    if first != "layers":
        return title
    layer = f"Hidden layer {int(number) + 1}" if number.isdecimal() else "All layers"
    return f"{layer}, {title.lower()}"


def _in_the_form(path: str) -> str:
    """The path of the field; `layers.units`, of all layers, is looked up in the first."""
    first, *rest = path.removesuffix(".kind").split(".")
    numbered = first != "layers" or not rest or rest[0].isdigit()
    return ".".join([first, *(() if numbered else ("0",)), *rest])


def written(value: Value) -> str:
    """A value so that it can be read back: `0.001`, `adam`, `true`, `none`."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return write(value)
    return value


def in_words(path: str, value: Value) -> str:
    """A value as a person reads it: few digits, and the title of a kind."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return _few_digits(value)
        case int():
            return f"{value:,}"
        case str():
            return _kinds(path).get(value, value)
    return "none"


def _few_digits(value: float) -> str:
    if 0.9 < value < 1:
        return write(round(1 - float(f"{1 - value:.{SHORT}g}"), 12))
    return rough(value, SHORT)


@cache
def _kinds(path: str) -> dict[str, str]:
    match find(describe(Spec), _in_the_form(path)):
        case Choice(kinds=kinds):
            return {kind: member.title for kind, member in kinds.items()}
        case Options(labels=labels):
            return dict(labels)
    return {}


def range_in_words(path: str, known: Distribution) -> str:
    """`0.0001 to 1`, or the options with commas between them."""
    if isinstance(known, Several):
        return ", ".join(in_words(path, option) for option in known.options)
    if isinstance(known, Interval) or hasattr(known, "low"):
        return f"{in_words(path, known.low)} to {in_words(path, known.high)}"
    return type(known).__name__
