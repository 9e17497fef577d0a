"""Regression metrics against scikit-learn's."""

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings

from engine.metrics import mae, r2, rmse
from tests.engine.metrics.predictions import targets


@settings(max_examples=40, deadline=None)
@given(targets())
def test_all_three_are_scikit_learns(pair):
    y, p = pair
    assert r2(y, p) == pytest.approx(reference.r2_score(y, p))
    assert mae(y, p) == pytest.approx(reference.mean_absolute_error(y, p))
    assert rmse(y, p) == pytest.approx(reference.mean_squared_error(y, p) ** 0.5)


def test_a_column_and_a_row_of_numbers_are_the_same():
    y, p = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 4.0])
    for metric in (r2, mae, rmse):
        assert metric(y[:, None], p) == metric(y, p[:, None]) == metric(y, p)


def test_a_target_that_never_varies_is_explained_only_when_met_exactly():
    assert r2([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]) == 1
    assert r2([0.1, 0.1, 0.1], [0.1, 0.1, 0.2]) == 0
    assert r2([5.0], [5.0]) == 1


def test_float32_is_added_up_in_float64():
    y = np.full(100_000, 1000.1, dtype=np.float32)
    assert mae(y, y + np.float32(1)) == pytest.approx(1, rel=1e-3)


def test_other_numbers_of_outputs_are_refused():
    with pytest.raises(ValueError, match="1 targets per row, but 2 predictions"):
        rmse([1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]])
