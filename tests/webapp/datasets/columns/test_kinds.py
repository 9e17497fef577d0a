"""Which kind each column is, and what a person may say about it."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.datasets.columns import values as reading
from webapp.datasets.columns.profile import describe
from webapp.datasets.recipe import Kind
from webapp.datasets.refusal import Refusal

CODES = [f"A{i:03}" for i in range(60)]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("size", [1.5, 2.0, None, 1.5], "numeric"),
        ("count", [3.0, 1.0, 2.0, 2.0], "integer"),
        ("flag", [0.0, 1.0, 1.0, 0.0], "integer"),
        ("flag", [True, None, False], "boolean"),
        ("flag", ["Yes", "no", "YES", None], "boolean"),
        ("flag", ["t", "f", "t"], "boolean"),
        ("city", ["Bonn", "Rome", "Bonn"], "category"),
        ("word", ["yes", "no", "maybe"], "category"),
        ("day", ["2024-01-31", "2024-02-01"], "date"),
        ("day", [datetime(2024, 1, 31), datetime(2024, 2, 1)], "date"),
        ("day", ["2024-01-31", "2024-02-01", "soon"], "category"),
        ("remark", [f"note number {i}" for i in range(30)], "text"),
        ("remark", [f"{'long ' * 20}{i % 25}" for i in range(100)], "text"),
        ("ticket", CODES, "identifier"),
        ("patient_id", [float(100 + 7 * i) for i in range(30)], "identifier"),
        ("id", ["b", "a", "c"], "identifier"),
        ("column_1", [0.0, 1.0, 2.0, 3.0], "identifier"),
        ("column_2", [0.0, 1.0, 2.0, 3.0], "integer"),
        ("id", [1.0, 1.0, 2.0], "integer"),
        ("unit", ["kg", "kg", "kg"], "constant"),
        ("version", [2.0, 2.0], "constant"),
        ("checked", ["x", None, "x"], "category"),
        ("nothing", [None, None], "empty"),
    ],
)
def test_the_kind_follows_from_the_values(name: str, values: list[Any], kind: str) -> None:
    assert describe(pl.Series(name, values))["kind"] == kind


def test_a_number_that_is_none_counts_as_missing() -> None:
    facts = describe(pl.Series("a", [1.5, float("nan"), 2.5]))
    assert (facts["missing"], facts["mean"]) == (1, 2.0)


def test_what_values_are_is_known_even_where_they_teach_nothing() -> None:
    facts = describe(pl.Series("id", [3.0, 1.0, 2.0]))
    assert (facts["kind"], facts["holds"]) == ("identifier", "integer")


@pytest.mark.parametrize(
    ("values", "kind", "holds"),
    [
        ([1.0, 2.0, 1.0], Kind.CATEGORY, "category"),
        (["1", " 2", "na"], Kind.NUMERIC, "integer"),
        ([0.0, 1.0], Kind.BOOLEAN, "boolean"),
        (["x", "y"], Kind.TEXT, "category"),
        (["1", "0", None], Kind.BOOLEAN, "boolean"),
        (["na", None, "-"], Kind.NUMERIC, "empty"),
        (["na", None, "-"], Kind.DATE, "empty"),
        (["na", None, "-"], Kind.BOOLEAN, "empty"),
        ([None, None], Kind.CATEGORY, "empty"),
        (["a", "b"], Kind.IDENTIFIER, "category"),
        (["2024-01-31"], Kind.DATE, "date"),
    ],
)
def test_a_person_may_correct_the_kind(values: list[Any], kind: Kind, holds: str) -> None:
    facts = describe(pl.Series("a", values), kind)
    assert (facts["kind"], facts["holds"]) == (kind, holds)


def test_missing_values_that_are_spelt_out_count_as_such_where_text_is_taken_for_numbers() -> None:
    facts = describe(pl.Series("a", ["1", "na", "-", "2.5"]), Kind.NUMERIC)
    assert (facts["present"], facts["missing"], facts["mean"]) == (2, 2, 1.75)


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (["1", "2", "x y"], Kind.NUMERIC, "Row 4, column “a”: “x y” is not a usable number"),
        ([1.0, 2.0, 2.5], Kind.INTEGER, "Row 4, column “a”: “2.5” is not a whole number"),
        (["yes", None, "3"], Kind.BOOLEAN, "Row 4, column “a”: “3” is not a yes or no"),
        ([0.0, 1.0, 2.0], Kind.BOOLEAN, "Row 4, column “a”: “2” is not a yes or no"),
        (["2024-01-31", "2024-01-30", "then"], Kind.DATE, "Row 4, column “a”: “then” is not a date"),
        ([None, None, "x"], Kind.EMPTY, "Row 4, column “a”: “x” is not empty"),
        ([1.0, 2.0, float("inf")], None, "Row 4, column “a”: “inf” is not a usable number"),
        ([1.0, 2.0, -3e38], None, "Row 4, column “a”: “-3"),
    ],
)
def test_a_kind_that_a_value_does_not_allow_is_refused_at_its_row(
    values: list[Any], kind: Kind | None, message: str
) -> None:
    with pytest.raises(Refusal) as caught:
        describe(pl.Series("a", values), kind)
    assert caught.value.message.startswith(message)
    assert (caught.value.row, caught.value.column) == (4, "a")


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([datetime(2024, 1, 1, tzinfo=UTC)] * 2, Kind.NUMERIC, "Column “a” holds dates, not numbers."),
        ([1.0, 2.0], Kind.DATE, "Column “a” holds numbers, not dates."),
        ([True, False], Kind.DATE, "Column “a” holds yes or no, not dates."),
        ([1.0, 2.0], Kind.CONSTANT, "Column “a” is not constant: it has 2 different values."),
    ],
)
def test_a_kind_that_a_whole_column_does_not_allow_is_refused(
    values: list[Any], kind: Kind, message: str
) -> None:
    with pytest.raises(Refusal) as caught:
        describe(pl.Series("a", values), kind)
    assert caught.value.message == message


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(alphabet="0123456789.eE+-_ naif", max_size=8)), max_size=6))
def test_any_text_is_a_number_or_missing_or_refused_at_its_row(cells: list[str | None]) -> None:
    column = pl.Series("a", cells, dtype=pl.String)
    row = None
    try:
        found = reading.numbers(column)
    except Refusal as refusal:
        row, found = refusal.row, np.zeros(len(cells))
    assert row is None or cells[row - 2]
    assert len(found) == len(cells)
    assert not np.isinf(found).any()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-1e38, 1e38), st.booleans(), st.text(max_size=5)), max_size=6))
def test_every_column_can_be_told(cells: list[Any]) -> None:
    for kind in (float, str, bool):
        chosen = [cell if isinstance(cell, kind) else None for cell in cells]
        dtype = {float: pl.Float64, str: pl.String, bool: pl.Boolean}[kind]
        facts = describe(pl.Series("a", chosen, dtype=dtype))
        assert facts["present"] + facts["missing"] == len(cells)
        assert json.loads(json.dumps(facts, allow_nan=False)) == facts
