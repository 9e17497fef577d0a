import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webapp.datasets.insight.tables import ALL, CLASSES, planted, table, target
from webapp.datasets.insight.association import MAX_CLASSES, binned, class_target, number_target, strength
from webapp.datasets.insight.leakage import leaks


def strengths(rows: pl.DataFrame, y: np.ndarray) -> dict[str, float]:
    return {name: strength(rows[name], target(y)) for name in rows.columns}


def found(rows: pl.DataFrame, y: np.ndarray) -> list[str]:
    told = strengths(rows, y)
    return [leak.column for leak in leaks(rows, list(told), list(told.values()), target(y))]


@pytest.mark.parametrize("name", ALL)
def test_no_honest_column_of_a_well_known_table_is_called_a_leak(name: str) -> None:
    assert found(*table(name)) == []


@pytest.mark.parametrize("kind", ["copy", "noisy", "renamed", "sorted"])
@pytest.mark.parametrize("name", CLASSES)
def test_a_column_that_gives_the_class_away_is_found(name: str, kind: str) -> None:
    rows, y = table(name)
    assert found(rows.with_columns(planted(kind, y)), y) == ["leak"]


@pytest.mark.parametrize("kind", ["copy", "noisy", "sorted"])
def test_a_column_that_gives_a_number_away_is_found(kind: str) -> None:
    rows, y = table("diabetes")
    assert found(rows.with_columns(planted(kind, y)), y) == ["leak"]


def test_a_copy_of_a_target_with_a_long_tail_is_found() -> None:
    rng = np.random.default_rng(0)
    y = np.exp(rng.normal(0, 2, 2000))
    rows = pl.DataFrame({"copy": y * rng.normal(1, 0.01, 2000), "other": rng.normal(size=2000)})
    assert found(rows, y) == ["copy"]


def test_several_leaks_do_not_hide_each_other() -> None:
    rows, y = table("breast_cancer")
    both = rows.with_columns(planted("copy", y).alias("one"), planted("renamed", y).alias("two"))
    assert found(both, y) == ["one", "two"]


def test_an_easy_task_has_no_leaks_but_the_target_by_another_name() -> None:
    rows, y = table("iris")
    is_setosa = (y == 0).astype(int)
    assert found(rows, is_setosa) == []
    assert found(rows.with_columns(planted("renamed", is_setosa)), is_setosa) == ["leak"]


def test_one_column_far_ahead_of_all_others_is_a_suspicion() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 2000)
    boat = np.where(rng.random(2000) < 0.97, y, 1 - y).astype(float)
    rows = pl.DataFrame({"boat": boat, "a": y + rng.normal(0, 1, 2000), "b": rng.normal(size=2000)})
    (leak,) = leaks(rows, rows.columns, list(strengths(rows, y).values()), target(y))
    assert (leak.column, leak.is_sure) == ("boat", False)


def test_a_handful_of_rows_proves_nothing() -> None:
    y = np.arange(12) % 2
    rows = pl.DataFrame({"copy": y.astype(float), "other": np.arange(12.0)})
    assert found(rows, y) == []


@pytest.mark.parametrize("y", [np.arange(2000) % 3, np.arange(2000) % 7 * 1.5], ids=["classes", "numbers"])
def test_strengths_of_different_types_are_comparable(y: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    rows = pl.DataFrame(
        {
            "number": y.astype(float),
            "text": y.astype(str),
            "gaps": pl.Series(np.where(y >= 2, y, np.nan)).fill_nan(None),
            "noise": rng.normal(size=2000),
            "names": [f"row {i}" for i in range(2000)],
            "constant": [1.0] * 2000,
            "empty": pl.Series([None] * 2000, dtype=pl.Float64),
        }
    )
    told = strengths(rows, y)
    assert told["number"] == pytest.approx(told["text"], abs=1e-3)
    assert told["number"] > 0.97
    assert 0.2 < told["gaps"] < told["number"]
    assert max(told[name] for name in ("noise", "names", "constant", "empty")) < 0.01


def test_the_strength_for_classes_is_the_share_of_entropy_removed() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 100_000)
    x = pl.Series(np.where(rng.random(100_000) < 0.9, y, 1 - y).astype(bool))
    removed = 1 + 0.9 * np.log2(0.9) + 0.1 * np.log2(0.1)
    assert strength(x, class_target(y, 0)) == pytest.approx(removed, abs=0.01)


def test_the_strength_for_numbers_is_the_share_of_variance_explained() -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 100_000)
    y = group + rng.normal(0, 1, 100_000)
    assert strength(pl.Series(group.astype(str)), number_target(y, 0)) == pytest.approx(1.25 / 2.25, abs=0.01)


def test_rare_classes_count_as_one_beyond_fifty() -> None:
    codes = np.repeat(np.arange(80), np.arange(80, 0, -1))
    known = class_target(codes, 0, [f"class {i}" for i in range(80)])
    assert known.n_classes == MAX_CLASSES == len(known.names)
    assert known.names[0] == "class 0"
    assert (known.values[codes == 79] == MAX_CLASSES - 1).all()


cells = st.one_of(st.none(), st.floats(allow_nan=False), st.sampled_from([0.0, 1.0, 2.0]))


@settings(deadline=None, max_examples=50)
@given(st.lists(cells, max_size=80), st.integers(0, 5))
def test_every_value_has_a_bin_and_every_strength_is_a_share(values: list[float | None], seed: int) -> None:
    column = pl.Series("x", values, dtype=pl.Float64)
    codes, n_bins = binned(column)
    assert len(codes) == len(values)
    assert not len(codes) or 0 <= codes.min() <= codes.max() < n_bins
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, len(values))
    assert 0 <= strength(column, class_target(y, seed)) <= 1
    if len(values):
        assert 0 <= strength(column, number_target(rng.normal(size=len(values)), seed)) <= 1
