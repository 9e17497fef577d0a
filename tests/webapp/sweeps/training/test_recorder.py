"""When the recorder of a cohort wants to write."""

import pytest

from engine import EpochMetrics, StepMetrics
from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import begun, read
from webapp.sweeps.scheduling import take
from webapp.sweeps.training import recorder as recorders
from webapp.sweeps.training.flight import Flight

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def moments_due(monkeypatch, *pace: float) -> tuple[list[float], float]:
    """When a flush is due while a cohort takes so many seconds for each of its steps, the last number for all
    that follow; and when it is through."""
    now = 0.0
    monkeypatch.setattr(recorders, "perf_counter", lambda: now)
    begun(read(), a_spec(batch_size=6, epochs=2), trials=2)
    flight, due = Flight(take(), lambda: False), []
    for event in flight.trainer:
        if isinstance(event, StepMetrics):
            now += pace[min(event.step, len(pace)) - 1]
        if isinstance(event, StepMetrics | EpochMetrics) and flight.recorder.take(event):
            due.append(round(now, 3))
            flight.recorder.flush()
    return due, now


def test_a_training_of_less_than_two_seconds_is_written_at_its_end(monkeypatch):
    due, end = moments_due(monkeypatch, 0.15)
    assert 1 < end < 2
    assert due == []


def test_a_longer_one_is_written_every_second_or_so_but_for_the_last(monkeypatch):
    due, end = moments_due(monkeypatch, 0.3)
    assert end == pytest.approx(3.6)
    assert due == [1.2, 2.4]


def test_one_that_slows_down_near_its_end_is_put_off_only_once(monkeypatch):
    due, _ = moments_due(monkeypatch, *[0.15] * 7, 2)
    assert due[0] == 3.05
