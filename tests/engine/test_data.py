"""Data: refused with the array and the place."""

import numpy as np
import pytest

from engine import Data
from tests.engine.examples import small_data, small_spec


def _data(n_outputs=2, **arrays) -> Data:
    good = {
        "x_train": np.zeros((4, 2)),
        "y_train": np.array([0, 1, 0, 1]),
        "x_dev": np.zeros((2, 2)),
        "y_dev": np.array([0, 1]),
    }
    return Data(**(good | arrays), n_outputs=n_outputs)


def _with(value: float, row: int, column: int) -> np.ndarray:
    x = np.zeros((4, 2))
    x[row, column] = value
    return x


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x_train": np.zeros(4)}, r"x_train has shape \(4,\), expected \(rows, features\)"),
        ({"x_train": np.zeros((0, 2))}, r"x_train has shape \(0, 2\): at least one row"),
        ({"x_dev": np.zeros((2, 0))}, r"x_dev has shape \(2, 0\): at least one row and one feature"),
        ({"x_train": _with(np.nan, 2, 1)}, "x_train has nan in row 2, column 1: fill in or drop"),
        ({"x_train": _with(np.inf, 3, 0)}, "x_train has inf in row 3, column 0"),
        ({"x_train": np.full((4, 2), "red")}, "x_train has dtype <U3, expected real numbers"),
        ({"x_train": np.zeros((4, 2), dtype=complex)}, "x_train has dtype complex128"),
        ({"x_dev": np.zeros((2, 3))}, "x_train has 2 columns, but x_dev has 3"),
        ({"y_train": np.array([0, 1])}, r"y_train has shape \(2,\), but x_train has 4 rows"),
        ({"y_dev": np.array([0.0, np.nan])}, "y_dev has nan in row 1: fill in"),
        ({"n_outputs": 0}, "n_outputs is 0"),
    ],
)
def test_bad_arrays_are_refused_with_their_name_and_the_first_bad_place(arrays, words):
    with pytest.raises(ValueError, match=words):
        _data(**arrays)


def test_a_bad_value_deep_in_a_long_array_is_found_at_its_row(monkeypatch):
    monkeypatch.setattr("engine.data._CHUNK_BYTES", 32)
    x = np.zeros((100, 2))
    x[77, 1] = -np.inf
    with pytest.raises(ValueError, match="x_train has -inf in row 77, column 1"):
        _data(x_train=x, y_train=np.zeros(100, dtype=int))


@pytest.mark.parametrize(
    ("head", "n_outputs", "y_train", "words"),
    [
        ("softmax", 2, [0, 1, 2, 1], "y_train has 2 in row 2, but the classes are 0 to 1"),
        ("softmax", 2, [0, -1, 0, 1], "y_train has -1 in row 1"),
        ("softmax", 1, [0, 0, 0, 0], "n_outputs of at least 2"),
        ("softmax", 2, [0.0, 1.0, 0.0, 1.0], "y_train has dtype float64, expected integers"),
        ("softmax", 2, [[0], [1], [0], [1]], r"y_train has shape \(4, 1\), expected \(rows,\)"),
        ("sigmoid", 1, [0, 1, 3, 1], "y_train has 3 in row 2, but the classes are 0 to 1"),
        ("sigmoid", 2, [0, 1, 0, 1], "The sigmoid head has one output, but n_outputs is 2"),
        ("squared_error", 2, [0.5, 1, 2, 3], "y_train has 1 values per row, but n_outputs is 2"),
    ],
)
def test_answers_that_do_not_fit_the_head_are_refused(head, n_outputs, y_train, words):
    data = _data(n_outputs, y_train=np.array(y_train))
    with pytest.raises(ValueError, match=words):
        data.check_head(small_spec(head=head))


def test_good_answers_pass():
    for head in ("softmax", "sigmoid", "squared_error"):
        small_data(head).check_head(small_spec(head=head))


def test_columns_of_another_memory_order_are_accepted():
    data = _data(x_train=np.asfortranarray(np.arange(8.0).reshape(4, 2)))
    assert data.x_train.flags.c_contiguous
    np.testing.assert_array_equal(data.x_train[1], [2, 3])
