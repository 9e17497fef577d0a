"""What is told about each column."""

from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from webapp.datasets.columns import profile as profiling
from webapp.datasets.columns.profile import describe, profile


def test_numbers_are_summed_up() -> None:
    facts = describe(pl.Series("a", [1.0, 2.0, 3.0, 4.0, None, 100.5]))
    assert (facts["present"], facts["missing"], facts["distinct"]) == (5, 1, 5)
    assert (facts["min"], facts["max"], facts["quartiles"]) == (1.0, 100.5, [2.0, 3.0, 4.0])
    np.testing.assert_allclose([facts["mean"], facts["std"]], [22.1, np.std([1, 2, 3, 4, 100.5])])
    assert facts["histogram"] == [4, *[0] * 10, 1]


def test_outliers_lie_beyond_the_fences() -> None:
    values = [float(i) for i in range(101)]  # quartiles about 25 and 76
    facts = describe(pl.Series("a", [*values, 160.0, -60.0, 260.0]))
    assert (facts["outliers"], facts["far_outliers"]) == (3, 1)


def test_where_half_of_the_values_are_equal_none_is_an_outlier() -> None:
    assert describe(pl.Series("a", [0.0] * 9 + [5.0]))["outliers"] == 0


def test_levels_are_counted_the_most_frequent_first() -> None:
    facts = describe(pl.Series("a", ["b", "a", "c", "b", None]))
    assert facts["levels"] == [["b", 2], ["a", 1], ["c", 1]]
    assert facts["histogram"] == [2, 1, 1]


def test_only_the_most_frequent_of_many_levels_are_told() -> None:
    names = [f"level {i:03}" for i in range(300) for _ in range(1 + (i == 200))]
    levels = describe(pl.Series("a", names))["levels"]
    assert levels[:3] == [["level 200", 2], ["level 000", 1], ["level 001", 1]]
    assert len(levels) == profiling.MAX_LEVELS_SHOWN


def test_spellings_of_yes_and_no_are_two_values() -> None:
    facts = describe(pl.Series("a", ["Yes", "yes", "NO"]))
    assert (facts["distinct"], facts["levels"]) == (2, [["yes", 2], ["no", 1]])


def test_dates_are_told_as_dates() -> None:
    facts = describe(pl.Series("a", ["01.02.2024", "13.02.2024", "03.02.2024"]))
    assert (facts["min"], facts["max"]) == ("2024-02-01", "2024-02-13")
    assert facts["quartiles"][1] == "2024-02-03"
    assert not facts["clock"]
    assert describe(pl.Series("a", [datetime(2024, 1, 1, 5), datetime(2024, 1, 2)]))["clock"]


def test_of_a_large_column_some_figures_are_close_estimates(monkeypatch) -> None:
    monkeypatch.setattr(profiling, "EXACT_ROWS", 1000)
    values = np.random.default_rng(0).normal(size=100_000)
    facts = describe(pl.Series("a", values))
    assert (facts["min"], facts["max"]) == (values.min(), values.max())
    np.testing.assert_allclose(facts["quartiles"], np.quantile(values, (0.25, 0.5, 0.75)), atol=0.1)
    assert abs(facts["distinct"] - 100_000) < 5_000


def test_all_columns_are_told_in_their_order_and_the_share_done(tmp_path: Path) -> None:
    pl.DataFrame({name: [1.0, 2.0] for name in "cab"}).write_ipc(tmp_path / "table.arrow")
    told: list[float] = []
    found = profile(tmp_path / "table.arrow", tell=told.append)
    assert [column["name"] for column in found] == ["c", "a", "b"]
    assert told == [1 / 3, 2 / 3, 1]
