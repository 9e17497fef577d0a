"""Between a range and the texts of a form: its scale, its two ends, its options.

Each text is posted under the path of the range, a colon, and the name of its part: `learning_rate:low`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import ge, gt, le, lt
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine import problems
from webapp.runs.forms import numbers
from webapp.runs.forms.reading import flatten
from webapp.runs.forms.schema import Choice, Field, Number, Options
from webapp.sweeps import space
from webapp.sweeps.space import AnyDistribution, Distribution, Value

from .places import field_at

Texts = dict[str, str]
ADAPTER: TypeAdapter[AnyDistribution] = TypeAdapter(AnyDistribution)
NAME = re.compile(r"(?P<path>[\w.]+):(?P<part>scale|low|high|options|option\.[\w. -]{1,80})")
TICK = "option."
LISTED = "options"
#: The scales of numbers by their names here, and their words.
SCALES = {
    "log": "Logarithmic",
    "uniform": "Even",
    "one_minus_log": "1 - 10^r",
    "integers": "Whole numbers",
    "integers_log": "Whole, logarithmic",
    "powers_of_two": "Powers of two",
    LISTED: "One of a few",
}
OF_WHOLE = ("integers", "integers_log", "powers_of_two", LISTED)
OF_FLOATS = ("log", "uniform", "one_minus_log", LISTED)


class RangeError(ValueError):
    """A range that cannot be, and why, in plain words."""


def scales_of(field: Field | None) -> tuple[str, ...]:
    """The scales that suit a number. What is missing to 1 matters only of what stays below 1."""
    if isinstance(field, Number) and field.whole:
        return OF_WHOLE
    tops = (field.below, field.most) if isinstance(field, Number) else ()
    near_one = any(top == 1 for top in tops)
    return OF_FLOATS if near_one else tuple(scale for scale in OF_FLOATS if scale != "one_minus_log")


def is_ticked(field: Field | None) -> bool:
    """Whether its options are ticked, each in a box of its own, and not written as numbers."""
    return isinstance(field, Choice | Options)


def texts_of(known: Distribution, field: Field | None) -> Texts:
    """A range as its form shows it."""
    if isinstance(known, space.Options):
        if is_ticked(field):
            return {"scale": LISTED} | {f"{TICK}{_word(option)}": "on" for option in known.options}
        return {"scale": LISTED, "options": ", ".join(map(_word, known.options))}
    content = known.model_dump()
    scale = "integers_log" if content.get("log") else str(content["kind"])
    return {"scale": scale, "low": numbers.write(content["low"]), "high": numbers.write(content["high"])}


def _word(option: Value) -> str:
    return "none" if option is None else flatten(option, "_")["_"]


def distribution_of(texts: Mapping[str, str], path: str) -> Distribution:
    """The range that the texts say. Raises RangeError."""
    field = field_at(path)
    if field is None:
        raise RangeError(f"A network has no {numbers.shown(path)}: turn it back into a value.")
    scale = texts.get("scale", "")
    if is_ticked(field):
        return _made({"kind": "options", "options": _ticked(texts, field)})
    if scale not in SCALES:
        raise RangeError(f"“{numbers.shown(scale)}” is no scale: choose one of {', '.join(SCALES.values())}.")
    assert isinstance(field, Number)
    if scale == LISTED:
        return _made({"kind": "options", "options": _listed(texts.get("options", ""), field)})
    whole = scale in OF_WHOLE
    if field.whole and not whole:
        suiting = ", ".join(SCALES[name] for name in OF_WHOLE)
        raise RangeError(f"{field.title} takes whole numbers only: choose another scale, one of {suiting}.")
    ends = {"low": _end(texts, "low", "from", whole), "high": _end(texts, "high", "to", whole)}
    more = {"kind": "integers", "log": True} if scale == "integers_log" else {"kind": scale}
    return _made(more | ends)


def _made(content: dict[str, Any]) -> Distribution:
    try:
        return ADAPTER.validate_python(content)
    except ValidationError as error:
        messages = dict.fromkeys(each.message for each in problems(error, space.Bounded))
        raise RangeError(" ".join(messages)) from error


def _end(texts: Mapping[str, str], part: str, word: str, whole: bool) -> int | float:
    try:
        return numbers.parse(texts.get(part, ""), Number("", "", whole=whole))
    except ValueError as error:
        raise RangeError(f"{word.capitalize()}: {error}") from error


def takes(field: Field | None, text: str) -> bool:
    """Whether a field takes the number in `text`, whatever else is wrong."""
    if not isinstance(field, Number):
        return False
    try:
        value = numbers.parse(text, field)
    except ValueError:
        return False
    limits = ((field.above, gt), (field.least, ge), (field.below, lt), (field.most, le))
    return all(limit is None or is_within(value, limit) for limit, is_within in limits)


def _ticked(texts: Mapping[str, str], field: Field) -> list[Value]:
    known = list(field.kinds if isinstance(field, Choice) else getattr(field, "labels", {}))
    ticked = [name.removeprefix(TICK) for name in texts if name.startswith(TICK)]
    for name in ticked:
        if name not in known:
            raise RangeError(f"“{numbers.shown(name)}” is not known here: choose among {', '.join(known)}.")
    of_truth = set(known) == {"true", "false"}
    return [name == "true" if of_truth else name for name in known if name in ticked]


def _listed(text: str, field: Number) -> list[Value]:
    """The numbers of a text such as "16, 32, 64"; "none" where a number may be left out."""
    words = [word for word in re.split(r"[,;]\s*|\s+", text.strip()) if word]
    try:
        return [
            None if field.optional and word.lower() == "none" else numbers.parse(word, field)
            for word in words
        ]
    except ValueError as error:
        raise RangeError(str(error)) from error


def parted(posted: Mapping[str, str]) -> dict[str, Texts]:
    """The texts of each range in what was posted, by path; a range without a scale is none."""
    found: dict[str, Texts] = {}
    for name, text in posted.items():
        if match := NAME.fullmatch(name):
            found.setdefault(match["path"], {})[match["part"]] = text
    return {path: texts for path, texts in found.items() if "scale" in texts}


def joined(ranges: Mapping[str, Texts]) -> dict[str, str]:
    """The inverse of `parted`."""
    return {f"{path}:{part}": text for path, texts in ranges.items() for part, text in texts.items()}
