"""The desk: what is prepared for one cohort serves the next, and nothing else lies on it."""

import gc
import weakref

import pytest

from engine.normalise import MinMax
from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import read
from webapp.sweeps.training.desk import Desk

pytestmark = pytest.mark.django_db


def test_the_arrays_of_a_version_are_prepared_once_for_specs_that_see_them_alike():
    desk, version = Desk(), read()
    data, test = desk.data(version, a_spec()), desk.test(version, a_spec())
    assert desk.data(version, a_spec(learning_rate=0.5, l2=1.0)) is data
    assert desk.test(version, a_spec(epochs=9)) is test


def test_another_way_to_see_the_inputs_takes_the_place_of_the_first():
    desk, version = Desk(), read()
    first = desk.data(version, a_spec())
    scaled, gone = first.x_train, weakref.ref(first.x_train)
    assert desk.data(version, a_spec(normalise=MinMax())).x_train.min() >= 0 > scaled.min()
    del first, scaled
    gc.collect()
    assert gone() is None


def test_another_version_takes_the_place_of_the_first():
    desk, some = Desk(), read()
    more = read("a,b,side\n" + "\n".join(f"{i},{-i},{'left' if i % 2 else 'right'}" for i in range(80)))
    assert desk.data(some, a_spec()).n_train == some.n_train
    assert desk.data(more, a_spec()).n_train == more.n_train != some.n_train
