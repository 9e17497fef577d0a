"""The exponentially weighted average against its recurrence, and what any average must keep to."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.averages import ExponentialAverage, beta_for, exponential_average, window

betas = st.floats(0, 0.99999)
points = st.floats(-1e6, 1e6) | st.just(math.nan)
series = st.lists(points, max_size=200).map(np.array)


def _recurrence(x: np.ndarray, beta: float, bias_correction: bool) -> np.ndarray:
    v, t, averages = 0.0, 0, np.full(len(x), np.nan)
    for i, value in enumerate(x):
        if np.isfinite(value):
            v, t = beta * v + (1 - beta) * value, t + 1
            averages[i] = v / (1 - beta**t) if bias_correction else v
    return averages


@settings(max_examples=40)
@given(series, betas, st.booleans())
def test_the_average_follows_its_recurrence(x, beta, bias_correction):
    expected = _recurrence(x, beta, bias_correction)
    averages = exponential_average(x, beta, bias_correction)
    np.testing.assert_allclose(averages, expected, rtol=1e-9, atol=1e-8)


@settings(max_examples=40)
@given(st.floats(-1e300, 1e300), st.integers(1, 500), betas)
def test_constant_in_gives_constant_out(value, length, beta):
    averages = exponential_average(np.full(length, value), beta)
    np.testing.assert_allclose(averages, value, rtol=1e-12, atol=1e-300)


def test_without_the_correction_the_first_points_are_drawn_towards_zero():
    averages = exponential_average([5.0, 5.0, 5.0], 0.9, bias_correction=False)
    np.testing.assert_allclose(averages, [0.5, 0.95, 1.355])


@settings(max_examples=40)
@given(series, st.lists(st.integers(0, 200), max_size=6), betas, st.booleans())
def test_a_series_read_in_pieces_equals_the_series_read_at_once(x, cuts, beta, bias_correction):
    whole = exponential_average(x, beta, bias_correction)
    state, pieces = None, [np.array([])]
    for piece in np.split(x, sorted(cuts)):
        average = ExponentialAverage(beta, bias_correction, state)
        pieces.append(average.extend(piece))
        state = json.loads(json.dumps(average.state))
    np.testing.assert_allclose(np.concatenate(pieces), whole, rtol=1e-11, atol=1e-9)


@settings(max_examples=40)
@given(series, betas)
def test_an_average_stays_between_the_smallest_and_the_largest_value(x, beta):
    averages = exponential_average(x, beta)
    known = np.isfinite(x)
    assert np.array_equal(known, np.isfinite(averages))
    if known.any():
        margin = 1e-9 * max(1, np.abs(x[known]).max())
        assert x[known].min() - margin <= averages[known].min()
        assert averages[known].max() <= x[known].max() + margin


def test_a_gap_leaves_the_points_behind_it_as_they_were():
    averages = exponential_average([1.0, math.nan, 2.0, math.inf, 4.0], 0.5)
    np.testing.assert_array_equal(np.isnan(averages), [False, True, False, True, False])
    np.testing.assert_array_equal(averages[[0, 2, 4]], exponential_average([1.0, 2.0, 4.0], 0.5))


def test_series_side_by_side_are_averaged_each_for_itself_gaps_too():
    x = np.random.default_rng(0).standard_normal((300, 3))
    x[40:60, 1] = math.nan
    together = exponential_average(x, 0.95)
    assert together.shape == x.shape
    for k in range(3):
        np.testing.assert_array_equal(together[:, k], exponential_average(x[:, k], 0.95))


def test_a_long_series_with_a_long_memory_keeps_its_digits():
    x = np.full(200_000, 3.0)
    np.testing.assert_allclose(exponential_average(x, 0.99999), 3.0, rtol=1e-12)


def test_float32_and_whole_numbers_are_averaged_in_float64():
    assert exponential_average(np.ones(3, dtype=np.float32), 0.9).dtype == np.float64
    np.testing.assert_allclose(exponential_average([1, 2], 0.5), [1, 5 / 3])


@pytest.mark.parametrize(("beta", "points"), [(0.9, 10), (0.98, 50), (0.5, 2), (0, 1)])
def test_the_window_is_one_over_one_minus_beta_and_back(beta, points):
    assert window(beta) == pytest.approx(points)
    assert beta_for(points) == pytest.approx(beta)


@pytest.mark.parametrize("beta", [-0.1, 1.0, math.nan])
def test_a_beta_outside_zero_to_one_is_refused(beta):
    with pytest.raises(ValueError, match="at least 0 and less than 1"):
        exponential_average([1.0], beta)


@pytest.mark.parametrize("points", [0.5, math.inf, math.nan])
def test_a_window_of_less_than_one_point_is_refused(points):
    with pytest.raises(ValueError, match="at least 1 point"):
        beta_for(points)


def test_other_shapes_and_other_numbers_of_series_are_refused():
    with pytest.raises(ValueError, match=r"expected \(points,\) or \(points, series\)"):
        exponential_average(np.ones((2, 2, 2)), 0.9)
    average = ExponentialAverage(0.9)
    average.extend(np.ones((4, 2)))
    with pytest.raises(ValueError, match="3 series, but this average is of 2"):
        average.extend(np.ones((4, 3)))
