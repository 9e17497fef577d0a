"""A cohort survives its worker: what another one goes on with ends as if nobody had died."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils.timezone import now

from engine.early_stopping import Patience
from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import HEIGHTS, WILD, begun, read, swept, work
from webapp.runs.history.reading import Cursor, news
from webapp.sweeps import control, tasks, tending
from webapp.sweeps.models import Cohort, Sweep, folder_of
from webapp.sweeps.scheduling import take
from webapp.sweeps.training import flight as flights
from webapp.sweeps.training import recorder as recorders
from webapp.sweeps.training.flight import Flight, LetGoError
from webapp.sweeps.training.landing import close

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


def test_a_cohort_that_was_let_go_when_its_sweep_had_been_stopped_ends_with_it():
    sweep = begun(read(), LONG, trials=2)
    cohort = take()
    control.pause(sweep)
    control.stop(sweep)
    cohort.let_go()
    revisions = [trial.run.revision for trial in sweep.trials.select_related("run")]
    with pytest.raises(ValueError, match="still trains"):
        control.delete(sweep)
    tending.tend()
    assert {trial.state for trial in sweep.trials.all()} == {"stopped"}
    runs = [trial.run for trial in sweep.trials.select_related("run")]
    assert [(run.state, run.revision) for run in runs] == [("stopped", n + 1) for n in revisions]
    control.delete(sweep)


def test_the_runs_of_a_cohort_that_lost_its_worker_are_not_said_to_train():
    sweep = begun(read(), LONG, trials=2)
    killed_after(1, take())
    tending.tend()
    assert {trial.run.state for trial in sweep.trials.select_related("run")} == {"paused"}
    work()
    assert {trial.run.state for trial in sweep.trials.select_related("run")} == {"finished"}


def test_a_worker_that_dies_between_a_checkpoint_and_its_row_loses_no_step(monkeypatch):
    version = read()
    undisturbed, sweep = swept(version, LONG, trials=2), begun(version, LONG, trials=2)
    keep, kept = Cohort.keep, []

    def die_once(cohort: Cohort, *done: float) -> None:
        kept.append(done)
        if len(kept) == 5:
            raise KilledError
        keep(cohort, *done)

    monkeypatch.setattr(Cohort, "keep", die_once)
    with pytest.raises(KilledError):
        Flight(take(), lambda: False).fly()
    Cohort.objects.filter(sweep=sweep).update(lease_until=now() - timedelta(seconds=1))
    tending.tend()
    work()
    assert weights(sweep) == weights(undisturbed)
    for trial in sweep.trials.select_related("run"):
        series = news(trial.run.pk, Cursor()).series
        assert series["steps"]["step"] == list(range(1, trial.run.n_steps + 1))
        assert trial.run.step == trial.run.n_steps
    assert not list(folder_of(sweep.pk).glob("*"))


@pytest.mark.parametrize("has_checkpoint", [True, False])
def test_a_cohort_goes_on_when_the_run_of_a_trial_that_had_ended_was_deleted(has_checkpoint):
    version = read()
    undisturbed, sweep = swept(version, LONG, trials=3), begun(version, LONG, trials=3)
    cohort = take()
    killed_after(4 if has_checkpoint else 0, cohort)
    assert bool(Cohort.objects.get(pk=cohort.pk).step) == has_checkpoint
    first = sweep.trials.select_related("run").first()
    close([first], "pruned", "Given up.", sweep.touch())
    first.run.delete()
    tending.tend()
    work()
    assert weights(sweep) == [None, *weights(undisturbed)[1:]]


def test_a_pause_in_the_moment_in_which_all_diverge_lets_nobody_wait_for_ever():
    space = {"dimensions": {"learning_rate": {"kind": "log", "low": 5, "high": 10}}}
    sweep = begun(read(HEIGHTS), WILD, space=space, trials=2)
    cohort = take()

    def pause_when_none_is_a_number() -> bool:
        return not np.isfinite(flight.trainer.cost).any()

    flight = Flight(cohort, pause_when_none_is_a_number)
    flight.fly()
    assert {trial.state for trial in sweep.trials.all()} == {"diverged"}


def test_a_pause_in_the_moment_in_which_all_stop_early_lets_nobody_wait_for_ever():
    spec = LONG.model_copy(update={"early_stopping": Patience(patience=1, min_delta=1e3), "epochs": 9})
    sweep = begun(read(), spec, trials=2)
    cohort = take()

    def pause_when_all_have_stopped() -> bool:
        return bool(flight.trainer.watch.stopped.all())

    flight = Flight(cohort, pause_when_all_have_stopped)
    flight.fly()
    assert [(trial.state, trial.epoch) for trial in sweep.trials.all()] == [("finished", 2)] * 2


def test_minutes_that_were_added_hold_for_those_that_train():
    sweep = begun(read(), LONG, trials=2, minutes=0.001)
    cohort, looks = take(), iter(range(2))

    def more_after_some() -> bool:
        if next(looks, None) is None:
            return False
        control.set_budget(sweep, minutes=60)
        Sweep.objects.filter(pk=sweep.pk).update(resumed=now() - timedelta(minutes=1))
        return False

    Sweep.objects.filter(pk=sweep.pk).update(resumed=now() + timedelta(minutes=1))
    Flight(cohort, more_after_some).fly()
    assert {trial.state for trial in sweep.trials.all()} == {"finished"}
