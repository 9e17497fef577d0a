"""Which rows train, tune and judge: every row once, and what belongs together stays together."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.datasets.recipe import SplitRecipe
from webapp.datasets.refusal import Refusal
from webapp.datasets.splitting import Parts, all_differ, duplicate_codes, recommended, split
from webapp.datasets.splitting.strata import ranked

seeds = st.integers(0, 2**32 - 1)
shares = st.fixed_dictionaries({"dev": st.floats(0.01, 0.45), "test": st.just(0) | st.floats(0.01, 0.45)})


def recipe(**fields: Any) -> SplitRecipe:
    return SplitRecipe(**{"column": "c", "dev": 0.2, "test": 0.2} | fields)


def part_of(parts: Parts) -> np.ndarray:
    """The number of each row's part; fails unless every row is in exactly one."""
    rows = np.concatenate(parts[:3])
    assert sorted(rows) == list(range(len(rows)))
    found = np.empty(len(rows), int)
    for number, part in enumerate(parts[:3]):
        found[part] = number
    return found


def stays_together(parts: Parts, codes: np.ndarray) -> bool:
    pairs = {(code, part) for code, part in zip(codes, part_of(parts), strict=True) if code >= 0}
    return len(pairs) == len({code for code, _ in pairs})


# --- how large the parts should be


@pytest.mark.parametrize(
    ("rows", "share"), [(150, 0.2), (10_000, 0.2), (100_000, 0.0447), (1_000_000, 0.01), (10_000_000, 0.001)]
)
def test_the_recommended_share_falls_from_a_fifth_to_what_ten_thousand_rows_are(
    rows: int, share: float
) -> None:
    advised = recommended(rows)
    assert advised.dev == advised.test == pytest.approx(share, rel=1e-3)


@given(st.integers(1, 10**8), st.integers(0, 10**6))
def test_more_rows_never_ask_for_a_larger_share_nor_for_fewer_dev_rows(rows: int, more: int) -> None:
    few, many = recommended(rows), recommended(rows + more)
    assert many.dev <= few.dev
    assert round(many.dev * (rows + more), 6) >= round(few.dev * rows, 6)


@given(st.integers(9_000, 1_100_000))
def test_one_row_more_hardly_changes_the_recommendation(rows: int) -> None:
    assert recommended(rows).dev - recommended(rows + 1).dev < 2e-5


@pytest.mark.parametrize(("rows", "words"), [(500, "60% train"), (50_000, "about 3,510"), (10**7, "10,000")])
def test_the_recommendation_says_why(rows: int, words: str) -> None:
    assert words in recommended(rows).reason


def test_shares_left_unset_are_the_recommended_ones() -> None:
    parts = split(SplitRecipe(), 1000)
    assert [len(part) for part in parts[:3]] == [600, 200, 200]


# --- at random


@given(st.integers(3, 300), shares, seeds, st.integers(1, 40))
def test_every_class_keeps_its_proportions_to_within_one_row(
    m: int, asked: dict[str, float], seed: int, n_classes: int
) -> None:
    labels = np.random.default_rng(seed).integers(0, n_classes, m)
    parts = split(recipe(seed=seed, **asked), m, labels=labels)
    found, sizes = part_of(parts), [len(part) for part in parts[:3]]
    assert abs(sizes[1] - m * asked["dev"]) <= 1
    assert abs(sizes[2] - m * asked["test"]) <= 1
    for label in range(n_classes):
        counts = np.bincount(found[labels == label], minlength=3)
        assert np.all(np.abs(counts - counts.sum() * np.array(sizes) / m) <= 1 + 1e-9)


def test_without_stratifying_classes_fall_as_they_may() -> None:
    labels = np.arange(1000) % 2
    counts = {
        int(labels[split(recipe(stratify=False, seed=seed), 1000, labels=labels).dev].sum())
        for seed in range(5)
    }
    assert len(counts) > 1


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    labels, codes = np.arange(200) % 3, np.arange(200) // 2
    for more in ({}, {"duplicates": codes}):
        first, again, other = (
            split(recipe(seed=seed), 200, labels=labels, **more).dev.tolist() for seed in (1, 1, 2)
        )
        assert first == again != other


def test_rows_come_in_ascending_order() -> None:
    for part in split(recipe(), 50, labels=np.arange(50) % 2)[:3]:
        assert np.all(np.diff(part) > 0)


def test_the_only_example_of_a_class_trains() -> None:
    labels = np.array([0] * 50 + [1])
    assert all(
        50 in split(recipe(dev=0.4, test=0.4, seed=seed), 51, labels=labels).train for seed in range(20)
    )


def test_numbers_are_spread_alike() -> None:
    labels = np.random.default_rng(0).lognormal(size=900)
    parts = split(recipe(), 900, labels=labels)
    low, high = np.quantile(labels, [0.1, 0.9])
    for part in parts[:3]:
        assert (labels[part] <= low).mean() == pytest.approx(0.1, abs=0.01)
        assert (labels[part] > high).mean() == pytest.approx(0.1, abs=0.01)
    assert not parts.notes


def test_a_few_numbers_with_gaps_are_split_too() -> None:
    parts = split(recipe(), 10, labels=np.array([1.0, np.nan] * 5))
    assert [len(part) for part in parts[:3]] == [6, 2, 2]


def test_sets_of_labels_keep_their_proportions_and_rare_labels_are_spread() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random((1000, 6)) < [0.5, 0.3, 0.3, 0.1, 0.05, 0.02]).astype(np.int8)
    parts = split(recipe(), 1000, labels=labels)
    for part in parts[:3]:
        expected = labels.sum(axis=0) * len(part) / 1000
        assert np.all(np.abs(labels[part].sum(axis=0) - expected) <= 0.1 * expected + 3)


def test_test_may_be_left_out() -> None:
    parts = split(recipe(test=0), 100, labels=np.arange(100) % 7)
    assert [len(part) for part in parts[:3]] == [80, 20, 0]


# --- groups and identical examples


@given(st.integers(10, 200), st.integers(3, 60), seeds)
def test_groups_and_identical_examples_stay_whole(m: int, n_codes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups, duplicates = rng.integers(-1, n_codes, m), rng.integers(-1, 2 * m, m)
    labels = rng.integers(0, 3, m)
    groups[:9], duplicates[:9] = np.arange(9) // 3 + n_codes, -1  # three groups at least
    parts = split(recipe(kind="group", seed=seed), m, labels=labels, groups=groups, duplicates=duplicates)
    assert stays_together(parts, groups)
    assert stays_together(parts, duplicates)
    assert all(len(part) for part in parts[:3])


@given(st.integers(3, 200), shares, seeds)
def test_identical_examples_stay_together_whatever_the_shares(m: int, asked: Any, seed: int) -> None:
    duplicates = np.random.default_rng(seed).integers(0, m, m)
    duplicates[:3] = [m, m + 1, m + 2]
    parts = split(recipe(seed=seed, **asked), m, duplicates=duplicates)
    assert stays_together(parts, duplicates)
    assert len(parts.train)
    assert len(parts.dev)
    assert bool(len(parts.test)) == (asked["test"] > 0)


def test_groups_linked_by_an_identical_example_stay_together() -> None:
    groups = np.repeat(np.arange(10), 10)
    duplicates = np.arange(100)
    duplicates[[5, 15, 25]] = 5
    for seed in range(10):
        found = part_of(split(recipe(kind="group", seed=seed), 100, groups=groups, duplicates=duplicates))
        assert len(set(found[:30])) == 1


def test_a_few_identical_examples_do_not_cost_the_proportions() -> None:
    labels, duplicates = np.arange(1000) % 4, np.arange(1000)
    duplicates[:100] //= 2
    parts = split(recipe(), 1000, labels=labels, duplicates=duplicates)
    assert [len(part) for part in parts[:3]] == [600, 200, 200]
    for part in parts[:3]:
        assert np.all(np.abs(np.bincount(labels[part]) - len(part) / 4) <= 1)


def test_groups_of_uneven_size_come_near_the_shares_and_the_classes_proportions() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(80), rng.integers(1, 60, 80))
    labels = (rng.random(80) < 0.3)[groups].astype(int)
    parts = split(recipe(kind="group"), len(groups), labels=labels, groups=groups)
    for part, share in zip(parts[:3], (0.6, 0.2, 0.2), strict=True):
        assert len(part) / len(groups) == pytest.approx(share, abs=0.02)
        assert labels[part].mean() == pytest.approx(labels.mean(), abs=0.03)


def test_thousands_of_small_groups_come_near_too() -> None:
    groups = np.random.default_rng(0).integers(0, 5_000, 20_000)
    labels = np.arange(20_000) % 5
    parts = split(recipe(kind="group"), 20_000, labels=labels, groups=groups)
    assert stays_together(parts, groups)
    for part, share in zip(parts[:3], (0.6, 0.2, 0.2), strict=True):
        assert len(part) / 20_000 == pytest.approx(share, abs=0.005)


def test_one_huge_group_trains_and_the_shares_that_follow_are_said() -> None:
    groups = np.array([0] * 90 + list(range(1, 11)))
    parts = split(recipe(kind="group"), 100, groups=groups)
    assert set(range(90)) <= set(parts.train.tolist())
    assert "groups stay together" in parts.notes[0]
    assert len(parts.dev)
    assert len(parts.test)


@pytest.mark.parametrize(("n_groups", "words"), [(1, "one group"), (2, "only 2 groups")])
def test_fewer_groups_than_parts_are_refused(n_groups: int, words: str) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        split(recipe(kind="group"), 50, groups=np.arange(50) % n_groups)
    assert caught.value.column == "c"


def test_fewer_different_examples_than_parts_are_refused() -> None:
    with pytest.raises(Refusal, match="only 2 different examples"):
        split(recipe(), 50, duplicates=np.arange(50) % 2)


# --- by time


@given(st.integers(3, 100), shares, seeds)
def test_the_latest_rows_judge_and_one_moment_is_never_cut(m: int, asked: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.concatenate([[0.0, 1.0, 2.0], rng.integers(0, 30, m - 3)])
    parts = split(recipe(kind="time", **asked), m, times=times)
    part_of(parts)
    assert times[parts.train].max() < times[parts.dev].min()
    if asked["test"]:
        assert times[parts.dev].max() < times[parts.test].min()


def test_times_may_be_dates_and_rows_without_one_train() -> None:
    times = np.datetime64("2024-01-01", "us") + np.arange(100)[::-1].astype("timedelta64[D]")
    times[3] = np.datetime64("NaT")
    parts = split(recipe(kind="time"), 100, times=times)
    assert parts.test.tolist() == [*range(3), *range(4, 21)]
    assert 3 in parts.train
    assert parts.notes == ["1 row without a time in “c” went to train."]


def test_too_few_different_times_are_refused() -> None:
    with pytest.raises(Refusal, match="2 different times") as caught:
        split(recipe(kind="time"), 20, times=np.arange(20) % 2)
    assert caught.value.column == "c"


def test_with_time_identical_examples_are_counted_not_moved() -> None:
    duplicates = np.arange(10)
    duplicates[[9, 7]] = 0
    parts = split(recipe(kind="time"), 10, times=np.arange(10), duplicates=duplicates)
    assert parts.test.tolist() == [8, 9]
    assert parts.notes[:2] == [
        "1 row of dev also occurs in train: the error measured there looks smaller than it is.",
        "1 row of test also occurs in train or dev: the error measured there looks smaller than it is.",
    ]


# --- as a column says


@pytest.mark.parametrize(
    "names",
    [("train", "dev", "test"), ("Training", " VAL", "Testing "), ("TRAIN", "validation", "test")],
)
def test_the_names_of_the_parts_are_known_in_any_case(names: tuple[str, ...]) -> None:
    parts = split(recipe(kind="column"), 9, parts=np.array([*names] * 3))
    assert [part.tolist() for part in parts[:3]] == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]
    assert not parts.notes


@pytest.mark.parametrize(
    "values",
    [np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 0, 1, 1, 2.0]), np.array(list("aaabbc"), object)],
)
def test_of_three_other_values_the_most_frequent_is_train(values: np.ndarray) -> None:
    parts = split(recipe(kind="column"), 6, parts=values)
    assert [part.tolist() for part in parts[:3]] == [[0, 1, 2], [3, 4], [5]]
    assert "the value met most is train" in parts.notes[0]


def test_of_two_other_values_the_rarer_is_test_and_dev_comes_from_train() -> None:
    is_train = pl.Series([True] * 80 + [False] * 20)
    parts = split(recipe(kind="column"), 100, parts=is_train, labels=np.arange(100) % 4)
    assert parts.test.tolist() == list(range(80, 100))
    assert np.bincount(parts.dev % 4).tolist() == [5, 5, 5, 5]
    assert "20 rows of train, drawn at random, became dev" in " ".join(parts.notes)


def test_dev_cut_from_a_train_column_keeps_identical_examples_together() -> None:
    names, duplicates = np.array(["train"] * 60 + ["test"] * 40), np.arange(100)
    duplicates[:60] //= 3
    parts = split(recipe(kind="column"), 100, parts=names, duplicates=duplicates)
    assert stays_together(parts, duplicates)
    assert len(parts.dev) == pytest.approx(20, abs=2)
    assert parts.test.tolist() == list(range(60, 100))


def test_no_test_rows_is_said() -> None:
    parts = split(recipe(kind="column"), 4, parts=np.array(["train", "dev"] * 2))
    assert parts.notes == ["The column “c” names no test rows: there is no test set."]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["train", "dev", "tset"], "name no part: “tset”"),
        (["train", "dev", None], "nothing in 1 row"),
        (["train", "test", "  "], "nothing in 1 row"),
        (["a", "b", None], "nothing in 1 row, “a”, “b”"),
        ([str(number) for number in range(9)], "“0”, “1”, “2”, “3”, “4” and 4 more"),
        ([0.5, None, 1.5], "“0.5”"),
        (["x", "x", "x"], "name no part: “x”"),
        (["dev", "test", "test"], "no row to train on"),
        (["train", "test", "test"], "none can be taken"),
    ],
)
def test_a_column_that_is_not_understood_is_refused_naming_its_values(values: list[Any], words: str) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        split(recipe(kind="column"), len(values), parts=pl.Series(values, strict=False))
    assert caught.value.field == "split"
    assert caught.value.column == "c"


words = st.sampled_from(["train", "Test", "valid", " dev ", "x", "0", "", None])


@given(st.lists(words | st.text(max_size=3) | st.integers(0, 2) | st.floats() | st.booleans(), max_size=12))
def test_whatever_a_column_says_is_understood_or_refused(values: list[Any]) -> None:
    array = np.empty(len(values), object)
    array[:] = values
    try:
        parts = split(recipe(kind="column"), len(values), parts=array)
    except Refusal as refusal:
        told = refusal.as_problem()
    else:
        told = {"advice": "none is needed", "column": "c"}
        part_of(parts)
        assert len(parts.train)
        assert len(parts.dev)
    assert told["advice"]
    assert told["column"] == "c"


# --- what is refused and what is said


@pytest.mark.parametrize(
    ("fields", "rows", "words"),
    [
        ({"dev": 0}, 100, "dev set would be empty"),
        ({"dev": 0.6, "test": 0.5}, 100, "take 110% of the rows together"),
        ({}, 2, "2 rows cannot be split into 3 parts"),
        ({"test": 0}, 1, "1 row cannot be split into 2 parts"),
        ({}, 0, "0 rows"),
        ({"kind": "group"}, 10, "No column of groups is chosen"),
        ({"kind": "time"}, 10, "No column of times is chosen"),
        ({"kind": "column"}, 10, "No column of parts' names is chosen"),
    ],
)
def test_what_cannot_be_split_is_refused_with_advice(fields: Any, rows: int, words: str) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        split(recipe(**fields), rows)
    assert caught.value.field == "split"
    assert caught.value.advice


def test_arrays_of_another_length_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="10 rows, but 9 values"):
        split(recipe(), 10, labels=np.zeros(9, int))


def test_classes_that_are_missing_or_few_are_named() -> None:
    labels = np.array([0] * 90 + [1] + [2] * 9)
    parts = split(recipe(), 100, labels=labels, class_names=("cat", "dog", "owl"))
    assert parts.notes == [
        "Class “dog” has no example in dev, so cannot be tuned for.",
        "Class “owl” has fewer than 5 examples in train or dev: their errors are measured roughly.",
    ]


def test_classes_missing_from_train_are_named_and_many_are_counted() -> None:
    names = np.array(["train"] * 10 + ["dev"] * 10 + ["test"] * 10)
    parts = split(
        recipe(kind="column"), 30, parts=names, labels=np.array(list("abcdefghij") * 2 + ["z"] * 10)
    )
    assert parts.notes[0] == "Class “z” has no example in train, so cannot be learnt."
    assert "Classes “a”, “b”, “c”, “d”, “e” and 5 more have fewer than 5 examples" in parts.notes[2]


def test_labels_of_many_that_are_missing_are_named() -> None:
    labels = np.zeros((100, 2), np.int8)
    labels[::2, 0], labels[0, 1] = 1, 1
    parts = split(recipe(), 100, labels=labels, class_names=("sun", "rain"))
    assert any("Class “rain” has no example in" in note for note in parts.notes)


# --- identical examples


def test_equal_rows_of_a_table_have_equal_codes() -> None:
    table = pl.DataFrame(
        {
            "x": [0.0, -0.0, None, float("nan"), 1.0, 2.0],
            "s": ["a", "a", None, None, "b", "b"],
            "b": [True, True, None, None, False, False],
        }
    )
    first, second, third, fourth, *others = duplicate_codes(table).tolist()
    assert first == second != third == fourth
    assert len({first, third, *others}) == 4
    assert duplicate_codes(table.lazy()).tolist() == [first, second, third, fourth, *others]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.int64])
@pytest.mark.parametrize("width", [1, 2, 3, 30])
def test_equal_rows_of_a_matrix_have_equal_codes_and_others_do_not(dtype: Any, width: int) -> None:
    matrix = np.random.default_rng(0).integers(0, 3, (500, width)).astype(dtype)
    codes = duplicate_codes(matrix)
    expected = np.unique(matrix, axis=0, return_inverse=True)[1]
    assert len(set(zip(codes, expected, strict=True))) == len(set(codes)) == len(set(expected))


def test_missing_numbers_and_signed_zeros_of_a_matrix_are_equal() -> None:
    matrix = np.array([[0.0, np.nan], [-0.0, np.float32(-np.nan)], [np.nan, 0.0]], np.float32)
    first, second, third = duplicate_codes(matrix)
    assert first == second != third


def test_images_are_compared_by_all_their_pixels() -> None:
    images = np.zeros((3, 5, 5, 1), np.uint8)
    images[2, 4, 4] = 1
    first, second, third = duplicate_codes(images)
    assert first == second != third


def test_tables_and_matrices_without_rows_or_columns_have_codes_too() -> None:
    assert duplicate_codes(pl.DataFrame()).tolist() == []
    assert duplicate_codes(np.zeros((0, 3))).tolist() == []
    assert duplicate_codes(pl.DataFrame({"x": []}, schema={"x": pl.Float64})).tolist() == []


def test_codes_do_not_depend_on_how_many_rows_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pl.DataFrame({"x": np.arange(100.0) % 7, "s": [str(i % 3) for i in range(100)]})
    matrix = table["x"].to_numpy()[:, None]
    at_once = duplicate_codes(table).tolist(), duplicate_codes(matrix).tolist()
    monkeypatch.setattr("webapp.datasets.splitting.duplicates._CELLS", 20)
    assert (duplicate_codes(table).tolist(), duplicate_codes(matrix).tolist()) == at_once


def test_codes_are_the_places_among_the_sorted_values_whether_counted_or_sorted():
    for values in ([3, 0, 3, 1], [70, -2, 70], [5, 900], [True, False, True], [2**40, 1], []):
        known, codes = ranked(np.array(values))
        assert known.tolist() == sorted(set(values))
        assert known[codes.astype(int)].tolist() == values


def test_rows_that_differ_in_no_column_but_by_the_sign_of_zero_are_not_different():
    assert not all_differ(pl.LazyFrame({"x": [0.0, -0.0, 1.0], "y": [None, None, "a"]}))
    assert all_differ(pl.LazyFrame({"x": [0.0, 0.0, 1.0], "y": [None, "", None]}))
    assert not all_differ(pl.LazyFrame({"x": [float("nan"), None]}))
