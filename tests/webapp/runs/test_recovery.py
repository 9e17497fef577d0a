"""Workers that are killed, in a laboratory of its own; tests/kill_workers.py does so at more moments."""

from tests.kill_workers import a_lab, try_moments


def test_a_run_goes_on_by_itself_when_its_worker_is_killed_and_ends_with_the_same_weights():
    with a_lab() as lab:
        outcomes = try_moments(lab, moments=1, seed=7)
    assert all(outcome.is_good for outcome in outcomes), outcomes
