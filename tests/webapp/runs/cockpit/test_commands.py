"""Telling a run what to do, without a worker: what is stored, what is done at once, what is refused."""

import pytest

from tests.webapp.runs.factories import a_run, a_user
from webapp.runs.cockpit.commands import MOST_PENDING, CommandRefusedError, issue, settle
from webapp.runs.models import Checkpoint, Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

ENDED = ["finished", "stopped", "diverged", "failed"]


def a_checkpoint(run: Run, **fields) -> Checkpoint:
    facts = {"attempt": 1, "step": 5, "epoch": 1, "seconds": 1.0, "kind": "asked", "size": 1}
    return Checkpoint.objects.create(run=run, **{**facts, **fields})


def test_a_running_run_gets_its_commands_in_the_order_in_which_they_came():
    run = a_run(state="running")
    issue(run, run.owner, "change", {"l2": 0.1})
    issue(run, a_user("bob"), "change", {"l2": 0.2})
    issue(run, run.owner, "pause")
    pending = [(command.number, command.kind, command.by.username) for command in run.commands.pending()]
    assert pending == [(1, "change", "ada"), (2, "change", "bob"), (3, "pause", "ada")]


def test_a_command_that_is_sent_twice_is_one_command():
    run = a_run(state="running")
    first = issue(run, run.owner, "extend", {"epochs": 5}, key="click-1")
    again = issue(run, run.owner, "extend", {"epochs": 5}, key="click-1")
    assert first == again
    assert run.commands.count() == 1


def test_a_command_that_is_replayed_after_the_end_is_answered_and_changes_nothing():
    run = a_run(state="running")
    first = issue(run, run.owner, "pause", key="click-1")
    Run.objects.filter(pk=run.pk).update(state="finished")
    assert issue(run, run.owner, "pause", key="click-1") == first
    assert run.commands.count() == 1


@pytest.mark.parametrize(("kind", "state"), [("stop", "stopped"), ("pause", "paused")])
def test_a_run_that_waits_in_the_queue_stops_or_pauses_at_once(kind, state):
    run = a_run()
    command = issue(run, run.owner, kind)
    run.refresh_from_db()
    assert (run.state, command.state) == (state, "applied")
    assert Run.objects.claim(run.pk) is None


def test_a_paused_run_goes_into_the_queue_when_it_is_resumed():
    run = a_run(state="paused", deaths=2)
    issue(run, run.owner, "resume")
    run.refresh_from_db()
    assert (run.state, run.deaths) == ("queued", 0)


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_a_run_that_has_ended_can_be_extended(state):
    run = a_run(state=state, reason="Over.")
    issue(run, run.owner, "extend", {"epochs": 5})
    run.refresh_from_db()
    assert (run.state, run.reason, run.ended) == ("queued", "", None)


def test_going_back_from_the_end_chooses_the_checkpoint():
    run = a_run(state="finished")
    kept = a_checkpoint(run)
    issue(run, run.owner, "rewind", {"checkpoint": kept.pk})
    run.refresh_from_db()
    assert (run.state, run.resume_from) == ("queued", kept)


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize("kind", ["stop", "stop_after_epoch", "pause", "checkpoint", "change"])
def test_a_run_that_has_ended_refuses_what_needs_training_and_says_what_to_do(state, kind):
    run = a_run(state=state)
    with pytest.raises(CommandRefusedError, match="extend it, or go back"):
        issue(run, run.owner, kind, {"l2": 0.1} if kind == "change" else {})
    run.refresh_from_db()
    assert (run.state, run.commands.count()) == (state, 0)


@pytest.mark.parametrize("state", ["queued", "running", "finished", "diverged"])
def test_only_what_has_stopped_can_be_resumed(state):
    run = a_run(state=state)
    with pytest.raises(CommandRefusedError, match="only a paused, stopped or failed run"):
        issue(run, run.owner, "resume")


def test_a_diverged_run_is_not_extended_but_sent_back():
    run = a_run(state="diverged")
    with pytest.raises(CommandRefusedError, match="go back to a checkpoint"):
        issue(run, run.owner, "extend", {"epochs": 5})


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("fly", {}, "There is no command “fly”"),
        ("pause", {"now": 1}, "takes no now"),
        ("change", {}, "at least one value"),
        ("change", {"learning_rate": -1}, "learning_rate"),
        ("change", {"learning_rate": 11}, "learning_rate"),
        ("change", {"learning_rate": "fast"}, "learning_rate"),
        ("change", {"learning_rate": None}, "learning_rate"),
        ("change", {"layers.0.units": 9}, "cannot be changed while training"),
        ("change", {"layers.7.keep_prob": 0.5}, "There is no layers.7.keep_prob"),
        ("change", {"nonsense": 1}, "cannot be changed while training"),
        ("change", {"schedule": {"kind": "zigzag"}}, "schedule"),
        ("change", {"schedule": 7}, "schedule"),
        ("change", {"l2": [1]}, "l2"),
        ("extend", {}, "whole number from 1"),
        ("extend", {"epochs": 0}, "whole number from 1"),
        ("extend", {"epochs": 2.5}, "whole number from 1"),
        ("extend", {"epochs": True}, "whole number from 1"),
        ("extend", {"epochs": 100_000}, "epochs"),
        ("rewind", {}, "no such checkpoint"),
        ("rewind", {"checkpoint": 999}, "no such checkpoint"),
        ("rewind", {"checkpoint": "7"}, "no such checkpoint"),
        ("keep", {"last": 0}, "last"),
        ("keep", {"forever": 1}, "forever"),
        ("keep", {"minutes": "often"}, "minutes"),
    ],
)
def test_what_the_run_cannot_take_is_refused_in_words_and_changes_nothing(kind, values, words):
    run = a_run(state="running")
    with pytest.raises(CommandRefusedError) as refusal:
        issue(run, run.owner, kind, values)
    assert words in str(refusal.value)
    assert run.commands.count() == 0


def test_another_runs_checkpoint_is_none_of_this_one():
    run, other = a_run(state="running"), a_run()
    with pytest.raises(CommandRefusedError, match="no such checkpoint"):
        issue(run, run.owner, "rewind", {"checkpoint": a_checkpoint(other).pk})


def test_a_flood_of_commands_is_stopped():
    run = a_run(state="running")
    for _ in range(MOST_PENDING):
        issue(run, run.owner, "checkpoint")
    with pytest.raises(CommandRefusedError, match="Too many"):
        issue(run, run.owner, "checkpoint")


def test_a_change_is_checked_against_what_the_run_will_be_by_then():
    run = a_run(state="running")
    issue(run, run.owner, "extend", {"epochs": 99_000})
    with pytest.raises(CommandRefusedError, match="epochs"):
        issue(run, run.owner, "extend", {"epochs": 99_000})


def test_every_command_raises_the_revision_that_workers_and_pages_look_at():
    run = a_run(state="running")
    before = run.revision
    issue(run, run.owner, "checkpoint")
    run.refresh_from_db()
    assert run.revision > before


def test_a_run_that_was_deleted_meanwhile_refuses_in_words(owner):
    run = a_run(owner=owner)
    Run.objects.filter(pk=run.pk).delete()
    with pytest.raises(CommandRefusedError, match="was deleted"):
        issue(run, owner, "pause")


def test_going_back_is_possible_still_when_the_run_has_diverged_meanwhile(owner):
    run = a_run(owner=owner, state="running")
    kept = a_checkpoint(run)
    command = issue(run, owner, "rewind", {"checkpoint": kept.pk})
    Run.objects.filter(pk=run.pk).update(state="diverged")
    run.refresh_from_db()
    settle(run)
    run.refresh_from_db()
    command.refresh_from_db()
    assert (run.state, run.resume_from, command.state) == ("queued", kept, "applied")


@pytest.mark.parametrize(("kind", "values"), [("stop", {}), ("pause", {}), ("change", {"l2": 0.1})])
@pytest.mark.parametrize("revival", ["extend", "rewind"])
def test_what_is_ordered_behind_a_revival_waits_for_the_next_worker(owner, revival, kind, values):
    run = a_run(owner=owner, state="running")
    issue(run, owner, revival, {"epochs": 5} if revival == "extend" else {"checkpoint": a_checkpoint(run).pk})
    behind = issue(run, owner, kind, values)
    Run.objects.filter(pk=run.pk).update(state="finished")
    run.refresh_from_db()
    settle(run)
    behind.refresh_from_db()
    assert (run.state, behind.state, behind.answer) == ("queued", "pending", "")


def test_what_was_ordered_before_a_revival_came_too_late(owner):
    run = a_run(owner=owner, state="running")
    before = issue(run, owner, "pause")
    issue(run, owner, "extend", {"epochs": 5})
    Run.objects.filter(pk=run.pk).update(state="finished")
    run.refresh_from_db()
    settle(run)
    before.refresh_from_db()
    assert (run.state, before.state) == ("queued", "refused")
