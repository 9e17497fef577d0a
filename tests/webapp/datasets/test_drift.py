"""Whether parts come from one distribution: planted shifts are found, fair splits left in peace."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_iris

from engine.metrics import roc_auc
from webapp.datasets.drift import Check, Comparison, check
from webapp.datasets.drift.auc import Fold, cross_validated_area
from webapp.datasets.drift.classifier import MAX_CELLS, MAX_ROWS, sampled, told_apart
from webapp.datasets.drift.columns import holm
from webapp.datasets.recipe import SplitRecipe
from webapp.datasets.splitting import split

Frames = dict[str, pl.DataFrame]
Plant = Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]
PARTS = ("train", "dev", "test")
LEVELS = [*"ABCD"]


def mixed(seed: int, n_rows: int = 1000) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "age": rng.normal(40, 12, n_rows),
            "visits": rng.poisson(1.5, n_rows).astype(float),
            "city": rng.choice(LEVELS, n_rows, p=[0.4, 0.3, 0.2, 0.1]),
            "member": rng.random(n_rows) < 0.3,
            "score": pl.Series(rng.normal(size=n_rows)).set(pl.Series(rng.random(n_rows) < 0.1), None),
        }
    )


def parts_of(table: pl.DataFrame, seed: int = 0, labels: np.ndarray | None = None) -> Frames:
    found = split(SplitRecipe(seed=seed), len(table), labels=labels)
    return {part: table[rows] for part, rows in zip(PARTS, found[:3], strict=True)}


def inputs(frame: pl.DataFrame) -> np.ndarray:
    """Numbers as they are, and a column of 0 and 1 for each level of the cities."""
    numbers = frame.select(pl.exclude(pl.String).to_physical().cast(pl.Float64)).to_numpy()
    levels = [(frame["city"] == level).to_numpy() for level in LEVELS if "city" in frame.columns]
    return np.column_stack([numbers, *levels]).astype(np.float32)


def checked(frames: Frames, seed: int = 0) -> Check:
    return check(frames, {part: inputs(frame) for part, frame in frames.items()}, seed)


def compared(found: Check, first: str, second: str) -> Comparison:
    return next(each for each in found.comparisons if (each.first, each.second) == (first, second))


# --- planted shifts and fair splits


def moved(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    return frame.with_columns(pl.col("age") + 6)


def relocated(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    moves = pl.Series(rng.random(len(frame)) < 0.3)
    return frame.with_columns(pl.when(moves).then(pl.lit("D")).otherwise(pl.col("city")).alias("city"))


def forgotten(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    return frame.with_columns(frame["score"].set(pl.Series(rng.random(len(frame)) < 0.25), None))


@pytest.mark.parametrize(
    ("plant", "column", "words"),
    [(moved, "age", "median"), (relocated, "city", "“D” in"), (forgotten, "score", "missing in")],
)
@pytest.mark.parametrize("part", ["train", "test"])
def test_a_planted_shift_is_found_and_its_column_named(
    plant: Plant, column: str, words: str, part: str
) -> None:
    frames = parts_of(mixed(1))
    frames[part] = plant(frames[part], np.random.default_rng(0))
    found = checked(frames).comparisons
    shifted = [each for each in found if part in (each.first, each.second)]
    others = [each for each in found if part not in (each.first, each.second)]
    assert {difference.column for each in shifted for difference in each.differences} == {column}
    assert any(column in each.words and words in each.words for each in shifted)
    assert [each.alike for each in others] == [True]


def test_what_no_column_shows_the_classifier_sees() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(900, 3))
    frames = parts_of(pl.DataFrame({"a": x[:, 0], "b": x[:, 0] + 0.3 * x[:, 1], "c": x[:, 2]}))
    frames["dev"] = frames["dev"].with_columns(-pl.col("b"))
    found = compared(checked(frames), "train", "dev")
    assert found.told_apart
    assert not found.differences
    assert "No single column stands out." in found.words


def fair(kind: str, seed: int) -> Frames:
    if kind == "iris":
        x, y = load_iris(return_X_y=True)
        return parts_of(pl.DataFrame(x), seed, y)
    if kind == "correlated":
        rng = np.random.default_rng(seed)
        causes = rng.normal(size=(400, 2))
        return parts_of(pl.DataFrame(causes @ rng.normal(size=(2, 20)) + rng.normal(size=(400, 20))), seed)
    return parts_of(mixed(seed), seed)


@pytest.mark.parametrize("kind", ["iris", "correlated", "mixed"])
def test_fair_splits_are_not_called_different(kind: str) -> None:
    assert sum(not checked(fair(kind, seed), seed).alike for seed in range(4)) == 0


def test_a_difference_too_small_to_matter_is_not_named_however_certain() -> None:
    rng = np.random.default_rng(0)
    frames = {part: pl.DataFrame({"x": rng.random(20_000) < share}) for part, share in
              (("train", 0.010), ("dev", 0.001))}  # fmt: skip
    found = checked(frames)
    assert found.alike
    assert not found.comparisons[0].differences


def test_the_column_that_differs_most_comes_first() -> None:
    frames = parts_of(mixed(0))
    frames["dev"] = frames["dev"].with_columns(pl.col("age") + 12, pl.col("visits") + 5)
    assert [each.column for each in compared(checked(frames), "dev", "test").differences] == ["visits", "age"]


# --- what it says


def test_alike_parts_are_said_to_look_alike() -> None:
    found = checked(fair("mixed", 0))
    assert found.alike
    assert [(each.first, each.second) for each in found.comparisons] == [
        ("dev", "test"),
        ("train", "dev"),
        ("train", "test"),
    ]
    first = found.comparisons[0]
    assert first.words == (
        f"Dev and test look alike (AUC {first.auc:.2f}, 95% interval {first.low:.2f} to {first.high:.2f})."
    )
    assert first.rows == (200, 200)
    assert "No difference was found" in found.advice


def test_when_only_train_differs_a_train_dev_set_is_advised() -> None:
    frames = parts_of(mixed(0))
    frames["train"] = frames["train"].with_columns(pl.col("age") + 20)
    found = checked(frames)
    words = compared(found, "train", "dev").words
    assert words.startswith("Train differs from dev: a classifier tells them apart with AUC 0.")
    assert "Most different: age (median 59.08 in train and 39.44 in dev; p < 0.001)" in words
    assert "p < 0.001" in words
    assert "train-dev set" in found.advice


def test_when_dev_and_test_differ_one_distribution_is_asked_for() -> None:
    frames = parts_of(mixed(0))
    frames["test"] = frames["test"].with_columns(pl.col("age") + 20)
    assert "Dev and test must come from the same distribution" in checked(frames).advice


def test_a_column_may_differ_though_the_whole_is_hardly_told_apart() -> None:
    rng = np.random.default_rng(3)
    frames = {part: pl.DataFrame(rng.normal(size=(60, 40))) for part in ("train", "dev")}
    frames["dev"] = frames["dev"].with_columns(pl.col("column_0") + 1.1)
    found = checked(frames).comparisons[0]
    assert not found.told_apart
    assert found.words.startswith("Train and dev differ in column_0 (median ")
    assert "hardly told apart (AUC" in found.words


def test_the_answer_is_json_and_the_same_for_the_same_seed() -> None:
    frames = fair("mixed", 0)
    first, again, other = (checked(frames, seed) for seed in (1, 1, 2))
    assert json.loads(first.model_dump_json()) == json.loads(json.dumps(again.model_dump()))
    assert first.comparisons[0].auc != other.comparisons[0].auc
    assert Check.model_validate_json(first.model_dump_json()) == first


# --- data of every kind


def test_too_few_rows_for_a_classifier_are_said() -> None:
    found = checked(parts_of(mixed(0, 40)))
    assert found.comparisons[0].auc is None
    assert found.comparisons[0].words == (
        "Dev and test look alike (by their columns; a classifier needs 20 rows of each and inputs that vary)."
    )


def test_parts_of_one_row_and_constant_columns_can_be_checked() -> None:
    one = pl.DataFrame({"x": [1.0], "s": ["a"], "n": pl.Series([None], dtype=pl.Float64)})
    frames = {"train": pl.concat([one] * 50), "dev": pl.concat([one] * 30), "test": one}
    features = {part: np.ones((len(frame), 2), np.float32) for part, frame in frames.items()}
    assert check(frames, features).alike
    assert check(frames, {part: matrix[:, :0] for part, matrix in features.items()}).alike


def test_without_test_rows_only_train_and_dev_are_compared() -> None:
    frames = parts_of(mixed(0)) | {"test": mixed(0)[:0]}
    assert [(each.first, each.second) for each in checked(frames).comparisons] == [("train", "dev")]


def test_without_two_parts_there_is_nothing_to_compare() -> None:
    found = checked({"train": mixed(0)})
    assert found.alike
    assert found.comparisons == ()
    assert "no two parts" in found.advice


def test_dates_are_compared_and_shown_as_dates() -> None:
    start = datetime(2024, 1, 1)
    dates = [start + timedelta(days=day) for day in range(300)]
    frames = {
        part: pl.DataFrame({"at": dates[rows]})
        for part, rows in (("train", slice(200)), ("dev", slice(200, 300)))
    }
    features = {part: np.arange(len(frame), dtype=np.float32)[:, None] for part, frame in frames.items()}
    assert "at (median 2024-04-09" in check(frames, features).comparisons[0].words


def test_infinite_numbers_and_missing_ones_do_no_harm() -> None:
    frames = parts_of(pl.DataFrame({"x": [1.0, None, float("inf"), float("nan"), -1e30] * 60}))
    assert checked(frames).alike


@pytest.mark.parametrize("shape", [(6, 6, 1), (36,)])
def test_images_are_compared_by_brightness_and_contrast(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    images = {part: rng.integers(0, 200, (150, *shape)).astype(np.uint8) for part in PARTS}
    assert check({}, images).alike
    images["test"] += 30
    found = check({}, images).comparisons[0]
    assert found.told_apart
    assert [difference.column for difference in found.differences] == ["brightness"]


@pytest.mark.parametrize(("rows", "width"), [(20_000, 3), (3_000, 3_000), (50, 3_000)])
def test_the_classifier_sees_a_bounded_number_of_rows_and_cells(rows: int, width: int) -> None:
    found = sampled(np.zeros((rows, width), np.uint8), np.random.default_rng(0))
    assert len(found) <= min(rows, MAX_ROWS)
    assert found.size <= MAX_CELLS


# --- statistics


def scores(size: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, size, elements=st.integers(-5, 5).map(float))


@given(st.integers(2, 30).flatmap(scores), st.integers(2, 30).flatmap(scores))
def test_the_area_of_folds_that_agree_is_that_of_the_engine(
    negative: np.ndarray, positive: np.ndarray
) -> None:
    found = cross_validated_area([Fold(negative, positive)] * 2, 0.95)
    y = np.repeat([0, 1], [len(negative), len(positive)])
    probabilities = 1 / (1 + np.exp(-np.concatenate([negative, positive])))
    assert found.auc == pytest.approx(roc_auc(y, probabilities))
    assert 0 <= found.low <= found.auc <= found.high <= 1


def test_the_interval_holds_the_true_area_at_least_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        folds = [Fold(rng.normal(size=20), rng.normal(0.5, size=40)) for _ in range(5)]
        found = cross_validated_area(folds, 0.95)
        held += found.low <= 0.6382 <= found.high  # the normal distribution function at 0.5 / sqrt(2)
        assert found.high - found.low < 0.35
    assert held / 400 >= 0.95


def test_the_interval_allows_for_folds_that_train_each_other() -> None:
    missed = 0
    for seed in range(30):
        x = np.random.default_rng(seed).normal(size=(80, 3)).astype(np.float32)
        area = told_apart(x[:40], x[40:], 0.8, seed)
        assert area is not None
        missed += not area.low <= 0.5 <= area.high
    # 8, were folds taken to be independent.
    assert missed <= 30 * 0.2


def test_holm_corrects_as_published() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([])).tolist() == []


@given(arrays(np.float64, st.integers(1, 20), elements=st.floats(0, 1)))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p: np.ndarray) -> None:
    corrected = holm(p)
    assert np.all(corrected >= p)
    assert np.all(corrected <= np.minimum(1, p * len(p)))
    assert np.all(np.diff(corrected[np.argsort(p, kind="stable")]) >= 0)
