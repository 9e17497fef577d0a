import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.runs.history.thinning import FINE, plain, thin, width_for

numbers = st.floats(-1e6, 1e6, width=32)
costs = st.lists(numbers | st.just(float("nan")), min_size=1, max_size=300)


@given(costs, st.integers(4, 40))
def test_thinning_keeps_the_extremes_and_the_last_value_of_every_bucket(values, width):
    step = np.arange(1, len(values) + 1)
    value = np.array(values, np.float32)
    kept = thin(step, width, value)
    for start in range(0, len(values), width):
        inside = kept[(kept >= start) & (kept < start + width)]
        bucket = value[start : start + width]
        assert inside[-1] == start + len(bucket) - 1
        assert 1 <= len(inside) <= 3
        if not np.isnan(bucket).all():
            assert np.nanmin(value[inside]) == np.nanmin(bucket)
            assert np.nanmax(value[inside]) == np.nanmax(bucket)


@given(costs, st.integers(4, 40), st.integers(0, 10))
def test_a_series_thinned_in_pieces_cut_at_buckets_equals_the_series_thinned_at_once(values, width, pieces):
    step = np.arange(1, len(values) + 1)
    value = np.array(values, np.float32)
    cut = min(len(values), pieces * width)
    first, second = thin(step[:cut], width, value[:cut]), cut + thin(step[cut:], width, value[cut:])
    assert np.concatenate([first, second]).tolist() == thin(step, width, value).tolist()


@given(costs, costs, st.integers(6, 20), st.integers(1, 5), st.integers(0, 300))
def test_thinning_what_was_thinned_to_finer_buckets_in_pieces_equals_thinning_it_at_once(
    values, others, width, times, cut
):
    n = min(len(values), len(others))
    step = np.arange(1, n + 1)
    a, b = np.array(values[:n], np.float32), np.array(others[:n], np.float32)
    pieces = [slice(0, min(cut, n)), slice(min(cut, n), n)]
    fine = np.concatenate([step[piece][thin(step[piece], width, a[piece], b[piece])] - 1 for piece in pieces])
    again = fine[thin(step[fine], times * width, a[fine])]
    assert again.tolist() == thin(step, times * width, a).tolist()


@pytest.mark.parametrize("count", [0, 1, 1_000, 10**5, 10**6, 10**7, 10**12])
def test_a_chart_of_any_length_gets_no_more_numbers_than_it_may_have(count):
    width = width_for(count, values=7_000, n_columns=4, n_extremes=2)
    buckets = -(-count // width) if width else 0
    assert buckets * 5 * 4 <= 7_000
    assert width < FINE or width % FINE == 0


def test_numbers_are_told_in_single_precision_and_as_short_as_that_allows():
    rows = {"cost": np.array([0.1, np.nan], np.float32), "dev_cost": np.array([1 / 3, 1e300])}
    assert plain(rows, np.array([0, 1])) == {"cost": [0.1, None], "dev_cost": [0.33333333, 1e300]}
