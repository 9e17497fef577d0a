"""A cohort survives its worker: what another one goes on with ends as if nobody had died."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import begun, read, swept, work
from webapp.runs.history.reading import Cursor, news
from webapp.sweeps import control, tasks, tending
from webapp.sweeps.models import Cohort
from webapp.sweeps.scheduling import take
from webapp.sweeps.training import flight as flights
from webapp.sweeps.training import recorder as recorders
from webapp.sweeps.training.flight import Flight, LetGoError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

LONG = a_spec(batch_size=8, epochs=5)


class KilledError(BaseException):
    """The worker is gone."""


@pytest.fixture(autouse=True)
def often(monkeypatch, settings):
    """All trials train together; every look writes, and keeps a checkpoint."""
    settings.HONE_SLOTS = 1
    monkeypatch.setattr(recorders, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(recorders, "REST", 0)
    monkeypatch.setattr(flights, "KEEP_SECONDS", 0.0)
    monkeypatch.setattr(flights, "REST", 0)


def killed_after(looks: int, cohort: Cohort) -> None:
    """Train until the worker dies at one of its looks at the sweep."""
    left = iter(range(looks))

    def leaving() -> bool:
        if next(left, None) is None:
            raise KilledError
        return False

    with pytest.raises(KilledError):
        Flight(cohort, leaving).fly()
    Cohort.objects.filter(pk=cohort.pk).update(lease_until=now() - timedelta(seconds=1))


def weights(sweep) -> list[str]:
    return list(sweep.trials.order_by("number").values_list("run__weights", flat=True))


@pytest.mark.parametrize("looks", [1, 4, 9])
def test_a_cohort_whose_worker_was_killed_ends_as_if_nothing_had_happened(looks):
    version = read()
    undisturbed, sweep = swept(version, LONG, trials=3), begun(version, LONG, trials=3)
    killed_after(looks, take())
    assert take() is None
    tending.tend()
    work()
    sweep.refresh_from_db()
    assert sweep.state == "finished"
    assert weights(sweep) == weights(undisturbed)
    for trial in sweep.trials.select_related("run"):
        series = news(trial.run.pk, Cursor()).series
        assert series["steps"]["step"] == list(range(1, trial.run.n_steps + 1))
        assert series["epochs"]["epoch"] == list(range(1, 6))
    assert sweep.trials.count() == 3


def test_a_cohort_that_kills_every_worker_fails_with_advice():
    sweep = begun(read(), LONG, trials=2)
    cohort = take()
    for _ in range(3):
        Cohort.objects.filter(pk=cohort.pk).update(lease_until=now() - timedelta(seconds=1))
        tending.tend()
        taken = take()
    assert taken is None
    sweep.refresh_from_db()
    assert sweep.state == "failed"
    assert {trial.state for trial in sweep.trials.all()} == {"failed"}
    assert "died 3 times" in sweep.reason
    assert "search smaller networks" in sweep.reason


def test_a_paused_sweep_goes_on_where_it_was():
    version = read()
    undisturbed, sweep = swept(version, LONG, trials=3), begun(version, LONG, trials=3)
    cohort, looks = take(), iter(range(6))

    def pause_after_some() -> bool:
        if next(looks, None) is None and sweep.is_running:
            control.pause(sweep)
        return False

    with pytest.raises(LetGoError):
        Flight(cohort, pause_after_some).fly()
    runs = [trial.run for trial in sweep.trials.select_related("run")]
    assert {run.state for run in runs} == {"paused"}
    assert runs[0].step > 0
    work()
    assert take() is None
    control.resume(sweep)
    work()
    sweep.refresh_from_db()
    assert sweep.state == "finished"
    assert weights(sweep) == weights(undisturbed)


def test_a_stopped_sweep_ends_its_trials_at_their_next_look_and_keeps_what_they_reached():
    sweep = begun(read(), LONG, trials=3)
    cohort, looks = take(), iter(range(6))

    def stop_after_some() -> bool:
        if next(looks, None) is None:
            control.stop(sweep)
        return False

    Flight(cohort, stop_after_some).fly()
    sweep.refresh_from_db()
    assert (sweep.state, sweep.reason) == ("stopped", "It was stopped.")
    for trial in sweep.trials.select_related("run"):
        assert (trial.state, trial.run.state) == ("stopped", "stopped")
        assert 0 < trial.run.step < trial.run.n_steps
        assert trial.run.checkpoints.get().step == trial.run.step
    assert take() is None


def test_a_worker_that_lost_its_cohort_writes_nothing_more():
    sweep = begun(read(), LONG, trials=2)
    cohort = take()

    def lose() -> bool:
        Cohort.objects.filter(pk=cohort.pk).update(attempt=9)
        return False

    with pytest.raises(tasks.LeaseLostError):
        Flight(cohort, lose).fly()
    assert {trial.state for trial in sweep.trials.all()} == {"training"}


def test_trials_that_had_ended_when_the_worker_died_are_not_trained_again():
    sweep = begun(read(), LONG, trials=2)
    cohort = take()
    Flight(cohort, lambda: False).fly()
    before = weights(sweep)
    Cohort.objects.filter(pk=cohort.pk).update(state="training", lease_until=now() - timedelta(seconds=1))
    tending.tend()
    work()
    sweep.refresh_from_db()
    assert sweep.state == "finished"
    assert weights(sweep) == before
    assert {trial.run.attempt for trial in sweep.trials.select_related("run")} == {1}


def test_trials_whose_worker_died_before_the_sweep_was_stopped_end_with_it():
    sweep = begun(read(), LONG, trials=2)
    killed_after(1, take())
    control.stop(sweep)
    tending.tend()
    assert {trial.state for trial in sweep.trials.all()} == {"stopped"}
    assert {trial.run.state for trial in sweep.trials.select_related("run")} == {"stopped"}
