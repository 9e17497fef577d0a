"""Which inputs a table's columns become, and what the matrix holds."""

from collections.abc import Callable

import numpy as np
import polars as pl

from webapp.datasets.features import feature_names, kept_levels
from webapp.datasets.models import Dataset

Make = Callable[..., Dataset]


def matrix(dataset: Dataset) -> np.ndarray:
    return np.load(dataset.folder / "features.npy")


def roles(dataset: Dataset) -> dict[str, str]:
    return {column["name"]: column["role"] for column in dataset.columns}


def test_categories_become_one_input_per_level(dataset: Make) -> None:
    found = dataset("colour,size,y\n" + "red,1,a\nblue,,b\n,3,a\ngreen,4,b\n" * 3)
    names = feature_names(found.columns)
    assert names == ["colour=blue", "colour=green", "colour=red", "colour=missing", "size"]
    assert found.n_features == 5
    expected = [[0, 0, 1, 0, 1], [1, 0, 0, 0, np.nan], [0, 0, 0, 1, 3], [0, 1, 0, 0, 4]]
    np.testing.assert_array_equal(matrix(found)[:4], expected)


def test_rare_levels_are_merged_into_other(dataset: Make) -> None:
    found = dataset("c,y\n" + "often,a\nusual,b\n" * 15 + "once,a\ntwo,b\n")
    assert feature_names(found.columns) == ["c=often", "c=usual", "c=other"]
    np.testing.assert_array_equal(matrix(found)[-2:], [[0, 0, 1], [0, 0, 1]])
    assert found.notes[-1] == "Column “c”: 2 rare levels count as “other”."


def test_at_most_so_many_levels_are_kept_the_most_frequent_first() -> None:
    values = pl.Series("c", [f"level {i}" for i in range(9) for _ in range(10 - i)])
    kept = kept_levels(values, at_most=4)
    assert kept == {"kept": ["level 0", "level 1", "level 2"], "has_other": True, "has_missing": False}


def test_identifiers_free_text_and_empty_columns_are_not_used(dataset: Make) -> None:
    rows = "".join(f"{100 + 7 * i},{i},note number {i},,{i % 4},{'ab'[i % 2]}\n" for i in range(30))
    found = dataset("patient_id,,remark,nothing,age,y\n" + rows)
    assert roles(found) == {
        "patient_id": "dropped",
        "column_2": "feature",
        "remark": "dropped",
        "nothing": "dropped",
        "age": "feature",
        "y": "target",
    }


def test_the_index_that_pandas_writes_is_not_used(dataset: Make) -> None:
    found = dataset(",age,y\n" + "".join(f"{i},{i % 4},{'ab'[i % 2]}\n" for i in range(9)))
    assert roles(found) == {"column_1": "dropped", "age": "feature", "y": "target"}


def test_times_in_seconds_keep_their_differences(dataset: Make) -> None:
    seconds = 1_700_000_000
    found = dataset("time,y\n" + "".join(f"{seconds + 5 * (i % 7)},{'ab'[i % 2]}\n" for i in range(20)))
    np.testing.assert_array_equal(matrix(found)[:4, 0], [0, 5, 10, 15])
    assert found.columns[0]["offset"] == seconds


def test_class_numbers_are_whole_in_their_names(dataset: Make) -> None:
    assert dataset("a,y\n" + "1,0\n2,1\n3,2\n" * 4).classes == ["0", "1", "2"]


def test_a_regression_keeps_its_target_in_its_own_unit(dataset: Make) -> None:
    found = dataset("a,price\n" + "".join(f"{i % 5},{i}.5\n" for i in range(30)))
    assert (found.task, found.classes, found.n_outputs) == ("regression", [], 1)
    labels = np.load(found.folder / "labels.npy")
    assert labels.dtype == np.float64
    assert labels[:2].tolist() == [0.5, 1.5]
