from time import perf_counter

import numpy as np
import pytest
from redis import Redis

from engine import EpochMetrics, StepMetrics
from tests.webapp.runs.factories import a_run
from webapp.runs.cockpit.commands import issue
from webapp.runs.history.reading import Cursor, news
from webapp.runs.live.bell import Bell, channel
from webapp.runs.models import Attempt, LeaseLostError, Run
from webapp.runs.training.recorder import LONGEST, Recorder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def recorder():
    run = Run.objects.claim(a_run().pk)
    run.begin(n_steps=30, n_train=24)
    run.refresh_from_db()
    Attempt.objects.create(run=run, number=run.attempt)
    return Recorder(run, Bell(run.pk))


def step(number, cost=0.5):
    return StepMetrics(step=number, epoch=1, cost=np.array([cost], np.float32))


def epoch(number, dev_error=0.25, dev_cost=0.6):
    one = {name: np.array([0.5]) for name in ("train_cost", "train_error")}
    return EpochMetrics(
        epoch=number, step=number, dev_cost=np.array([dev_cost]), dev_error=np.array([dev_error]), **one
    )


def series(recorder):
    return news(recorder.run.pk, Cursor()).series


def test_steps_become_one_chunk_at_the_flush(recorder):
    for number in (1, 2, 3):
        recorder.take(step(number, cost=1 / number))
    recorder.flush()
    assert series(recorder)["steps"]["step"] == [1, 2, 3]
    assert series(recorder)["steps"]["cost"] == pytest.approx([1, 1 / 2, 1 / 3])
    assert recorder.run.chunks.count() == 1


def test_steps_of_later_flushes_go_on_where_the_last_one_ended(recorder):
    for number in (1, 2, 3, 4):
        recorder.take(step(number))
        recorder.flush()
    assert series(recorder)["steps"]["step"] == [1, 2, 3, 4]


def test_a_flush_without_news_writes_no_chunk(recorder):
    recorder.flush()
    assert recorder.run.chunks.count() == 0


def test_the_row_of_the_run_follows(recorder):
    recorder.take(step(1))
    recorder.take(epoch(1, dev_error=0.25))
    recorder.take(epoch(2, dev_error=0.5))
    recorder.flush()
    recorder.run.refresh_from_db()
    run = recorder.run
    assert (run.step, run.epoch, run.dev_error, run.best_dev_error) == (1, 2, 0.5, 0.25)


def test_numbers_that_are_none_are_gaps_and_never_the_best(recorder):
    recorder.take(step(1, cost=np.nan))
    recorder.take(epoch(1, dev_error=np.nan, dev_cost=np.inf))
    recorder.take(epoch(2, dev_error=0.4))
    recorder.flush()
    recorder.run.refresh_from_db()
    assert series(recorder)["steps"]["cost"] == [None]
    assert series(recorder)["epochs"]["dev_cost"] == [None, 0.6]
    assert recorder.run.best_dev_error == 0.4


def test_a_flush_hears_whether_there_are_commands(recorder):
    recorder.has_news = False
    recorder.take(step(1))
    recorder.flush()
    assert not recorder.has_news
    issue(recorder.run, recorder.run.owner, "stop")
    recorder.flush()
    assert recorder.has_news


def test_a_recorder_that_lost_its_run_writes_nothing(recorder):
    Run.objects.filter(pk=recorder.run.pk).update(attempt=2)
    recorder.take(step(1))
    with pytest.raises(LeaseLostError):
        recorder.flush()
    assert recorder.run.chunks.count() == 0


def test_what_could_not_be_written_is_written_later(recorder, monkeypatch):
    recorder.take(step(1))
    with monkeypatch.context() as broken:
        broken.setattr(Run, "report", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            recorder.flush()
    recorder.take(step(2))
    recorder.flush()
    assert series(recorder)["steps"]["step"] == [1, 2]


def test_the_history_knows_the_speed_of_the_last_seconds(recorder):
    recorder.flush()
    for number in range(1, 11):
        recorder.take(step(number))
    recorder.flush()
    recorder.run.refresh_from_db()
    assert recorder.run.steps_per_second > 0


def test_a_run_that_nobody_looks_at_is_written_once_a_second(recorder):
    recorder.flush()
    assert recorder.due - perf_counter() > LONGEST


def test_a_run_that_somebody_looks_at_is_written_several_times_a_second(recorder, settings):
    with Redis.from_url(settings.REDIS_URL) as redis, redis.pubsub() as viewer:
        viewer.subscribe(channel(recorder.run.pk))
        viewer.get_message(timeout=5)
        recorder.flush()
    assert recorder.due - perf_counter() <= LONGEST


def test_training_goes_on_while_redis_is_away(recorder, settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    recorder.take(step(1))
    recorder.flush()
    assert series(recorder)["steps"]["step"] == [1]
