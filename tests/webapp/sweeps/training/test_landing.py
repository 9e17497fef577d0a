"""What a trial leaves when it ends: its history merged, its checkpoint where the disk takes it, no litter."""

import pytest
from django.db import OperationalError

from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import begun, read
from webapp.runs.history.reading import Cursor, news
from webapp.runs.models.checkpoint import shared_path
from webapp.runs.training.recorder import PILE, STAY
from webapp.sweeps.models import Cohort
from webapp.sweeps.scheduling import take
from webapp.sweeps.tasks import LeaseLostError, attempt
from webapp.sweeps.training import recorder as recorders
from webapp.sweeps.training.desk import Desk
from webapp.sweeps.training.flight import Flight
from webapp.sweeps.training.landing import Lander
from webapp.sweeps.training.merging import MANY_CHUNKS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture(autouse=True)
def together(settings):
    settings.HONE_SLOTS = 1


@pytest.mark.parametrize("epochs", [14, 32])
def test_the_chunks_of_a_long_trial_are_merged_while_it_trains_and_at_its_end(monkeypatch, epochs):
    monkeypatch.setattr(recorders, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(recorders, "REST", 0)
    sweep = begun(read(), a_spec(batch_size=6, epochs=epochs), trials=1)
    cohort = take()
    run = sweep.trials.get().run
    most: list[int] = []

    def count() -> bool:
        most.append(run.chunks.count())
        return False

    Flight(cohort, count).fly()
    trial = sweep.trials.select_related("run").get()
    assert (trial.state, trial.run.state, trial.run.lease_until) == ("finished", "finished", None)
    assert len(most) > MANY_CHUNKS
    assert max(most) <= PILE + STAY
    assert not trial.run.chunks.exists()
    series = news(run.pk, Cursor()).series
    assert series["epochs"]["epoch"] == list(range(1, epochs + 1))
    assert series["steps"]["step"] == list(range(1, trial.run.n_steps + 1))


def test_a_full_disk_costs_a_trial_its_checkpoint_and_not_its_result(settings, tmp_path):
    sweep = begun(trials=2)
    cohort = take()
    settings.MEDIA_ROOT = tmp_path / "a file in the way"
    settings.MEDIA_ROOT.write_text("")
    Flight(cohort, lambda: False).fly()
    assert [(trial.state, trial.score is None) for trial in sweep.trials.all()] == [("finished", False)] * 2


def test_the_last_steps_of_a_trial_and_its_end_are_written_together_or_not_at_all(monkeypatch):
    sweep = begun(read(), trials=2)
    flight = Flight(take(), lambda: False)

    def fail(*_: object) -> None:
        raise OperationalError("The database is away.")

    monkeypatch.setattr(flight.lander, "_end", fail)
    with pytest.raises(OperationalError):
        flight.fly()
    runs = [trial.run for trial in sweep.trials.select_related("run")]
    assert [(run.step, run.state, run.chunks.count()) for run in runs] == [(0, "running", 0)] * 2
    sweep.refresh_from_db()
    assert sweep.trained_epochs == 0


def test_trials_that_cannot_be_judged_fail_with_all_that_they_had_told(monkeypatch):
    sweep = begun(read(), trials=2)
    cohort = take()

    def fail(_: Lander) -> None:
        raise MemoryError

    monkeypatch.setattr(Lander, "_judge", fail)
    attempt(cohort, Desk())
    trials = list(sweep.trials.select_related("run"))
    assert [trial.state for trial in trials] == ["failed"] * 2
    assert "memory" in trials[0].reason
    for trial in trials:
        assert trial.run.step == trial.run.n_steps > 0
        assert news(trial.run.pk, Cursor()).series["epochs"]["epoch"] == [1, 2, 3, 4]
    assert not list(shared_path("").glob(f"{cohort.pk}-*"))


def test_a_worker_that_lost_its_cohort_while_trials_end_leaves_no_file(monkeypatch):
    sweep = begun(read(), trials=2)
    cohort = take()
    flight = Flight(cohort, lambda: False)
    judge = flight.lander._judge

    def lose() -> object:
        Cohort.objects.filter(pk=cohort.pk).update(attempt=9)
        return judge()

    monkeypatch.setattr(flight.lander, "_judge", lose)
    with pytest.raises(LeaseLostError):
        flight.fly()
    assert not list(shared_path("").glob(f"{cohort.pk}-*"))
    assert {trial.state for trial in sweep.trials.all()} == {"training"}
