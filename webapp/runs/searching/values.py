"""Values as a query writes them: numbers with a percent sign, choices by name or title, days."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from webapp.runs.searching.language import SearchError
from webapp.runs.searching.quantities import Quantity

NUMBER = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)(%?)")
AGO = re.compile(r"([0-9]{1,5})(min|h|d|w)")
UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
YES = {"yes", "true", "on", "1"}
NO = {"no", "false", "off", "0"}


def number(text: str) -> float:
    """`0.01`, `1e-3`, `5%`."""
    found = NUMBER.fullmatch(text)
    if found is None:
        raise SearchError(f"“{text}” is not a number.", possible=("0.01", "1e-3", "5%"))
    value = float(Decimal(found[1]) / (100 if found[2] else 1))
    if abs(value) > 1e300:
        raise SearchError(f"“{text}” is too large.")
    return value


def flag(text: str) -> str:
    """`yes` or `no`."""
    if text.lower() in YES:
        return "yes"
    if text.lower() in NO:
        return "no"
    raise SearchError(f"“{text}” is neither yes nor no.", possible=("yes", "no"))


def choice(text: str, quantity: Quantity) -> str:
    """One of the quantity's choices, by its name or its title."""
    plain = _plain(text)
    for name, title in quantity.choices.items():
        if plain in (_plain(name), _plain(title)):
            return name
    raise SearchError(f"“{text}” is no {quantity.title.lower()} there is.", possible=tuple(quantity.choices))


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text).lower()


def moment(text: str) -> tuple[datetime, datetime]:
    """The first and the last moment of a day, `2026-11-01`, `today`; or a moment ago, `12h`, `7d`."""
    if ago := AGO.fullmatch(text.lower()):
        then = timezone.now() - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        return then, then
    return _of_day(_day(text))


def _day(text: str) -> date:
    today = timezone.localdate()
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    if text.lower() in named:
        return named[text.lower()]
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        possible = (today.isoformat(), "today", "yesterday", "7d", "12h")
        raise SearchError(f"“{text}” is not a day.", possible=possible) from None


def _of_day(day: date) -> tuple[datetime, datetime]:
    try:
        first = timezone.make_aware(datetime.combine(day, time.min))
        last = timezone.make_aware(datetime.combine(day, time.max))
        return first.astimezone(UTC), last.astimezone(UTC)
    except (OverflowError, ValueError):
        raise SearchError(f"“{day}” is too far away.") from None
