"""How many networks of a sweep train together."""

import pytest

from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import a_plan, read
from webapp.sweeps import admission
from webapp.sweeps.admission import CROWD, CROWD_TO_PRUNE, LARGEST, PAIR, Admission

SPEC = a_spec(batch_size=8)
HALVING = {"kind": "halving"}


@pytest.fixture
def together(monkeypatch, db):
    """How many train together on a processor with such a cache (bytes)."""
    version = read()

    def most(cache: int, **plan) -> int:
        monkeypatch.setattr(admission, "cache_bytes", lambda: cache)
        return Admission(version, SPEC.model_dump(mode="json"), a_plan(**plan)).most_together(SPEC)

    return most


@pytest.fixture
def one(together):
    """Bytes of a network, with its moments and activations: the smallest cache that holds it."""
    return next(size for size in range(1, 1 << 20) if together(size) > PAIR)


def test_small_networks_train_together_several_to_what_the_cache_holds(together, one):
    assert together(one) == CROWD
    assert together(2 * one) == 2 * CROWD
    assert together(1 << 30) == LARGEST


def test_networks_that_fill_the_cache_by_themselves_train_in_pairs_and_larger_ones_alone(together, one):
    assert together(one - 1) == PAIR
    assert together(one // 4) == PAIR
    assert together(one // 16) == 1


def test_with_pruning_more_begin_together_for_most_are_dropped_soon(together, one):
    assert together(one, pruning=HALVING) == CROWD_TO_PRUNE
    assert together(one // 8, pruning=HALVING) == 2
