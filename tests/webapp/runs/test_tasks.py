"""The training task, called as Celery calls it, on a small file that was really read."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import OperationalError, connection

from engine import Dense
from tests.lab_process import wait_until
from tests.webapp.datasets.factories import a_version
from webapp.datasets.heartbeat import Heartbeat
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset, Version
from webapp.runs import tasks
from webapp.runs.history.reading import Cursor, news
from webapp.runs.models import Run
from webapp.runs.training import session

from .factories import a_run, a_spec

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

HEIGHTS = "age,height\n" + "\n".join(f"{age},{75 + 6 * age}" for age in range(1, 41))
# Nothing tells heads from tails here: a network that learns them by heart soon gets worse on others
COINS = "x,side\n" + "\n".join(f"{x},{'heads' if x * x % 7 in (1, 2) else 'tails'}" for x in range(40))
SIDES = "x,side\n" + "\n".join(f"{x},{'right' if x > 0 else 'left'}" for x in range(-20, 20))


def read(text: str) -> Version:
    version = a_version(state="parsing")
    version.dataset.folder.mkdir(parents=True, exist_ok=True)
    version.dataset.source.write_text(text)
    ingest(version.pk)
    version.refresh_from_db()
    assert version.is_ready, version.problem
    return version


def trained(version: Version, **changes) -> Run:
    run = a_run(a_spec(**{"batch_size": 8, **changes}), version=version)
    tasks.train_run(run.pk)
    run.refresh_from_db()
    return run


def test_a_run_trains_to_its_end_and_every_step_is_in_its_history():
    run = trained(read(SIDES), epochs=30, learning_rate=0.05)
    assert (run.state, run.reason, run.step, run.epoch) == ("finished", "", 90, 30)
    series = news(run.pk, Cursor()).series
    assert series["steps"]["step"] == list(range(1, 91))
    assert series["epochs"]["epoch"] == list(range(1, 31))
    assert series["steps"]["cost"][-1] < series["steps"]["cost"][0]
    assert run.best_dev_error <= 0.25


def test_the_trained_network_is_judged_by_the_test_part_and_the_verdict_kept():
    version = read(HEIGHTS)
    run = trained(version, head="squared_error", epochs=200, learning_rate=0.05)
    labels = np.load(version.folder / "labels.npy")
    assert 0 < run.test_error < labels.std()
    assert run.test_error != run.dev_error


def test_without_a_test_part_there_is_no_verdict():
    version = read(SIDES)
    Version.objects.filter(pk=version.pk).update(n_test=0)
    run = trained(version)
    assert (run.state, run.test_error) == ("finished", None)


def test_a_run_that_stops_early_is_finished_and_says_which_epoch_was_the_best():
    patient = {"kind": "patience", "patience": 2}
    run = trained(read(COINS), epochs=500, learning_rate=0.1, early_stopping=patient)
    assert run.state == "finished"
    assert run.epoch < 500
    assert (
        f"Stopped early after epoch {run.epoch}: nothing got better since epoch {run.epoch - 2}."
        == run.reason
    )


def test_a_run_whose_cost_is_no_number_any_more_diverges_with_step_and_advice():
    spec = {"head": "squared_error", "optimizer": "gradient_descent", "learning_rate": 10.0, "epochs": 200}
    run = trained(read(HEIGHTS), layers=(Dense(units=8), Dense(units=8)), **spec)
    assert run.state == "diverged"
    assert f"at step {run.step:,}" in run.reason
    assert "Lower the learning rate, from 10 to about 1" in run.reason
    costs = news(run.pk, Cursor()).series["steps"]["cost"]
    assert len(costs) == run.step
    assert None not in costs[:1]
    assert costs[-1] is None


def test_a_run_whose_data_cannot_be_split_fails_with_the_reason():
    run = trained(read(SIDES), batch_size=64)
    assert run.state == "failed"
    assert "batch" in run.reason


def test_a_run_that_needs_too_much_memory_fails_before_it_starts(settings):
    settings.HONE_RUN_MEMORY_BYTES = 1000
    run = trained(read(SIDES))
    assert run.state == "failed"
    assert "lower the units" in run.reason
    assert run.chunks.count() == 0


def test_a_run_is_not_trained_on_data_that_went_into_quarantine_while_it_waited():
    version = read(SIDES)
    Dataset.objects.update(quarantine="Damaged: torn.")
    run = trained(version)
    assert (run.state, run.step) == ("failed", 0)
    assert run.reason == "“points” is in quarantine, so nothing is trained on it. Damaged: torn."


def test_running_out_of_memory_fails_the_run_and_spares_the_worker(monkeypatch):
    def exhaust(*_):
        raise MemoryError

    monkeypatch.setattr(session, "prepare", exhaust)
    run = trained(read(SIDES))
    assert run.state == "failed"
    assert "ran out of memory" in run.reason


def test_files_that_are_gone_fail_the_run_and_spare_the_worker():
    version = read(SIDES)
    (version.folder / "features.npy").unlink()
    run = trained(version)
    assert run.state == "failed"
    assert "FileNotFoundError" in run.reason


def test_a_second_message_for_the_same_run_changes_nothing():
    run = trained(read(SIDES))
    chunks = run.chunks.count()
    tasks.train_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.chunks.count()) == ("finished", 1, chunks)


def test_a_worker_that_was_overtaken_lets_go_without_a_word(monkeypatch):
    version = read(SIDES)
    run = a_run(a_spec(epochs=100_000, batch_size=8), version=version)
    begin = Run.begin

    def begin_and_be_overtaken(self, **facts):
        begin(self, **facts)
        Run.objects.filter(pk=self.pk).update(attempt=2)

    monkeypatch.setattr(Run, "begin", begin_and_be_overtaken)
    tasks.train_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.chunks.count()) == ("running", 2, 0)


def test_a_worker_that_leaves_gives_its_run_back_for_another_one():
    run = a_run(a_spec(epochs=100_000, batch_size=8), version=read(SIDES))
    tasks.leave()
    try:
        tasks.train_run(run.pk)
    finally:
        tasks.LEAVING.clear()
    run.refresh_from_db()
    assert (run.state, run.attempt, run.deaths) == ("queued", 1, 0)


def test_a_long_silence_does_not_cost_the_lease():
    run = Run.objects.claim(a_run().pk)
    before = run.lease_until
    connection.close()
    with Heartbeat(run.hold, timedelta(seconds=0.2), "the run"):
        wait_until(Run.objects.filter(pk=run.pk, lease_until__gt=before).exists, 10, "a sign of life")


def test_a_sign_of_life_that_failed_is_tried_again_on_a_connection_of_its_own():
    found = []

    def renew():
        found.append(connection.connection)
        connection.ensure_connection()
        if len(found) == 1:
            raise OperationalError("the server closed the connection")

    with Heartbeat(renew, timedelta(seconds=0.2), "the run"):
        wait_until(lambda: len(found) > 1, 10, "another try")
    assert found[:2] == [None, None]


def test_a_run_whose_database_went_away_is_not_failed_but_left_to_the_reaper(monkeypatch):
    run = a_run(a_spec(batch_size=8), version=read(SIDES))

    def gone(*_, **__):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(Run, "begin", gone)
    with pytest.raises(OperationalError):
        tasks.train_run(run.pk)
    run.refresh_from_db()
    assert run.state == "starting"
    assert run.lease_until is not None
