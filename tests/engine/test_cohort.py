"""Cohorts: how many networks train together."""

import pytest

from engine import Spec, cohort_key, cohort_size
from engine.environment import cache_bytes

CACHE = 2**21
BASE = {"layers": [{"units": 8}], "head": "softmax"}


def _size(units, n_features=20, **fields) -> int:
    spec = Spec(layers=[{"units": each} for each in units], head="softmax", batch_size=64, **fields)
    return cohort_size(spec, n_features, 10, 6_000, cache=CACHE)


def test_as_many_networks_train_together_as_the_cache_holds():
    assert _size([8, 8]) > _size([32, 32]) > _size([64, 32], n_features=64) > 1
    assert _size([1024, 1024], n_features=784) == 1


def test_whatever_takes_room_makes_for_smaller_cohorts():
    assert _size([32, 32], precision="float64") == pytest.approx(_size([32, 32]) / 2, abs=1)
    assert _size([32, 32], optimizer="amsgrad") < _size([32, 32], optimizer="gradient_descent")
    assert _size([32, 32], full_batch=True) < _size([32, 32])


def test_the_cache_of_this_machine_is_what_counts_unless_another_is_given():
    spec = Spec(layers=[{"units": 8}], head="softmax", batch_size=32)
    assert 2**17 <= cache_bytes() <= 2**28
    assert cohort_size(spec, 20, 2, 1_000) == cohort_size(spec, 20, 2, 1_000, cache=cache_bytes())


def test_specs_with_one_key_train_together_and_others_do_not():
    same = [{"learning_rate": 0.1}, {"l2": 1.0}, {"input_keep_prob": 0.5}, {"schedule": "cosine"}]
    assert {cohort_key(Spec(**BASE | each)) for each in same} == {cohort_key(Spec(**BASE))}
    others = [{"batch_size": 8}, {"seed": 1}, {"optimizer": "momentum"}, {"normalise": "none"}, {"epochs": 3}]
    assert len({cohort_key(Spec(**BASE | each)) for each in [{}, *others]}) == len(others) + 1
