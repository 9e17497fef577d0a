"""How sweeps end, and what is refused beforehand."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_spec, a_user
from tests.webapp.sweeps.sweeping import HEIGHTS, RATES, WILD, a_plan, begun, read, swept, work
from webapp.datasets.models import Dataset, Version
from webapp.runs.history.reading import Cursor, news
from webapp.runs.models import Run
from webapp.runs.tasks import train_run
from webapp.sweeps import control, planning
from webapp.sweeps.admission import Entry
from webapp.sweeps.models import Sweep
from webapp.sweeps.promoting import promote, retrain
from webapp.sweeps.scheduling import in_turn, take
from webapp.sweeps.space import Space
from webapp.sweeps.starting import PlanError, start
from webapp.sweeps.tasks import train
from webapp.sweeps.training import recorder as recorders
from webapp.sweeps.training.desk import Desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def states(sweep: Sweep) -> list[str]:
    return list(sweep.trials.order_by("number").values_list("state", flat=True))


@pytest.mark.parametrize("often", [False, True])
def test_a_sweep_whose_every_trial_diverges_fails_and_says_what_to_search(monkeypatch, often):
    if often:
        monkeypatch.setattr(recorders, "FLUSH_SECONDS", 0.0)
        monkeypatch.setattr(recorders, "REST", 0)
    space = {"dimensions": {"learning_rate": {"kind": "log", "low": 5, "high": 10}}}
    sweep = swept(read(HEIGHTS), WILD, space=space, trials=4)
    assert states(sweep) == ["diverged"] * 4
    assert sweep.state == "failed"
    assert sweep.reason.startswith("All of its trials diverged.")
    assert "from 0.05 to 5" in sweep.reason
    trial = sweep.trials.select_related("run").first()
    assert trial.run.state == "diverged"
    assert "stopped being a number at step" in trial.reason
    assert news(trial.run.pk, Cursor()).series["steps"]["step"] == list(range(1, trial.run.step + 1))
    assert trial.run.step > 0
    assert trial.score is None


def test_a_trial_that_diverges_leaves_the_others_alone():
    space = {"dimensions": {"learning_rate": {"kind": "options", "options": [0.001, 10]}}}
    sweep = swept(read(HEIGHTS), WILD, space=space, trials=6)
    assert sweep.state == "finished"
    found = {trial.values["learning_rate"]: trial.state for trial in sweep.trials.all()}
    assert found == {0.001: "finished", 10: "diverged"}


def test_trials_that_would_not_fit_into_memory_are_refused_before_they_begin(settings):
    settings.HONE_RUN_MEMORY_BYTES = 5_000_000
    space = {"dimensions": {"layers.units": {"kind": "options", "options": [4, 60_000]}}}
    sweep = swept(read(), space=space, trials=6)
    refused = [trial for trial in sweep.trials.all() if trial.state == "refused"]
    assert {trial.values["layers.units"] for trial in refused} == {60_000}
    assert all("MB of memory" in trial.reason and trial.run is None for trial in refused)
    assert sweep.state == "finished"


def test_a_batch_larger_than_the_training_part_is_refused_for_that_trial_alone():
    space = {"dimensions": {"batch_size": {"kind": "powers_of_two", "low": 8, "high": 1024}}}
    sweep = swept(read(), space=space, trials=10)
    reasons = {trial.reason for trial in sweep.trials.all() if trial.state == "refused"}
    assert any("batch_size is 1024" in reason for reason in reasons)
    assert "finished" in states(sweep)


def test_a_sweep_of_which_nothing_can_be_trained_fails_with_the_reason(settings):
    settings.HONE_RUN_MEMORY_BYTES = 1000
    sweep = swept(trials=3)
    assert states(sweep) == ["refused"] * 3
    assert sweep.state == "failed"
    assert "None of its trials could be trained. Of the first: It would need about" in sweep.reason


def test_the_budget_of_epochs_ends_a_sweep_and_is_named():
    space = {"dimensions": {"layers.units": {"kind": "integers", "low": 1, "high": 40}}}
    sweep = swept(space=space, trials=500, epochs=40)
    assert sweep.state == "finished"
    assert sweep.reason == "Its budget of 40 epochs is used up."
    assert sweep.trained_epochs == 40
    assert sweep.trials.count() == 10


def test_the_best_are_trained_again_with_other_seeds():
    sweep = swept(trials=5, finalists=2, seeds=3)
    again = list(sweep.trials.exclude(repeats=None).select_related("repeats", "run"))
    assert len(again) == 6
    best = list(sweep.trials.filter(repeats=None).ranked()[:2])
    assert {trial.repeats for trial in again} == set(best)
    assert sorted(trial.run.spec["seed"] for trial in again) == [1, 1, 2, 2, 3, 3]
    assert sweep.state == "finished"


def test_an_ended_sweep_takes_more_trials_and_suggests_none_twice():
    sweep = swept(trials=3)
    control.add_trials(sweep, 2)
    work()
    sweep.refresh_from_db()
    assert sweep.state == "finished"
    rates = [trial.values["learning_rate"] for trial in sweep.trials.all()]
    assert len(set(rates)) == 5


def test_a_narrowed_range_holds_for_the_trials_that_have_not_begun():
    sweep = begun(trials=4)
    narrow = {"dimensions": {"learning_rate": {"kind": "log", "low": 0.01, "high": 0.02}}}
    control.narrow(sweep, Space.model_validate(narrow))
    work()
    assert all(0.01 <= trial.values["learning_rate"] <= 0.02 for trial in sweep.trials.all())


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (lambda sweep: control.resume(sweep), "only a paused sweep"),
        (lambda sweep: control.add_trials(sweep, 0), "at least 1"),
        (lambda sweep: control.add_trials(sweep, 10_000), "too many"),
        (lambda sweep: control.narrow(sweep, Space()), "not what is searched"),
        (lambda sweep: control.delete(sweep), "still trains"),
    ],
)
def test_what_cannot_be_done_to_a_running_sweep_is_said(command, words):
    with pytest.raises(ValueError, match=words):
        command(begun())


@pytest.mark.parametrize("command", [control.pause, control.stop, control.resume])
def test_an_ended_sweep_cannot_be_flown(command):
    sweep = swept(trials=1)
    with pytest.raises(ValueError, match="finished"):
        command(sweep)


def test_fewer_trials_than_were_begun_are_refused():
    sweep = swept(trials=3)
    with pytest.raises(ValueError, match="3 trials were begun"):
        control.set_budget(sweep, trials=2)


def test_a_deleted_sweep_takes_its_runs_with_it():
    sweep = swept(trials=2)
    runs = [trial.run for trial in sweep.trials.all()]
    control.delete(sweep)
    assert not Sweep.objects.exists()
    for run in runs:
        run.refresh_from_db()
        assert run.deleted


def test_a_space_that_the_network_does_not_have_is_refused_at_its_path():
    version, unknown = read(), {"dimensions": {**RATES, "optimizer.rho": RATES["learning_rate"]}}
    with pytest.raises(PlanError) as refused:
        start(a_user(), version, a_spec(), a_plan(space=unknown), "a sweep")
    assert refused.value.problems == {"space.optimizer.rho": "There is no optimizer.rho in this network."}
    assert not Sweep.objects.exists()


def test_a_sweep_on_a_version_that_was_deleted_is_refused():
    version = read()
    Version.objects.filter(pk=version.pk).delete()
    with pytest.raises(PlanError, match="deleted meanwhile"):
        start(a_user(), version, a_spec(), a_plan(), "a sweep")


def test_data_that_went_into_quarantine_are_not_trained_on():
    sweep = begun(trials=2)
    Dataset.objects.update(quarantine="Damaged: torn.")
    work()
    sweep.refresh_from_db()
    assert states(sweep) == ["failed"] * 2
    assert sweep.state == "failed"
    assert "in quarantine" in sweep.reason


def test_free_workers_turn_to_whom_has_the_fewest_cohorts():
    version, space = read(), {"dimensions": {"layers.units": {"kind": "options", "options": [2, 3, 4]}}}
    first, second = begun(version, space=space), begun(version, space=space)
    Sweep.objects.filter(pk=second.pk).update(owner=a_user("grace"))
    taken = [take().sweep_id for _ in range(4)]
    assert taken == [first.pk, second.pk, first.pk, second.pk]
    assert [sweep.pk for sweep in in_turn()] == [first.pk, second.pk]


def test_a_promoted_trial_goes_on_from_its_last_step_as_a_run_of_its_own():
    sweep = swept(trials=2)
    trial = sweep.trials.select_related("run").first()
    run = promote(trial, 9, sweep.owner)
    assert (run.state, run.is_trial, run.step, run.branched_from) == (
        "queued",
        False,
        trial.run.step,
        trial.run,
    )
    assert run.name == f"Trial {trial.number} promoted, of {sweep.name}"
    train_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.epoch) == ("finished", 9)


def test_a_run_from_a_trial_of_a_sweep_with_a_long_name_has_a_shorter_one():
    sweep = swept(trials=1)
    sweep.name = "Digits, learning rate, L2, hidden layer 1, units and 7 more"
    trial = sweep.trials.get()
    trial.sweep = sweep
    [run] = retrain([trial], 7, 1, sweep.owner)
    assert run.name == "Trial 1 with seed 0, of Digits, learning rate, L2, hidden layer…"


def test_a_trial_without_a_checkpoint_or_with_too_few_epochs_is_not_promoted():
    sweep = swept(trials=1)
    trial = sweep.trials.get()
    with pytest.raises(ValueError, match="give more than that"):
        promote(trial, 4, sweep.owner)
    trial.run.checkpoints.all().delete()
    with pytest.raises(ValueError, match="left no checkpoint"):
        promote(trial, 9, sweep.owner)


def test_a_trial_of_a_sweep_that_was_deleted_meanwhile_leads_to_no_run():
    sweep = swept(trials=1)
    trial = sweep.trials.select_related("run").get()
    control.delete(Sweep.objects.get(pk=sweep.pk))
    with pytest.raises(ValueError, match="deleted meanwhile"):
        promote(trial, 9, sweep.owner)
    with pytest.raises(ValueError, match="deleted meanwhile"):
        retrain([trial], 9, 1, sweep.owner)
    assert not Run.objects.filter(is_trial=False).exists()


def test_the_best_are_trained_again_as_live_runs_with_several_seeds():
    sweep = swept(trials=2)
    runs = retrain(list(sweep.trials.ranked()), 7, 2, sweep.owner)
    assert [(run.spec["epochs"], run.spec["seed"], run.is_trial) for run in runs] == [
        (7, 0, False),
        (7, 1, False),
    ] * 2
    with pytest.raises(ValueError, match="1 to 100 runs"):
        retrain(list(sweep.trials.all()), 7, 99, sweep.owner)


def test_a_budget_that_was_raised_suggests_none_again_that_had_its_turn():
    space = {"dimensions": {"layers.units": {"kind": "options", "options": [1, 2, 3]}, **RATES}}
    sweep = swept(space=space, trials=60, epochs=40)
    control.set_budget(sweep, epochs=90)
    work()
    values = [tuple(trial.values.items()) for trial in sweep.trials.all()]
    assert len(values) > 15
    assert len(set(values)) == len(values)


def test_finalists_do_not_need_a_budget_without_minutes():
    sweep = swept(trials=8, epochs=12, minutes=50, finalists=1, seeds=2)
    assert sweep.trials.exclude(repeats=None).count() == 2


def test_seeds_of_finalists_are_not_given_up_for_being_unlucky():
    halving = {"kind": "halving", "eta": 10, "first": 1}
    sweep = swept(trials=8, pruning=halving, finalists=1, seeds=4)
    assert set(sweep.trials.exclude(repeats=None).values_list("state", flat=True)) == {"finished"}


@pytest.mark.parametrize("began", [False, True])
def test_a_sweep_whose_minutes_were_too_few_for_any_trial_says_so(monkeypatch, began):
    monkeypatch.setattr(recorders, "FLUSH_SECONDS", 0.0)
    sweep = begun(trials=2, minutes=1)
    if began:
        cohort = take()
    Sweep.objects.update(resumed=now() - timedelta(minutes=2))
    if began:
        train(cohort, Desk())
    work()
    sweep.refresh_from_db()
    assert set(states(sweep)) == ({"stopped"} if began else set())
    assert sweep.state == "failed"
    assert sweep.reason.startswith("No trial had come to its end. Its budget of 1 minutes is used up.")


def test_when_some_diverged_and_the_others_were_refused_nothing_else_is_said(settings):
    space = {"dimensions": {"learning_rate": {"kind": "options", "options": [9, 10]}}}
    sweep = begun(read(HEIGHTS), WILD, space=space, trials=2)
    planning.add(sweep, [Entry({}, "", "Too large.")])
    work()
    sweep.refresh_from_db()
    assert sweep.reason.startswith("None of its trials came to its end, and 1 of 2 diverged.")


def test_trials_that_wait_can_be_taken_back_but_not_those_that_began(settings):
    settings.HONE_SLOTS = 1
    space = {"dimensions": {"layers.units": {"kind": "options", "options": [2, 3]}}}
    sweep = begun(trials=30, space=space)
    n = take().trials.count()
    assert 0 < n < 30
    with pytest.raises(ValueError, match=f"{n} trials were begun"):
        control.set_budget(sweep, trials=n - 1)
    control.set_budget(sweep, trials=n + 1)
    assert sweep.trials.count() == n + 1


def test_two_changes_of_a_plan_at_the_same_time_both_hold():
    sweep = begun(trials=4)
    same = Sweep.objects.get(pk=sweep.pk)
    control.set_budget(sweep, minutes=7)
    control.add_trials(same, 3)
    control.add_trials(sweep, 1)
    sweep.refresh_from_db()
    assert (sweep.planned.trials, sweep.planned.minutes) == (8, 7)


def test_a_sweep_that_cannot_go_on_fails_and_holds_up_no_other():
    version = read()
    broken, sweep = begun(version), begun(version, trials=2)
    Sweep.objects.filter(pk=broken.pk).update(plan={"strategy": "of another version"})
    work()
    broken.refresh_from_db()
    sweep.refresh_from_db()
    assert (broken.state, sweep.state) == ("failed", "finished")
    assert broken.reason


def test_a_sweep_on_a_version_without_a_dev_part_is_refused():
    with pytest.raises(PlanError, match="no dev part"):
        start(a_user(), a_version(n_dev=0), a_spec(), a_plan(), "a sweep")
