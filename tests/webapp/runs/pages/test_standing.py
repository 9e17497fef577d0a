from datetime import timedelta

import pytest
from django.db.models.functions import Now

from tests.webapp.runs.factories import a_run
from webapp.runs.cockpit.commands import issue
from webapp.runs.models import Run
from webapp.runs.pages.standing import standing, word

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def update(run: Run, **fields) -> Run:
    Run.objects.filter(pk=run.pk).update(**fields)
    run.refresh_from_db()
    return run


def test_a_run_in_the_queue_knows_its_place_and_why_it_waits():
    a_run(state="running")
    first, second = a_run(), a_run()
    update(first, queued=Now() - timedelta(seconds=9))
    assert (
        standing(first).reason
        == "Place 1 in the queue: 1 run is being trained now, and every worker is busy."
    )
    assert standing(second).reason.startswith("Place 2 in the queue: 1 run is being trained")


def test_trials_of_sweeps_are_told_apart_from_runs_that_train():
    for _ in range(3):
        a_run(state="running", is_trial=True)
    run = a_run()
    words = "3 trials of sweeps are being trained now, and every worker is busy."
    assert standing(run).reason.endswith(words)
    a_run(state="running")
    assert standing(run).reason.endswith(f"1 run and {words}")


def test_a_trial_that_is_paused_goes_on_with_its_sweep():
    reason = standing(a_run(state="paused", step=1234, is_trial=True)).reason
    assert reason == "After step 1,234: it goes on from there with its sweep."


def test_a_run_that_no_worker_takes_asks_whether_one_is_running():
    run = update(a_run(), queued=Now() - timedelta(minutes=1))
    assert "no worker takes a run: is one running?" in standing(run).reason


def test_a_run_whose_worker_is_silent_is_stale_and_says_since_when():
    run = Run.objects.claim(a_run().pk)
    assert word(run) == "starting"
    update(run, lease_until=Now() - timedelta(seconds=1))
    assert word(run) == "stale"
    reason, tone = standing(run)
    assert tone == "warning"
    assert "No sign of life from its worker since" in reason


def test_a_run_that_lost_its_worker_is_recovering_in_the_queue_and_at_the_next_worker():
    run = update(a_run(), deaths=1)
    assert word(run) == "recovering"
    assert word(Run.objects.claim(run.pk)) == "recovering"


@pytest.mark.parametrize(("kind", "said"), [("stop", "stopping"), ("pause", "pausing")])
def test_what_was_asked_for_is_said_until_it_has_happened(kind, said):
    run = update(a_run(), state="running")
    issue(run, run.owner, kind)
    assert word(Run.objects.with_dataset().get(pk=run.pk)) == said


def test_a_paused_run_says_where_and_how_it_goes_on():
    assert standing(a_run(state="paused", step=1234)).reason.startswith("Paused after step 1,234")


@pytest.mark.parametrize(
    ("state", "tone"), [("finished", "info"), ("failed", "error"), ("diverged", "error")]
)
def test_a_run_that_has_ended_says_why(state, tone):
    assert standing(a_run(state=state, reason="Because.")) == ("Because.", tone)
