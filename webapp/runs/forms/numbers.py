"""Numbers as people write them, and what to say when they are not numbers."""

from __future__ import annotations

import re
from decimal import Decimal

from .schema import Number

# int() and float() also read other scripts' digits and 1_000; a form says plainly what it takes.
WRITTEN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?")
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+([eE][+-]?[0-9]+)?")
LONGEST = 40
LARGEST = 1e18


def parse(text: str, field: Number) -> int | float:
    """The number written in `text`. Raises ValueError with a sentence for the person who wrote it."""
    text = text.strip()
    if not text:
        raise ValueError(f"This is empty: give {wanted(field)}.")
    if DECIMAL_COMMA.fullmatch(text):
        raise ValueError(
            f"Write decimals with a point: {shown(text.replace(',', '.'))} instead of {shown(text)}."
        )
    if not WRITTEN.fullmatch(text):
        raise ValueError(f"“{shown(text)}” is not a number: give {wanted(field)}.")
    if abs(float(text)) > LARGEST:
        raise ValueError(too_large(text, field) if float(text) > 0 else too_small(text, field))
    return _whole(text, field) if field.whole else float(text)


def _whole(text: str, field: Number) -> int:
    # A Decimal keeps every digit of a seed near 2**53; its exponent is small, `parse` has seen to that.
    exact = Decimal(text) if abs(float(text)) >= 1e-9 or float(text) == 0 else Decimal("0.5")
    if exact != exact.to_integral_value():
        raise ValueError(f"{shown(text)} is not a whole number: give {wanted(field)}.")
    return int(exact)


def write(value: float | int) -> str:
    """The shortest text that reads back as `value`: 0.001, 1e-8, 64."""
    text = repr(value)
    return text.replace("e-0", "e-").removesuffix(".0") if isinstance(value, float) else text


def rough(value: float, digits: int = 6) -> str:
    """`value` to so many significant digits, for a glance: 1e-5 of 0.0000100000003."""
    return write(float(f"{value:.{digits}g}"))


def same(one: str, other: str) -> bool:
    """Whether two texts say the same: as numbers when both are, else letter by letter."""
    one, other = one.strip(), other.strip()
    if one != other and WRITTEN.fullmatch(one) and WRITTEN.fullmatch(other):
        return float(one) == float(other)
    return one == other


def wanted(field: Number) -> str:
    """What belongs into `field`: "a whole number from 1 to 65,536"."""
    kind = "a whole number" if field.whole else "a number"
    return f"{kind} {_limits(field)}{_example(field)}".replace(" ,", ",").strip()


def too_large(text: str, field: Number) -> str:
    return f"{shown(text)} is too large: give {wanted(field)}."


def too_small(text: str, field: Number) -> str:
    return f"{shown(text)} is too small: give {wanted(field)}."


def shown(text: str) -> str:
    """`text`, cut when it is long."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _limits(field: Number) -> str:
    lower = _phrase("above", field.above) or _phrase("from" if _top(field) else "of at least", field.least)
    if field.above is not None:
        upper = _phrase("and below", field.below) or _phrase("up to", field.most)
    else:
        upper = _phrase("to just below", field.below) or _phrase("to", field.most)
    return " ".join(part for part in (lower, upper) if part)


def _top(field: Number) -> bool:
    return field.below is not None or field.most is not None


def _phrase(word: str, bound: float | None) -> str:
    if bound is None:
        return ""
    return f"{word} {bound:,}" if isinstance(bound, int) else f"{word} {write(bound)}"


def _example(field: Number) -> str:
    if isinstance(field.default, bool) or not isinstance(field.default, int | float):
        return ""
    return f", such as {write(field.default)}"
