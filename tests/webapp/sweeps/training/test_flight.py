"""Sweeps trained through the task as Celery calls it."""

import numpy as np
import pytest
from django.conf import settings
from redis import Redis

from engine import EpochMetrics, Trainer
from tests.webapp.runs.factories import a_run, a_spec
from tests.webapp.sweeps.sweeping import begun, read, swept
from webapp.datasets.preparation import prepare
from webapp.runs.history.reading import Cursor, news
from webapp.runs.queue import announce
from webapp.sweeps import queue, tasks
from webapp.sweeps.results import best_of, rows_of
from webapp.sweeps.scheduling import take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def test_every_trial_is_trained_to_its_end_as_a_run_with_its_history():
    sweep = swept()
    assert (sweep.state, sweep.reason, sweep.trained_epochs) == ("finished", "", 24)
    rows = rows_of(sweep)
    assert [(row.number, row.state, row.epoch) for row in rows] == [(n, "finished", 4) for n in range(1, 7)]
    assert len({row.values["learning_rate"] for row in rows}) == 6
    for trial in sweep.trials.select_related("run"):
        run, series = trial.run, news(trial.run.pk, Cursor()).series
        steps = list(range(1, run.n_steps + 1))
        assert (run.state, run.step, run.epoch, run.is_trial) == ("finished", run.n_steps, 4, True)
        assert series["steps"]["step"] == steps
        assert series["steps"]["learning_rate"] == pytest.approx([trial.values["learning_rate"]] * len(steps))
        assert run.dev_error == trial.score == pytest.approx(series["epochs"]["dev_error"][-1])
        assert run.best_dev_error == pytest.approx(min(series["epochs"]["dev_error"]))
        assert run.weights
        assert run.test_error is not None


def test_a_new_cohort_knows_its_trials_as_the_database_does(settings):
    settings.HONE_SLOTS = 1
    begun(trials=3)
    cohort = take()
    again = type(cohort).objects.get(pk=cohort.pk)
    known = [
        [
            (
                *(one.number, one.values, one.state, one.revision, one.cohort_id, one.run_id, one.score),
                *(one.run.spec, one.run.attempt, one.run.revision, one.run.best_dev_error),
            )
            for one in crew
        ]
        for crew in (cohort.crew, again.crew)
    ]
    assert known[0] == known[1]
    assert [one[0] for one in known[0]] == [1, 2, 3]


def test_a_trial_is_the_run_that_its_spec_is_alone():
    sweep = swept(spec=a_spec(batch_size=8, epochs=4, optimizer="momentum"))
    for trial in sweep.trials.select_related("run")[:3]:
        trainer = Trainer(trial.run.configuration, prepare(sweep.version, trial.run.configuration))
        costs = [event.dev_cost.item(0) for event in trainer if type(event) is EpochMetrics]
        series = news(trial.run.pk, Cursor()).series
        np.testing.assert_allclose(series["epochs"]["dev_cost"], costs, rtol=1e-4)


@pytest.mark.parametrize("schedule", ["constant", {"kind": "reduce_on_plateau", "metric": "train_cost"}])
def test_a_trial_is_judged_by_as_many_training_examples_as_dev_has_unless_its_schedule_goes_by_them(schedule):
    sweep = swept(spec=a_spec(batch_size=8, epochs=2, schedule=schedule), trials=1)
    run = sweep.trials.get().run
    data = prepare(sweep.version, run.configuration)
    n_dev = len(data.x_dev)
    assert n_dev < data.n_train
    judged = n_dev if schedule == "constant" else data.n_train
    trainer = Trainer(run.configuration, data, max_evaluated=judged)
    *_, last = (event.train_cost.item(0) for event in trainer if type(event) is EpochMetrics)
    assert news(run.pk, Cursor()).series["epochs"]["train_cost"][-1] == pytest.approx(last, rel=1e-4)


def test_trials_of_different_shape_train_in_cohorts_of_their_own():
    space = {"dimensions": {"layers.units": {"kind": "options", "options": [2, 3]}}}
    sweep = swept(space=space, trials=8)
    shapes = {
        tuple(sorted({trial.values["layers.units"] for trial in cohort.trials.all()}))
        for cohort in sweep.cohorts.all()
    }
    assert shapes == {(2,), (3,)}
    assert sweep.state == "finished"
    assert best_of(rows_of(sweep)).score <= 0.5


def test_halving_gives_up_the_worse_and_keeps_what_they_had_reached():
    sweep = swept(
        read(), a_spec(batch_size=8, epochs=9), pruning={"kind": "halving", "eta": 3, "first": 1}, trials=9
    )
    rows = rows_of(sweep)
    assert {row.state for row in rows} == {"finished", "pruned"}
    pruned = [row for row in rows if row.state == "pruned"]
    assert {row.epoch for row in pruned} <= {1, 3}
    assert all(row.score is not None and "Given up after epoch" in row.reason for row in pruned)
    run = sweep.trials.filter(state="pruned").first().run
    assert (run.state, run.dev_error) == ("stopped", run.trial.score)
    assert run.checkpoints.get().file().exists()


def test_a_worker_that_hears_of_a_sweep_trains_all_of_it():
    sweep = begun(trials=8)
    Redis.from_url(settings.REDIS_URL).delete(settings.CELERY_TASK_DEFAULT_QUEUE)
    tasks.train_cohorts(sweep.pk)
    sweep.refresh_from_db()
    assert sweep.state == "finished"
    assert queue.waiting() == [queue.TASK]  # for whoever else is free


def test_a_worker_takes_its_turn_when_a_run_waits():
    sweep = begun(trials=8, space={"dimensions": {"layers.units": {"kind": "options", "options": [2, 3]}}})
    Redis.from_url(settings.REDIS_URL).delete(settings.CELERY_TASK_DEFAULT_QUEUE)
    announce(a_run().pk)
    tasks.train_cohorts(sweep.pk)
    sweep.refresh_from_db()
    assert sweep.is_running
    assert sweep.cohorts.count() == 1
    assert queue.waiting() == [queue.TASK, "webapp.runs.tasks.train_run"]
