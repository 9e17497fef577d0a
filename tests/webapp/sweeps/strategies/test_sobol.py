import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webapp.sweeps.examples import BASE, MIXED, NUMBERS, place
from webapp.sweeps.strategies import Random, Sobol


def _places(strategy, n: int) -> np.ndarray:
    values = strategy.suggest(NUMBERS, BASE, 1, n, [])
    return np.array([[place(path, each, NUMBERS) for path in NUMBERS.dimensions] for each in values])


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 300), st.integers(1, 70))
def test_a_number_is_the_same_point_however_many_are_asked_for_at_once(first, n):
    whole = Sobol(seed=2).suggest(MIXED, BASE, 1, 370, [])
    assert Sobol(seed=2).suggest(MIXED, BASE, first, n, []) == whole[first - 1 : first - 1 + n]


@pytest.mark.parametrize("seed", range(5))
def test_of_sixteen_points_one_lies_in_each_sixteenth_of_every_dimension(seed):
    places = _places(Sobol(seed=seed), 16)
    for column in places.T:
        assert sorted((column * 16).astype(int)) == list(range(16))


def test_points_leave_smaller_gaps_than_chance():
    def largest_gap(strategy):
        return np.diff(np.sort(_places(strategy, 64)[:, 0])).max()

    assert largest_gap(Sobol(seed=1)) < largest_gap(Random(seed=1)) / 2
