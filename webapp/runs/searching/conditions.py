"""A query as one filter of the database."""

from collections.abc import Callable
from difflib import get_close_matches
from functools import reduce
from operator import and_, or_

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Value, When
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
)

from webapp.runs.labels.tags import normalise
from webapp.runs.models import Run, Tag
from webapp.runs.searching import values
from webapp.runs.searching.json_paths import AnyItem
from webapp.runs.searching.language import SearchError, Word, read
from webapp.runs.searching.quantities import Quantity, quantities, short_names

LOOKUPS = {"<": LessThan, "<=": LessThanOrEqual, ">": GreaterThan, ">=": GreaterThanOrEqual}
EQUAL = {":", "=", "!="}
SAME = 1e-9  # relative: numbers as far apart as this are written alike
KEYWORDS: dict[str, Q] = {
    "starred": Q(starred=True),
    "branched": Q(branched_step__isnull=False),
    "live": Q(state__in=Run.LIVE),
    "ended": Q(state__in=Run.ENDED),
    "trial": Q(is_trial=True),
}
IS = "is"  # is:trial, is:starred: a keyword for whoever likes it with a name


def condition(query: str) -> Q:
    """What the runs that `query` asks for fulfil. Raises SearchError."""
    parts = [_told(word) for word in read(query)]
    return reduce(and_, parts, Q())


def _told(word: Word) -> Q:
    try:
        wanted = _of_name(word) if word.name else _of_text(word)
    except SearchError as error:
        raise error.at(word) from error
    return negated(wanted) if word.negated or word.op == "!=" else wanted


def negated(wanted: Q) -> Q:
    """All other runs, also those of which nothing is known."""
    return Q(Case(When(wanted, then=Value(False)), default=Value(True), output_field=BooleanField()))


def _of_text(word: Word) -> Q:
    if not word.is_phrase and word.value.lower() in KEYWORDS:
        return KEYWORDS[word.value.lower()]
    text = word.value
    return (
        Q(name__icontains=text)
        | Q(version__dataset__name__icontains=text)
        | Q(notes__icontains=text)
        | _tagged(name__icontains=text)
    )


def _tagged(**lookup: str) -> Q:
    return Q(Exists(Tag.objects.filter(run=OuterRef("pk"), **lookup)))


def asks_for_trials(query: str) -> bool:
    """Whether trials of sweeps are spoken of: only then they belong into a list."""
    try:
        words = read(query)
    except SearchError:
        return False
    return any(_speaks_of_trials(word) for word in words)


def _speaks_of_trials(word: Word) -> bool:
    if word.name in ("", IS):
        return not word.is_phrase and word.value.lower() == "trial"
    found = quantities().get(word.name)
    return found is not None and found.of_trials


def _keyword(word: Word) -> Q:
    """`is:trial`, `is:live,starred`: one of several keywords."""
    unknown = [value for value in word.values if value.lower() not in KEYWORDS]
    if word.op not in EQUAL or unknown:
        strange = unknown[0] if unknown else f"{word.op}{word.value}"
        possible = tuple(f"{IS}:{name}" for name in KEYWORDS)
        raise SearchError(f"A run cannot be “{strange}”.", possible=possible)
    return reduce(or_, [KEYWORDS[value.lower()] for value in word.values])


def _of_name(word: Word) -> Q:
    if word.name == IS:
        return _keyword(word)
    quantity = named(word.name)
    if word.op in LOOKUPS and quantity.kind not in ("number", "date"):
        raise SearchError(
            f"{quantity.title} has no order: “{word.op}” means nothing there.",
            possible=(f"{word.name}:{word.value}",),
        )
    if word.op in LOOKUPS and len(word.values) > 1:
        raise SearchError(f"“{word.op}” compares with one value, and these are {len(word.values)}.")
    conditions = [MAKERS[quantity.kind](quantity, word.op, value) for value in word.values]
    return reduce(or_, conditions)


def named(name: str) -> Quantity:
    """The quantity of a full or a short name. Raises SearchError."""
    if name in quantities():
        return quantities()[name]
    meant = short_names().get(name, ())
    if len(meant) == 1:
        return quantities()[meant[0]]
    if meant:
        raise SearchError(f"“{name}” can mean several things.", possible=meant)
    known = [*quantities(), *short_names()]
    close = get_close_matches(name, known, n=4, cutoff=0.6)
    raise SearchError(
        f"There is no “{name}” to compare. To look for these letters, put them in quotation marks.",
        possible=tuple(close or ("lr", "tag", "state", "optimizer", "dev_error", "created")),
    )


def _number(quantity: Quantity, op: str, text: str) -> Q:
    value = values.number(text)
    if op in EQUAL:
        slack = abs(value) * SAME
        bounds = (value - slack, value + slack)
        if quantity.inside:
            return Q(AnyItem(quantity.path[0], quantity.inside, "number", "BETWEEN", *bounds))
        return Q(GreaterThanOrEqual(quantity.expression, bounds[0])) & Q(
            LessThanOrEqual(quantity.expression, bounds[1])
        )
    if quantity.inside:
        return Q(AnyItem(quantity.path[0], quantity.inside, "number", op, value))
    return Q(LOOKUPS[op](quantity.expression, value))


def _choice(quantity: Quantity, _op: str, text: str) -> Q:
    value = values.choice(text, quantity)
    if quantity.name == "state" and value in KEYWORDS:
        return KEYWORDS[value]
    if quantity.inside:
        return Q(AnyItem(quantity.path[0], quantity.inside, "choice", "=", value))
    return Q(Exact(quantity.expression, value))


def _flag(quantity: Quantity, _op: str, text: str) -> Q:
    value = values.flag(text)
    if quantity.inside:
        written = "true" if value == "yes" else "false"
        return Q(AnyItem(quantity.path[0], quantity.inside, "flag", "=", written))
    return Q(Exact(quantity.expression, value == "yes" if quantity.column else value))


def _text(quantity: Quantity, op: str, text: str) -> Q:
    found = Q(**{f"{quantity.column}__{'icontains' if op == ':' else 'iexact'}": text})
    if quantity.key and text.isascii() and text.isdigit() and len(text) < 19:
        found |= Q(**{quantity.key: int(text)})
    return found


def _date(quantity: Quantity, op: str, text: str) -> Q:
    first, last = values.moment(text)
    column = quantity.column
    if op in EQUAL:
        return Q(**{f"{column}__gte": first, f"{column}__lte": last})
    lookup, moment = {
        "<": ("lt", first), "<=": ("lte", last), ">": ("gt", last), ">=": ("gte", first)
    }[op]  # fmt: skip
    return Q(**{f"{column}__{lookup}": moment})


def _tag(_quantity: Quantity, _op: str, text: str) -> Q:
    return _tagged(name=normalise(text))


MAKERS: dict[str, Callable[[Quantity, str, str], Q]] = {
    "number": _number,
    "choice": _choice,
    "flag": _flag,
    "text": _text,
    "date": _date,
    "tag": _tag,
}

__all__ = ["KEYWORDS", "SearchError", "asks_for_trials", "condition", "named", "negated"]
