import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webapp.sweeps.examples import BASE, MIXED
from webapp.sweeps.space import Conditions, Options, Space, is_within, places_of, values_at

PLACES = st.lists(st.floats(0, 1, exclude_max=True), min_size=6, max_size=6).map(np.array)


@settings(max_examples=50, deadline=None)
@given(PLACES)
def test_what_matters_is_what_the_point_keeps(places):
    values = values_at(MIXED, places)
    assert Conditions(MIXED, BASE).kept(values) == MIXED.point(BASE, values).values


@settings(max_examples=30, deadline=None)
@given(st.lists(PLACES, min_size=1, max_size=5).map(np.stack))
def test_places_as_those_of_values_are_the_places_of_what_matters(places):
    conditions = Conditions(MIXED, BASE)
    kept = [conditions.kept(values_at(MIXED, row)) for row in places]
    np.testing.assert_allclose(conditions.placed(places), places_of(MIXED, kept), atol=1e-9)


def test_places_beyond_the_ends_are_the_ends():
    beyond = {"learning_rate": -1, "l2": 2, "optimizer.beta2": -0.5}
    values = values_at(MIXED, np.array([beyond.get(path, 1) for path in MIXED.dimensions]))
    ends = values["learning_rate"], values["l2"], values["batch_size"], values["optimizer.beta2"]
    assert ends == pytest.approx((1e-5, 10, 512, 0.9))


def test_values_of_a_wider_space_are_not_within():
    narrow = Space(dimensions={"l2": MIXED.dimensions["l2"].narrowed([0.01, 0.1])})
    assert is_within(narrow, {"l2": 0.05, "learning_rate": 99})
    assert is_within(narrow, {"learning_rate": 0.1})
    assert not is_within(narrow, {"l2": 1.0})


def test_the_spec_is_made_once_for_each_combination_of_kinds():
    class Counted(dict):
        looked = 0

        def keys(self):
            Counted.looked += 1
            return super().keys()

    conditions = Conditions(MIXED, Counted(BASE))
    for i in range(50):
        conditions.kept(values_at(MIXED, np.full(6, i / 50)))
    kinds = MIXED.dimensions["optimizer.kind"]
    assert isinstance(kinds, Options)
    assert Counted.looked <= len(kinds.options)
