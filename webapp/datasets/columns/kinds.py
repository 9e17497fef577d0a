"""Which kind a column is: first what its values are, then whether they can teach anything."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from webapp.datasets.columns import dates, values
from webapp.datasets.recipe import Kind
from webapp.datasets.refusal import Refusal

IDENTIFIERS = {"id", "index", "idx", "row", "no", "nr", "number", "rownames", "uuid", "guid", "key"}
FEW_LEVELS = 20
LONG_TEXT = 80
TRUTH_PAIRS = tuple(set(pair) for pair in values.TRUTHS)


class Holding(NamedTuple):
    """What the values of a column are: numeric, boolean, category, date or empty.

    For dates also the order they are written in, and whether another order would fit as well.
    """

    kind: Kind
    order: dates.Order = "ymd"
    ambiguous: bool = False


def holding(column: pl.Series) -> Holding:
    """What the present values of `column` are, all of them."""
    if not column.count():
        return Holding(Kind.EMPTY)
    if column.dtype == pl.Boolean:
        return Holding(Kind.BOOLEAN)
    if column.dtype.is_numeric():
        return Holding(Kind.NUMERIC)
    if column.dtype in (pl.Date, pl.Datetime):
        return Holding(Kind.DATE)
    return _text_holding(column)


def _text_holding(column: pl.Series) -> Holding:
    words = dates.spread(column.drop_nulls(), dates.SAMPLE).str.to_lowercase().unique()
    if any(set(words) <= pair for pair in TRUTH_PAIRS) and _are_truths(column):
        return Holding(Kind.BOOLEAN)
    if orders := dates.orders_of(column):
        return Holding(Kind.DATE, dates.usual(column, orders), len(orders) > 1)
    return Holding(Kind.CATEGORY)


def _are_truths(column: pl.Series) -> bool:
    words = column.drop_nulls().str.to_lowercase().unique()
    return any(set(words) <= pair for pair in TRUTH_PAIRS)


def forced(column: pl.Series, kind: Kind, found: Holding) -> Holding:
    """What the values are when a person says that they are of `kind`.

    Raises Refusal, naming the row, when they are not.
    """
    if not column.count():
        return Holding(Kind.EMPTY)
    if kind in (Kind.NUMERIC, Kind.INTEGER):
        array = values.numbers(column)
        if kind == Kind.INTEGER:
            odd = pl.Series(array).is_not_nan() & (pl.Series(array) % 1 != 0)
            values.refuse_first(column, odd, 0, "a whole number")
        return Holding(Kind.NUMERIC)
    if kind == Kind.BOOLEAN:
        values.truths(column)
        return Holding(Kind.BOOLEAN)
    if kind == Kind.DATE:
        return _forced_date(column, found)
    if kind == Kind.CATEGORY:
        return Holding(Kind.CATEGORY)
    if kind == Kind.EMPTY:
        values.refuse_first(column, column.is_not_null(), 0, "empty")
    return found


def _forced_date(column: pl.Series, found: Holding) -> Holding:
    if found.kind == Kind.DATE:
        return found
    order: dates.Order = "ymd"
    if column.dtype == pl.String:
        order = max(dates.ORDERS, key=lambda one: dates.parse(column, one).count())
    values.moments(column, order)
    return Holding(Kind.DATE, order)


def verdict(column: pl.Series, facts: Mapping[str, Any]) -> Kind:
    """The kind as a person is told it: what the values are, unless they cannot teach anything.

    `facts` is the column's profile; `holds` among them is what the values are.
    """
    holds = Kind(facts["holds"])
    if holds == Kind.EMPTY:
        return Kind.EMPTY
    if facts["distinct"] == 1 and not facts["missing"]:
        return Kind.CONSTANT
    if _numbers_rows(column, facts):
        return Kind.IDENTIFIER
    if holds == Kind.CATEGORY and column.dtype == pl.String:
        return _text_verdict(column, facts)
    return holds


def _text_verdict(column: pl.Series, facts: Mapping[str, Any]) -> Kind:
    distinct, present = facts["distinct"], facts["present"]
    if distinct <= FEW_LEVELS:
        return Kind.CATEGORY
    sample = dates.spread(column.drop_nulls(), dates.SAMPLE)
    if distinct > present / 2:
        is_code = distinct == present and not sample.str.contains(" ", literal=True).any()
        return Kind.IDENTIFIER if is_code else Kind.TEXT
    mean_length = sample.str.len_chars().mean()
    assert isinstance(mean_length, float)
    return Kind.TEXT if mean_length > LONG_TEXT else Kind.CATEGORY


def _numbers_rows(column: pl.Series, facts: Mapping[str, Any]) -> bool:
    """Whether a column numbers the rows or names them, by its name and because no value comes twice."""
    name = column.name.lower()
    is_name = name in IDENTIFIERS or name.endswith(("_id", " id"))
    may_be = is_name or name.startswith(("unnamed", "column_1"))
    if not may_be or facts["missing"] or facts["distinct"] < 0.9 * facts["present"]:
        return False
    if column.n_unique() != len(column):
        return False
    if facts["holds"] == Kind.CATEGORY:
        return True
    return facts["holds"] == Kind.INTEGER and (is_name or bool(facts["is_counter"]))


def refuse_constant(facts: Mapping[str, Any]) -> None:
    """Raise Refusal when a column that a person calls constant is not."""
    if facts["distinct"] > 1:
        raise Refusal(
            f"Column “{facts['name']}” is not constant: it has {facts['distinct']:,} different values.",
            "Choose another kind for it, or leave it out.",
            field="columns",
            column=facts["name"],
        )
