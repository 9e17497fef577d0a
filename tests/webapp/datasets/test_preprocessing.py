"""Columns become inputs, by steps learnt from the training rows."""

import json
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.datasets.columns.profile import describe
from webapp.datasets.preprocessing import Input, Pipeline
from webapp.datasets.preprocessing.categories import bucket, natural
from webapp.datasets.recipe import ColumnRecipe, Kind, Recipe
from webapp.datasets.refusal import Refusal


def fit(table: pl.DataFrame, train: list[bool] | None = None, room: int = 1000, **recipe: Any) -> Pipeline:
    chosen = Recipe(**recipe)
    kinds = {name: one.kind for name, one in chosen.columns.items()}
    inputs = [Input.of(describe(column, kinds.get(column.name)), chosen, room) for column in table]
    return Pipeline.fit(table, inputs, None if train is None else np.array(train))


def made(values: list[Any], train: list[bool] | None = None, **recipe: Any) -> tuple[list[str], np.ndarray]:
    """The names and the inputs that one column called x becomes."""
    table = pl.DataFrame({"x": values})
    pipeline = fit(table, train, **recipe)
    return pipeline.feature_names, pipeline.transform(table)


@pytest.mark.parametrize(("missing", "stand_in"), [("mean", 3.0), ("median", 2.0), ("mode", 1.0)])
def test_a_missing_number_is_filled_in_from_the_training_rows(missing: str, stand_in: float) -> None:
    values = [1.0, 1.0, 2.0, 5.0, 6.0, None, 100.0]
    names, x = made(values, [True] * 6 + [False], missing=missing)
    assert names == ["x"]
    assert x[5, 0] == stand_in


def test_an_indicator_says_where_numbers_are_missing() -> None:
    names, x = made([1.0, None, 3.0], indicator=True)
    assert names == ["x", "x=missing"]
    assert x.tolist() == [[1, 0], [2, 1], [3, 0]]


def test_a_column_that_lacks_nothing_in_training_has_no_indicator() -> None:
    names, x = made([1.0, 3.0, None], [True, True, False], indicator=True)
    assert names == ["x"]
    assert x[2, 0] == 2


def test_yes_and_no_are_one_and_zero() -> None:
    assert made(["yes", "no", None, "Yes", "no"])[1][:, 0].tolist() == [1, 0, 0.5, 1, 0]
    assert made([True, False, None])[1][:, 0].tolist() == [1, 0, 0.5]


def test_times_in_seconds_keep_their_differences() -> None:
    seconds = [1_700_000_000.0 + 5 * i for i in range(4)]
    assert np.diff(made(seconds)[1][:, 0]).tolist() == [5, 5, 5]


def test_a_category_has_one_input_for_each_level_and_one_for_missing_cells() -> None:
    names, x = made(["red", "blue", None, "red", "blue"])
    assert names == ["x=blue", "x=red", "x=missing"]
    assert x[:3].tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_levels_rare_in_training_are_merged_and_new_ones_count_as_them() -> None:
    values = ["a", "a", "b", "b", "once", "b", "new"]
    names, x = made(values, [True] * 5 + [False] * 2)
    assert names == ["x=a", "x=b", "x=other"]
    assert x[4:].tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_without_rare_levels_in_training_a_new_one_is_all_zeros() -> None:
    names, x = made(["a", "a", "b", "b", "new", None], [True] * 4 + [False] * 2)
    assert names == ["x=a", "x=b"]
    assert x[4:].tolist() == [[0, 0], [0, 0]]


def test_only_so_many_levels_are_kept_the_most_frequent_first() -> None:
    table = pl.DataFrame({"x": [f"level {i}" for i in range(9) for _ in range(10 - i)]})
    pipeline = fit(table, room=4)
    assert pipeline.feature_names == ["x=level 0", "x=level 1", "x=level 2", "x=other"]
    assert pipeline.notes == ["Column “x”: 6 rare levels count as “other”."]


def test_missing_levels_become_the_most_frequent_one_where_asked_for() -> None:
    column = {"x": ColumnRecipe(missing="mode")}
    names, x = made(["a", "b", "b", None, "a", "b"], columns=column)
    assert names == ["x=a", "x=b"]
    assert x[3].tolist() == [0, 1]


def test_ordinal_levels_are_ranks_in_natural_order() -> None:
    values = ["10-19", "5-9", "100+", "5-9", "100+", "10-19", None, "odd"]
    names, x = made(values, encoding="ordinal")
    assert names == ["x", "x=other", "x=missing"]
    assert x.tolist() == [
        [1, 0, 0], [0, 0, 0], [2, 0, 0], [0, 0, 0], [2, 0, 0], [1, 0, 0], [1, 0, 1], [1, 1, 0],
    ]  # fmt: skip


def test_hashed_levels_share_so_many_inputs() -> None:
    names, x = made(["a", "b", None, "a"], encoding="hashing", buckets=4)
    assert names == ["x#0", "x#1", "x#2", "x#3", "x=missing"]
    assert x.sum(axis=1).tolist() == [1, 1, 1, 1]
    assert x[0, bucket("a", 4)] == x[1, bucket("b", 4)] == x[2, 4] == 1


def test_the_bucket_of_a_level_never_changes() -> None:
    assert [bucket(level, 32) for level in ("Bonn", "Rome", "")] == [31, 28, 4]


def test_numbers_taken_for_categories_have_levels_without_a_point() -> None:
    names, _ = made([1.0, 2.0, 10.0] * 2, columns={"x": ColumnRecipe(kind=Kind.CATEGORY)})
    assert names == ["x=1", "x=2", "x=10"]


def test_a_date_becomes_days_and_circles() -> None:
    names, x = made(["2024-01-01", "2024-01-03", "2024-07-01"])
    assert names == ["x: days", "x: month sine", "x: month cosine", "x: weekday sine", "x: weekday cosine"]
    assert x[:, 0].tolist() == [0, 2, 182]
    np.testing.assert_allclose(x[0, 1:], [0, 1, 0, 1], atol=1e-6)  # January, and a Monday
    np.testing.assert_allclose(x[2, 1:3], [0, -1], atol=1e-6)
    np.testing.assert_allclose(x[1, 3], np.sin(2 * np.pi * 2 / 7), atol=1e-6)


def test_a_date_with_times_has_a_circle_of_the_day_too() -> None:
    names, x = made([datetime(1969, 12, 31, 6), datetime(1970, 1, 1, 18), None], indicator=True)
    assert names[5:] == ["x: time of day sine", "x: time of day cosine", "x=missing"]
    np.testing.assert_allclose(x[:2, 5:], [[1, 0, 0], [-1, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(x[:, 0], [0.25, 1.75, 1.0])
    assert x[2, 7] == 1


def test_new_rows_may_come_in_any_type_that_means_the_same() -> None:
    pipeline = fit(
        pl.DataFrame({"n": [1.0, 2.0], "b": [True, False], "c": ["1", "1"], "d": ["2024-01-01"] * 2})
    )
    as_learnt = pl.DataFrame({"n": [2.0], "b": [True], "c": ["1"], "d": ["2024-01-01"]})
    otherwise = pl.DataFrame({"d": [datetime(2024, 1, 1)], "n": ["2"], "b": [1], "c": [1.0], "more": ["x"]})
    np.testing.assert_array_equal(pipeline.transform(as_learnt), pipeline.transform(otherwise))


def test_new_columns_may_be_empty() -> None:
    table = pl.DataFrame({"n": [1.0, 2.0], "b": [True, False], "c": ["p", "q"], "d": ["2024-01-01"] * 2})
    pipeline = fit(table)
    nothing = pl.DataFrame({name: [None, None] for name in table.columns})
    assert pipeline.transform(nothing)[:, :2].tolist() == [[1.5, 0.5], [1.5, 0.5]]
    assert pipeline.transform(table.clear()).shape == (0, pipeline.n_features)


@pytest.mark.parametrize(
    ("rows", "row", "message"),
    [
        ({"n": ["1", "x"], "b": ["yes"] * 2}, 3, "Row 3, column “n”: “x” is not a usable number."),
        ({"n": [1.0, float("inf")], "b": ["yes"] * 2}, 3, "Row 3, column “n”: “inf” is not a usable number."),
        ({"n": [1.0, 2.0], "b": ["no", "maybe"]}, 3, "Row 3, column “b”: “maybe” is not a yes or no."),
        ({"n": [datetime(2024, 1, 1)] * 2, "b": ["no"] * 2}, None, "Column “n” holds dates, not numbers."),
        ({"n": pl.Series([[1]]), "b": ["no"]}, None, "Column “n” holds other values, not numbers."),
        ({"b": ["no"]}, None, "Column “n” is missing."),
        ({"a": ["no"]}, None, "Columns “n”, “b” are missing."),
    ],
)
def test_a_new_row_that_does_not_fit_is_refused(rows: dict[str, Any], row: int | None, message: str) -> None:
    pipeline = fit(pl.DataFrame({"n": [1.0, 2.0], "b": ["yes", "no"]}))
    with pytest.raises(Refusal) as caught:
        pipeline.transform(pl.DataFrame(rows))
    assert (caught.value.message, caught.value.row) == (message, row)


def test_the_row_is_named_in_any_batch() -> None:
    pipeline = fit(pl.DataFrame({"n": [1.0, 2.0]}))
    with pytest.raises(Refusal, match="Row 40,002"):
        pipeline.transform(pl.DataFrame({"n": ["1"] * 40_000 + ["x"]}))


@pytest.mark.parametrize("values", [[1.0, 2.0, None], ["a", "b", None], ["2024-01-01", "2024-01-02", None]])
def test_where_rows_without_a_value_were_left_out_new_ones_are_refused(values: list[Any]) -> None:
    pipeline = fit(pl.DataFrame({"x": values[:2]}), missing="drop")
    with pytest.raises(Refusal, match="Row 4, column “x”: the value is missing"):
        pipeline.transform(pl.DataFrame({"x": values}))


def test_images_of_another_size_are_refused() -> None:
    pipeline = Pipeline(image_shape=(2, 3, 1))
    assert pipeline.feature_names[:4] == ["pixel 0,0", "pixel 0,1", "pixel 0,2", "pixel 1,0"]
    assert pipeline.pixels(np.zeros((5, 2, 3, 1), np.uint8)).shape == (5, 6)
    with pytest.raises(Refusal, match="3 × 2 × 1"):
        pipeline.pixels(np.zeros((5, 3, 2, 1), np.uint8))


def test_natural_order_is_that_of_people() -> None:
    levels = ["b2", "b10", "10", "9", "-1", "nan", "1.5", "b", ""]
    assert sorted(levels, key=natural) == ["", "-1", "1.5", "9", "10", "b", "b2", "b10", "nan"]


NUMBER = st.one_of(st.none(), st.floats(-1e38, 1e38), st.integers(-5, 5).map(float))
CELLS = {
    "number": NUMBER,
    "flag": st.sampled_from(["yes", "no", None]),
    "level": st.one_of(st.none(), st.text(max_size=3), st.sampled_from(["a", "b"])),
    "day": st.one_of(st.none(), st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))),
}
RECIPES = st.builds(
    Recipe,
    missing=st.sampled_from(["mean", "median", "mode"]),
    indicator=st.booleans(),
    encoding=st.sampled_from(["one_hot", "ordinal", "hashing"]),
    rare=st.integers(1, 3),
)
TYPES = {"number": pl.Float64, "flag": pl.String, "level": pl.String, "day": pl.Datetime("us")}
HOLDS = {"number": Kind.NUMERIC, "flag": Kind.BOOLEAN, "level": Kind.CATEGORY, "day": Kind.DATE}


def tables(rows: int) -> st.SearchStrategy[pl.DataFrame]:
    columns = {name: st.lists(cell, min_size=rows, max_size=rows) for name, cell in CELLS.items()}
    return st.fixed_dictionaries(columns).map(lambda cells: pl.DataFrame(cells, schema=TYPES))


def inputs_by(recipe: Recipe) -> list[Input]:
    return [
        Input.of({"name": name, "holds": holds, "order": "ymd"}, recipe, 50) for name, holds in HOLDS.items()
    ]


@settings(max_examples=60, deadline=None)
@given(tables(8), RECIPES)
def test_a_pipeline_read_from_json_gives_the_same_bits(table: pl.DataFrame, recipe: Recipe) -> None:
    pipeline = Pipeline.fit(table, inputs_by(recipe))
    text = pipeline.model_dump_json()
    again = Pipeline.model_validate_json(text)
    assert again == pipeline
    assert json.loads(text) == json.loads(again.model_dump_json())
    inputs = pipeline.transform(table)
    assert inputs.tobytes() == again.transform(table).tobytes()
    assert inputs.shape == (8, pipeline.n_features)
    assert inputs.dtype == np.float32
    assert np.isfinite(inputs).all()


@settings(max_examples=60, deadline=None)
@given(tables(8), tables(8), st.lists(st.booleans(), min_size=8, max_size=8), RECIPES)
def test_nothing_is_learnt_from_rows_that_do_not_train(
    table: pl.DataFrame, other: pl.DataFrame, train: list[bool], recipe: Recipe
) -> None:
    changed = table.select(
        pl.when(pl.Series(train)).then(table[name]).otherwise(other[name]).alias(name) for name in CELLS
    )
    chosen = np.array(train)
    assert Pipeline.fit(table, inputs_by(recipe), chosen) == Pipeline.fit(changed, inputs_by(recipe), chosen)


@settings(max_examples=40, deadline=None)
@given(tables(6), tables(20), RECIPES)
def test_any_new_rows_become_finite_inputs(learnt: pl.DataFrame, new: pl.DataFrame, recipe: Recipe) -> None:
    assert np.isfinite(Pipeline.fit(learnt, inputs_by(recipe)).transform(new)).all()
