import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.runs.history.smoothing import LARGEST, Average, smooth

values = st.lists(st.floats(-1e6, 1e6, width=32) | st.just(float("nan")), min_size=1, max_size=200)


def by_the_formula(series, beta):
    """v_t = beta v_(t-1) + (1 - beta) x_t, divided by 1 - beta^t; gaps skipped. All in float64."""
    average, t, result = 0.0, 0, []
    for value in map(float, series):
        if np.isnan(value):
            result.append(np.nan)
            continue
        average, t = beta * average + (1 - beta) * value, t + 1
        result.append(average / (1 - beta**t))
    return np.array(result)


@given(values, st.floats(0, LARGEST))
def test_a_smoothed_series_is_the_bias_corrected_average(series, beta):
    found = smooth(np.array(series, np.float32), beta)
    np.testing.assert_allclose(found, by_the_formula(series, beta), rtol=1e-6, atol=1e-6)


@given(values, st.lists(st.integers(0, 200), max_size=4), st.floats(0, LARGEST))
def test_a_series_smoothed_in_pieces_equals_the_series_smoothed_at_once(series, cuts, beta):
    average, whole = Average(beta), np.array(series, np.float32)
    pieces = [average.go_on(piece) for piece in np.split(whole, sorted(cuts))]
    np.testing.assert_allclose(np.concatenate(pieces), smooth(whole, beta), rtol=1e-9, atol=1e-6)


def test_what_is_long_past_has_no_weight_any_more():
    average = Average(0.5)
    average.go_on(np.full(10, 1e6, np.float32))
    found = average.go_on(np.zeros(200, np.float32))
    assert found[0] == pytest.approx(5e5, rel=1e-2)
    assert abs(found[-1]) < 1e-12


def test_the_first_value_is_its_own_average_and_no_smoothing_changes_nothing():
    series = np.array([5.0, 1.0, np.nan, 3.0], np.float32)
    assert smooth(series, 0.98)[0] == pytest.approx(5.0)
    np.testing.assert_array_equal(smooth(series, 0.0), series.astype(float))


def test_a_series_without_a_number_stays_so():
    assert np.isnan(smooth(np.full(3, np.nan, np.float32), 0.9)).all()
    assert len(smooth(np.array([], np.float32), 0.9)) == 0
