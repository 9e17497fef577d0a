"""When the recorder of a cohort wants to write."""

import pytest

from engine import EpochMetrics, StepMetrics
from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import HEIGHTS, WILD, begun, read
from webapp.runs.history.reading import Cursor, news
from webapp.sweeps.scheduling import take
from webapp.sweeps.training import recorder as recorders
from webapp.sweeps.training.flight import Flight
from webapp.sweeps.training.recorder import Recorder

WILD_RATES = {"learning_rate": {"kind": "log", "low": 5, "high": 10}}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture(autouse=True)
def together(settings):
    settings.HONE_SLOTS = 1


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


def test_what_is_written_once_has_every_step_and_epoch(monkeypatch):
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.02
        return now

    monkeypatch.setattr(recorders, "perf_counter", clock)
    sweep = begun(read(), a_spec(batch_size=6, epochs=6), trials=2)
    Flight(take(), lambda: False).fly()
    assert now > 1
    for trial in sweep.trials.select_related("run"):
        series = news(trial.run.pk, Cursor()).series
        assert trial.run.chunks.count() == 1
        assert series["steps"]["step"] == list(range(1, trial.run.n_steps + 1))
        assert series["epochs"]["epoch"] == list(range(1, 7))


def test_one_that_diverges_while_a_flush_is_put_off_has_diverged(monkeypatch):
    monkeypatch.setattr(Recorder, "_is_left_to_the_end", lambda *_: True)
    sweep = begun(read(HEIGHTS), WILD, trials=2, space={"dimensions": WILD_RATES})
    Flight(take(), lambda: False).fly()
    assert {trial.state for trial in sweep.trials.all()} == {"diverged"}


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
