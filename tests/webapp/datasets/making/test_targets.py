"""Which columns are predicted, and as what."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.datasets.columns.profile import describe
from webapp.datasets.making import labels, targets
from webapp.datasets.recipe import Kind, Task
from webapp.datasets.refusal import Refusal

LISTS = ["red;blue", "blue", "green; red", "blue;green"] * 5


def columns(**values: Any) -> list[dict[str, Any]]:
    return [describe(pl.Series(name, cells)) for name, cells in values.items()]


def task_of(values: list[Any], wanted: Task | None = None, kind: Kind | None = None) -> Task:
    cells = pl.Series("y", values)
    return targets.task_of([describe(cells, kind)], [cells], wanted)


@pytest.mark.parametrize("name", ["target", "Label", "CLASS", "species", "Diagnosis", "y", "outcome"])
def test_a_usual_name_is_taken_for_the_target(name: str) -> None:
    assert targets.detect(columns(**{"a": ["x"], name: ["y"], "last": ["z"]}))["name"] == name


def test_without_a_usual_name_the_last_column_with_values_is_the_target() -> None:
    empty = pl.Series([None], dtype=pl.String)
    assert targets.detect(columns(a=["x"], price=[1.0], rest=empty))["name"] == "price"


def test_the_column_that_names_the_parts_is_no_target() -> None:
    assert targets.detect(columns(a=[1.0, 2.0], price=[1.0, 2.0], split=["train", "test"]))["name"] == "price"
    assert targets.detect(columns(a=[1.0, 2.0], split=["banana", "cream"]))["name"] == "split"


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 5, "binary"),
        ([0.0, 1.0] * 5, "binary"),
        ([True, False] * 5, "binary"),
        (["Yes", "yes", "no"] * 5, "binary"),
        (["a", "b", "c"] * 5, "multiclass"),
        ([1.0, 2.0, 3.0] * 5, "multiclass"),
        ([float(i) for i in range(15)], "regression"),
        ([0.5, 1.5, 2.5] * 5, "regression"),
        ([float(i % 30) for i in range(90)], "regression"),
        (LISTS, "multilabel"),
        ([text.replace(";", "|") for text in LISTS], "multilabel"),
        (["a", "b", "c", "semi;colon"] + ["a", "b", "c"] * 20, "multiclass"),
    ],
)
def test_the_task_follows_from_the_values(values: list[Any], task: str) -> None:
    assert task_of(values) == task


def test_a_person_may_choose_another_task() -> None:
    assert task_of([1.0, 2.0, 3.0] * 5, Task.REGRESSION) == "regression"
    assert task_of([0.0, 1.0] * 5, Task.MULTICLASS) == "multiclass"
    assert task_of([0.5, 1.5, 2.5] * 5, Task.MULTICLASS) == "multiclass"
    assert task_of(["a;b", "a", "b"] * 9, Task.MULTICLASS) == "multiclass"
    assert task_of([0.5, 1.5, 2.5] * 5, kind=Kind.CATEGORY) == "multiclass"


@pytest.mark.parametrize(
    ("values", "wanted", "field", "message"),
    [
        (["a", "b", "c"] * 5, Task.BINARY, "task", "“y” has 3 different values, not 2"),
        (["a", "b", "c"] * 5, Task.REGRESSION, "task", "holds values such as “a” that are no numbers"),
        (["2024-01-01", "2024-01-02"] * 3, Task.REGRESSION, "task", "holds values that are no numbers"),
        (
            ["a", "b", "c"] * 5,
            Task.MULTILABEL,
            "task",
            "No cell of the target column “y” holds several labels",
        ),
        (
            [1.0, 2.0, 3.0] * 5,
            Task.MULTILABEL,
            "task",
            "No cell of the target column “y” holds several labels",
        ),
        ([";", "a;", ";a"], Task.MULTILABEL, "task", "“y” holds 1 different labels"),
        ([i / 7 for i in range(90)], Task.MULTICLASS, "target", "90 different values in 90 rows"),
        ([f"w {i}" for i in range(30)] + ["w"] * 10, None, "target", "31 different texts in 40 rows"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(
    values: list[Any], wanted: Task | None, field: str, message: str
) -> None:
    with pytest.raises(Refusal, match=message) as caught:
        task_of(values, wanted)
    assert (caught.value.field, caught.value.column) == (field, "y")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["y"], "“y” has the same value in every row"),
        (["z"], "“z” has 1 value"),
        (["q"], "There is no column “q”"),
        (["x", "x"], "Column “x” is a target twice"),
    ],
)
def test_a_target_that_teaches_nothing_is_refused_at_its_field(wanted: list[str], message: str) -> None:
    found = columns(x=[1.0, 2.0, 3.0], y=[7.0, 7.0, 7.0], z=[1.0, None, None])
    with pytest.raises(Refusal, match=message) as caught:
        targets.choose(found, wanted)
    assert caught.value.field == "target"


def several(wanted: Task | None = None, **values: Any) -> Task:
    series = [pl.Series(name, cells) for name, cells in values.items()]
    return targets.task_of([describe(cells) for cells in series], series, wanted)


def test_several_targets_of_yes_and_no_make_a_task_of_many_labels() -> None:
    assert several(a=[0.0, 1.0, 1.0], b=["yes", "no", "no"], c=[True, False, True]) == "multilabel"


def test_several_targets_that_are_no_labels_are_refused() -> None:
    with pytest.raises(Refusal, match="“b” holds other values than 0 and 1") as caught:
        several(a=[0.0, 1.0], b=[0.0, 2.0])
    assert (caught.value.field, caught.value.column) == ("target", "b")
    with pytest.raises(Refusal, match="2 target columns make a multi-label task, not regression") as caught:
        several(Task.REGRESSION, a=[0.0, 1.0], b=[1.0, 0.0])
    assert caught.value.field == "task"


def encoded(values: list[Any], task: Task) -> labels.Labels:
    cells = pl.Series("y", values)
    return labels.encode([describe(cells)], [cells], task)


def test_classes_are_numbered_in_the_order_of_their_names() -> None:
    found = encoded(["b", "a", "c", "a"], Task.MULTICLASS)
    assert (found.classes, found.values.tolist(), found.counts) == (["a", "b", "c"], [1, 0, 2, 0], [2, 1, 1])
    assert found.values.dtype == np.int64


def test_class_numbers_are_in_order_and_whole_in_their_names() -> None:
    found = encoded([10.0, 2.0, 2.5], Task.MULTICLASS)
    assert (found.classes, found.values.tolist()) == (["2", "2.5", "10"], [2, 0, 1])


def test_yes_is_one_however_it_is_written() -> None:
    found = encoded(["Yes", "no", "yes", "No"], Task.BINARY)
    assert (found.classes, found.values.tolist()) == (["no", "yes"], [1, 0, 1, 0])
    assert encoded([True, False], Task.BINARY).values.tolist() == [1, 0]


def test_a_number_keeps_its_unit() -> None:
    found = encoded([0.5, 1e9], Task.REGRESSION)
    assert (found.classes, found.values.tolist(), found.values.dtype) == ([], [0.5, 1e9], np.float64)


def test_lists_of_labels_become_a_column_for_each_label() -> None:
    found = encoded(["red; blue", "blue;", "red;red"], Task.MULTILABEL)
    assert found.classes == ["blue", "red"]
    assert found.values.tolist() == [[1, 1], [1, 0], [0, 1]]
    assert (found.values.dtype, found.counts) == (np.float32, [2, 2])


LABEL = st.text(alphabet="ab c", min_size=1, max_size=3).filter(str.strip)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(LABEL, max_size=4), min_size=1, max_size=8), st.sampled_from(["; ", "|", " ;"]))
def test_labels_that_were_joined_are_found_again(rows: list[list[str]], mark: str) -> None:
    rows.append(["a", "b"])
    found = encoded([mark.join(row) for row in rows], Task.MULTILABEL)
    names = np.array(found.classes)
    told = [set(names[row == 1]) for row in found.values]
    assert told == [{label.strip() for label in row} for row in rows]


def test_several_columns_become_a_label_each() -> None:
    series = [pl.Series("a", [0.0, 1.0]), pl.Series("b", ["yes", "no"])]
    found = labels.encode([describe(cells) for cells in series], series, Task.MULTILABEL)
    assert (found.classes, found.values.tolist()) == (["a", "b"], [[0, 1], [1, 0]])
