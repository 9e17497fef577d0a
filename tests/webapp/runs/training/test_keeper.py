"""The keeper: writing best networks holds training up for a small share of its time."""

import pytest

from webapp.runs.training import keeper
from webapp.runs.training.keeper import Keeper


@pytest.mark.parametrize(("took", "rest"), [(0.5, 100.0), (0.001, 2.0)])
def test_a_best_network_that_was_written_is_followed_by_a_rest_of_two_hundred_times_its_length(
    monkeypatch, took, rest
):
    times = iter([10.0, 10.0 + took])
    monkeypatch.setattr(keeper, "perf_counter", lambda: next(times))
    keeping = Keeper.__new__(Keeper)
    keeping.best = None, type("State", (), {"content": lambda self: []})()
    keeping._write = lambda moment, content: moment
    keeping.write_best()
    assert keeping.best is None
    assert keeping.best_due == pytest.approx(10.0 + took + rest)
