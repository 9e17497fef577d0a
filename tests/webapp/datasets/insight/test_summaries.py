import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from tests.webapp.datasets.insight.tables import table
from webapp.datasets.insight.association import class_target, number_target
from webapp.datasets.insight.correlations import SHOWN, copies, correlations
from webapp.datasets.insight.distributions import FAR, distribution, levels
from webapp.datasets.insight.missing import missing
from webapp.datasets.insight.projection import POINTS, WIDEST, projection
from webapp.datasets.insight.sample import numbers, rows_for, sample, tidy


def test_correlations_are_those_of_numpy_and_scipy() -> None:
    rows, _ = table("wine")
    found = correlations(rows, rows.columns)
    assert found.names == rows.columns
    assert np.array(found.pearson) == pytest.approx(np.corrcoef(rows.to_numpy().T), abs=1e-3)
    assert np.array(found.spearman) == pytest.approx(spearmanr(rows.to_numpy()).statistic, abs=1e-3)


def test_a_gap_counts_as_the_mean() -> None:
    rows = pl.DataFrame({"a": [1.0, 2.0, 3.0, None], "b": [1.0, 2.0, 3.0, 2.0]})
    assert correlations(rows, ["a", "b"]).pearson[0][1] == 1


def test_of_many_columns_the_most_related_are_shown_in_the_order_of_the_table() -> None:
    rng = np.random.default_rng(0)
    rows = pl.DataFrame({f"c{i}": rng.normal(size=200) for i in range(100)})
    rows = rows.with_columns(twin=-2 * pl.col("c50"))
    found = correlations(rows, rows.columns[::-1])
    assert (len(found.names), found.hidden) == (SHOWN, 101 - SHOWN)
    assert found.names == [name for name in rows.columns if name in found.names]
    assert copies(found) == [("c50", "twin")]


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [None, None, None], [1e308, 1e308, 1e308]])
def test_columns_that_do_not_vary_have_no_correlation(values: list[float | None]) -> None:
    rows = pl.DataFrame({"a": [1.0, 2.0, 4.0], "b": values}, schema={"a": pl.Float64, "b": pl.Float64})
    assert correlations(rows, ["a", "b"]) is None


def test_the_projection_is_that_of_principal_components() -> None:
    rows, y = table("wine")
    found = projection(rows.to_numpy(), y, seed=0)
    scaled = (rows.to_numpy() - rows.to_numpy().mean(axis=0)) / rows.to_numpy().std(axis=0)
    left, lengths, _ = np.linalg.svd(scaled, full_matrices=False)
    assert found.shares == pytest.approx((lengths**2 / (lengths**2).sum())[:2], abs=1e-3)
    for i, places in enumerate((found.x, found.y)):
        expected = left[:, i] * lengths[i]
        sign = np.sign(expected[np.abs(expected).argmax()])
        assert np.array(places) == pytest.approx(sign * expected, abs=2e-3)
    assert found.values == y.tolist()


def test_a_wide_matrix_is_projected_alike_by_the_randomised_way() -> None:
    rng = np.random.default_rng(0)
    m, n = WIDEST + 10, WIDEST + 20
    hidden = rng.normal(size=(m, 2)) * [3, 2]
    wide = hidden @ rng.normal(size=(2, n)) + 0.1 * rng.normal(size=(m, n))
    found = projection(wide, hidden[:, 0], seed=0)
    assert sum(found.shares) > 0.99
    places = np.stack([found.x, found.y], axis=1)
    left = hidden - hidden.mean(axis=0)
    left -= places @ np.linalg.lstsq(places, left, rcond=None)[0]
    assert left.std() < 0.05


def test_the_projection_draws_a_bounded_number_of_points_of_a_memory_map(tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32))
    found = projection(np.load(tmp_path / "x.npy", mmap_mode="r"), np.arange(5000), seed=0)
    assert len(found.x) == len(found.values) == POINTS
    assert found == projection(np.load(tmp_path / "x.npy"), np.arange(5000), seed=0)


@pytest.mark.parametrize("shape", [(0, 4), (2, 4), (10, 0), (10, 1)])
def test_too_few_rows_or_inputs_have_no_projection(shape: tuple[int, int]) -> None:
    assert projection(np.random.default_rng(0).normal(size=shape), np.zeros(shape[0]), seed=0) is None


def test_missing_cells_are_counted_in_all_rows_with_their_patterns() -> None:
    rows = pl.DataFrame({"a": [1, None, None, 4], "b": ["x", None, "y", "z"], "c": [1, 2, 3, 4]})
    found = missing(rows.lazy(), rows, ["a", "b", "c"], 4)
    assert (found.names, found.shares) == (["a", "b"], [0.5, 0.25])
    assert {tuple(pattern): share for pattern, share in found.patterns} == {
        (): 0.5,
        (0,): 0.25,
        (0, 1): 0.25,
    }


def test_a_table_without_gaps_has_no_pattern() -> None:
    rows = pl.DataFrame({"a": [1, 2]})
    assert missing(rows.lazy(), rows, ["a"], 2).patterns == []


def test_a_distribution_has_tukeys_box_and_the_counts_of_each_class() -> None:
    values = pl.Series("x", [*map(float, range(100)), 1000.0, None])
    known = class_target(np.array([0] * 60 + [1] * 42), 0, ["low", "high"])
    found = distribution(values, known, seed=0)
    assert sum(found.counts) == 101
    assert {name: sum(counts) for name, counts in found.by_class.items()} == {"low": 60, "high": 41}
    assert found.quartiles == (25, 50, 75)
    assert (found.fences, found.far) == ((0, 99), [1000])
    assert found.beyond == pytest.approx(1 / 101, rel=1e-4)


def test_few_whole_numbers_have_a_bin_each() -> None:
    values = pl.Series("x", [1.0, 2.0, 2.0, 4.0])
    found = distribution(values, number_target(np.arange(4.0), 0), seed=0)
    assert (found.edges, found.counts) == ([0.5, 1.5, 2.5, 3.5, 4.5], [1, 2, 0, 1])


def test_of_many_far_values_some_are_kept_and_the_farthest_always() -> None:
    values = pl.Series("x", np.concatenate([np.zeros(1000), np.arange(1.0, 301)]))
    found = distribution(values, number_target(np.arange(1300.0), 0), seed=0)
    assert (len(found.far), found.far[-1]) == (FAR, 300)


@settings(deadline=None)
@given(st.lists(st.floats(width=64) | st.none(), max_size=30))
def test_whatever_a_column_holds_its_bins_hold_every_number(values: list[float | None]) -> None:
    column = pl.Series("x", values, dtype=pl.Float64)
    known = numbers(column)
    n_known = int((~np.isnan(known)).sum())
    found = distribution(column, number_target(np.zeros(len(values)), 0), seed=0) if values else None
    assert (found is None) == (n_known == 0)
    if found:
        assert sum(found.counts) == n_known
        assert len(found.edges) == len(found.counts) + 1


def test_the_rarest_levels_are_counted_together() -> None:
    found = levels(pl.Series("x", ["a"] * 5 + [f"rare {i:02}" for i in range(30)] + [None]))
    assert (found.names[:2], found.counts[:2]) == (["a", "rare 00"], [5, 1])
    assert (found.other, found.other_levels) == (16, 16)


def test_a_sample_is_bounded_in_cells_and_the_same_for_one_seed() -> None:
    rows = pl.DataFrame({"row": range(50_000), "text": ["x" * 500] * 50_000}).lazy()
    first, again, other = (sample(rows, 50_000, seed) for seed in (1, 1, 2))
    assert len(first) == rows_for(2) == 20_000
    assert first.equals(again)
    assert not first.equals(other)
    assert first["row"].is_sorted()
    assert first["text"].str.len_chars().max() == 200
    assert rows_for(100_000) == 1_000


def test_numbers_are_shortened_and_what_is_none_is_null() -> None:
    assert tidy(np.array([[1.23456789, np.nan], [np.inf, 1e-9]])) == [[1.23457, None], [None, 1e-9]]
