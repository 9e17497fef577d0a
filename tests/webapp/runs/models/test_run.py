from datetime import timedelta

import pytest
from django.db.models.functions import Now

from tests.webapp.runs.factories import a_run, a_spec
from webapp.runs.models import LEASE, MAX_DEATHS, LeaseLostError, Run

pytestmark = pytest.mark.django_db


def expire(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_a_queued_run_is_claimed_once():
    run = a_run()
    claimed = Run.objects.claim(run.pk)
    assert (claimed.state, claimed.attempt) == ("starting", 1)
    assert Run.objects.claim(run.pk) is None


@pytest.mark.parametrize("state", ["starting", "running", "finished", "stopped", "diverged", "failed"])
def test_a_run_that_is_not_queued_cannot_be_claimed(state):
    assert Run.objects.claim(a_run(state=state).pk) is None


def test_the_worker_that_holds_a_run_begins_reports_and_ends_it():
    run = Run.objects.claim(a_run().pk)
    run.begin(n_steps=30, n_train=24)
    run.report(step=10, epoch=1)
    run.end(Run.State.FINISHED)
    run.refresh_from_db()
    assert (run.state, run.step, run.n_steps, run.lease_until) == ("finished", 10, 30, None)
    assert run.ended is not None


def test_a_worker_that_was_overtaken_can_write_nothing_more():
    run = a_run()
    slow = Run.objects.claim(run.pk)
    expire(run)
    assert Run.objects.reap().again == [run.pk]
    quick = Run.objects.claim(run.pk)
    for late in (slow.hold, lambda: slow.report(step=9), lambda: slow.end(Run.State.FAILED)):
        with pytest.raises(LeaseLostError):
            late()
    quick.report(step=1)
    run.refresh_from_db()
    assert (run.state, run.step, run.attempt) == ("starting", 1, 2)


def test_a_run_with_a_living_worker_is_left_alone():
    run = a_run()
    Run.objects.claim(run.pk).hold()
    assert Run.objects.reap() == ([], [])
    run.refresh_from_db()
    assert run.state == "starting"


def test_holding_moves_the_lease_on():
    run = Run.objects.claim(a_run().pk)
    expire(run)
    run.hold()
    left = Run.objects.filter(pk=run.pk, lease_until__gt=Now() + LEASE * 0.9)
    assert left.exists()


def test_a_run_whose_worker_died_too_often_fails_with_the_reason():
    run = a_run()
    for _ in range(MAX_DEATHS):
        Run.objects.claim(run.pk)
        expire(run)
        Run.objects.reap()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "died 3 times" in run.reason


def test_a_run_that_its_worker_gives_back_is_queued_and_nobody_has_died():
    run = Run.objects.claim(a_run().pk)
    run.give_back()
    run.refresh_from_db()
    assert (run.state, run.deaths, run.lease_until) == ("queued", 0, None)
    assert Run.objects.claim(run.pk).attempt == 2


def test_a_run_that_waits_long_in_the_queue_may_be_unheard():
    fresh, old = a_run(), a_run()
    Run.objects.filter(pk=old.pk).update(queued=Now() - timedelta(minutes=1))
    assert Run.objects.unheard() == [old.pk]
    assert fresh.pk not in Run.objects.unheard()


def test_speed_and_time_left_follow_from_steps_per_second():
    run = a_run(a_spec(batch_size=24), step=10, n_steps=30, n_train=240, steps_per_second=5.0)
    assert run.samples_per_second == pytest.approx(5.0 * 24)
    assert run.seconds_left == pytest.approx(4.0)
    assert run.progress == pytest.approx(1 / 3)


def test_a_run_that_has_not_begun_has_no_speed_yet():
    run = a_run()
    assert (run.samples_per_second, run.seconds_left, run.progress) == (None, None, 0.0)


def test_a_person_can_be_deleted_with_all_they_have():
    run = a_run()
    run.owner.delete()
    assert not Run.objects.exists()
