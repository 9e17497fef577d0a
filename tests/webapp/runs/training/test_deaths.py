"""What a worker's death, a full disk or bad timing must not take from a run."""

import errno
import os

import pytest

from engine import checkpoint as files
from tests.webapp.runs.training.test_session import (
    Killed,
    a_small_run,
    at_step,
    die,
    hears_every_step,
    is_whole,
    survive,
    train,
    version,
)
from webapp.runs import tasks
from webapp.runs.cockpit.branching import BranchRefusedError, branch, duplicate
from webapp.runs.cockpit.commands import issue
from webapp.runs.models import Run
from webapp.runs.models.checkpoint import files_of, folder_of
from webapp.runs.training import keeper, recorder

__all__ = ["at_step", "hears_every_step", "version"]  # fixtures
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def killed(run: Run) -> None:
    """Its worker dies, and the run waits for another."""
    with pytest.raises(Killed):
        tasks.train_run(run.pk)
    Run.objects.filter(pk=run.pk).update(lease_until="2020-01-01T00:00Z")
    assert Run.objects.reap().again == [run.pk]


def test_a_change_survives_two_deaths_with_nothing_written_between_them(version, at_step):
    def told(run):
        issue(run, run.owner, "change", {"learning_rate": 0.5})

    undisturbed = a_small_run(version)
    at_step(5, told)
    train(undisturbed)
    run = a_small_run(version)
    at_step(5, told)
    at_step(8, die)
    killed(run)
    at_step(9, die)
    survive(run)
    assert (run.state, run.weights) == ("finished", undisturbed.weights)
    assert run.attempts.count() == 3
    assert is_whole(run)


def test_no_checkpoint_is_ahead_of_the_history_that_leads_to_it(version, at_step, monkeypatch):
    undisturbed = train(a_small_run(version))
    monkeypatch.setattr(recorder, "FLUSH_SECONDS", 1000.0)
    run = a_small_run(version)
    issue(run, run.owner, "keep", {"epochs": 1, "minutes": 0, "last": 3, "changes": 3})
    at_step(11, die)
    survive(run)
    assert run.attempts.last().step > 0
    assert (run.state, run.weights) == ("finished", undisturbed.weights)
    assert is_whole(run)


@pytest.mark.parametrize(("kind", "state"), [("pause", "paused"), ("stop", "stopped")])
def test_an_order_to_end_outlives_a_worker_that_dies_obeying(version, at_step, monkeypatch, kind, state):
    run = a_small_run(version)
    at_step(5, lambda run: issue(run, run.owner, kind))
    with monkeypatch.context() as patched:
        patched.setattr(Run, "pause" if kind == "pause" else "end", lambda *_: die(run))
        killed(run)
    assert run.commands.get().state == "pending"
    train(run)
    assert (run.state, run.commands.get().state) == (state, "applied")


def test_two_people_pause_at_once_and_one_resume_is_enough(version, at_step):
    run = a_small_run(version)

    def both(run):
        issue(run, run.owner, "pause")
        issue(run, run.owner, "pause")

    at_step(5, both)
    train(run)
    assert run.state == "paused"
    issue(run, run.owner, "resume")
    assert train(run).state == "finished"


def test_a_stop_behind_a_pause_stops(version, at_step):
    run = a_small_run(version)

    def both(run):
        issue(run, run.owner, "pause")
        issue(run, run.owner, "stop")

    at_step(5, both)
    assert train(run).state == "stopped"


def test_a_stop_in_the_queue_answers_what_waited_before_it(version):
    run = a_small_run(version)
    waiting = issue(run, run.owner, "change", {"learning_rate": 0.2})
    issue(run, run.owner, "stop")
    waiting.refresh_from_db()
    assert waiting.state == "refused"
    assert "was stopped" in waiting.answer


def test_a_run_that_killed_too_many_workers_answers_what_waits(version):
    run = a_small_run(version)
    waiting = issue(run, run.owner, "change", {"learning_rate": 0.2})
    Run.objects.claim(run.pk)
    Run.objects.filter(pk=run.pk).update(lease_until="2020-01-01T00:00Z", deaths=2)
    assert Run.objects.reap() == ([], [run.pk])
    waiting.refresh_from_db()
    assert waiting.state == "refused"


@pytest.mark.parametrize("kind", ["best", "change"])
def test_the_checkpoint_to_go_back_to_is_not_thinned_out_before(version, at_step, kind):
    run = a_small_run(version)
    issue(run, run.owner, "keep", {"changes": 1})
    at_step(4, lambda run: issue(run, run.owner, "change", {"learning_rate": 0.06}))
    at_step(8, lambda run: issue(run, run.owner, "checkpoint"))  # with the best till then

    def go_back(run):
        goal = run.checkpoints.filter(kind=kind)[0]
        goal_steps.append(goal.step)
        issue(run, run.owner, "rewind", {"checkpoint": goal.pk})

    goal_steps: list[int] = []
    at_step(14, go_back)
    train(run)
    assert run.state == "finished"
    assert run.attempts.get(number=2).step == goal_steps[0]
    assert is_whole(run)


def test_two_changes_at_one_step_have_a_checkpoint_each(version, at_step):
    run = a_small_run(version)

    def both(run):
        issue(run, run.owner, "change", {"learning_rate": 0.5})
        issue(run, run.owner, "change", {"l2": 0.5})

    at_step(5, both)
    train(run)
    kept = run.checkpoints.filter(kind="change").order_by("commands")
    specs = [files.read_specs(each.path.read_bytes())[0] for each in kept]
    assert [(spec.learning_rate, spec.l2) for spec in specs] == [(0.05, 0.0), (0.5, 0.0)]


def test_a_change_whose_ground_was_taken_away_is_refused_and_the_run_goes_on(version, at_step):
    run = a_small_run(version)
    at_step(2, lambda run: issue(run, run.owner, "checkpoint"))

    def in_a_row(run):
        issue(run, run.owner, "change", {"early_stopping": {"kind": "patience", "patience": 9}})
        issue(run, run.owner, "rewind", {"checkpoint": run.checkpoints.get(kind="asked").pk})
        issue(run, run.owner, "change", {"early_stopping.patience": 8})

    at_step(5, in_a_row)
    assert train(run).state == "finished", run.reason
    assert run.commands.last().state == "refused"
    assert is_whole(run)


def test_a_full_disk_is_said_and_does_not_end_the_training(version, at_step, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    undisturbed = train(a_small_run(version))
    run = a_small_run(version)
    at_step(4, lambda run: issue(run, run.owner, "checkpoint"))
    at_step(5, lambda run: issue(run, run.owner, "change", {"learning_rate": 0.5}))
    monkeypatch.setattr(keeper, "write", full)
    train(run)
    assert (run.state, run.weights) == ("finished", undisturbed.weights)
    assert {command.state for command in run.commands.all()} == {"refused"}
    assert "No space left" in run.commands.last().answer
    assert run.log.filter(text__contains="No space left").exists()


def test_a_lost_checkpoint_cannot_be_branched_from(version, at_step, monkeypatch):
    parent = a_small_run(version)
    at_step(7, lambda run: issue(run, run.owner, "checkpoint"))
    train(parent)
    kept = parent.checkpoints.get(kind="asked")
    content = kept.path.read_bytes()
    monkeypatch.setattr(type(kept.path), "read_bytes", lambda self: self.unlink() or content)
    with pytest.raises(BranchRefusedError, match="could not be copied"):
        branch(kept, parent.owner, "a branch")
    assert Run.objects.count() == 1


def test_a_copy_never_writes_into_what_was_there(tmp_path):
    first, second, target = (tmp_path / name for name in ("first", "second", "target"))
    first.write_text("first")
    second.write_text("second")
    duplicate(first, target)
    duplicate(second, target)
    assert (first.read_text(), target.read_text()) == ("first", "second")


def test_what_a_dead_worker_left_half_written_is_swept_away_and_a_deleted_run_leaves_no_file(version):
    run = a_small_run(version)
    folder = folder_of(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    neighbour = folder / f"{run.pk}1-0001.safetensors"
    neighbour.write_bytes(b"another run's")
    (folder / f"{run.pk}-0001.safetensors.abcd.part").write_bytes(b"torn")
    train(run)
    assert set(files_of(run.pk)) == {kept.path for kept in run.checkpoints.all()}
    (folder / f"{run.pk}-late.part").write_bytes(b"torn")
    pk = run.pk
    run.delete()
    assert not list(files_of(pk))
    assert neighbour.read_bytes() == b"another run's"
    neighbour.unlink()


def test_going_back_to_a_damaged_checkpoint_keeps_the_changes_that_it_held(version, at_step):
    run = a_small_run(version)
    at_step(5, lambda run: issue(run, run.owner, "change", {"learning_rate": 0.5}))
    at_step(8, lambda run: issue(run, run.owner, "checkpoint"))
    first = train(run).weights
    goal = run.checkpoints.get(kind="asked")
    goal.path.write_bytes(b"torn")
    run.checkpoints.filter(kind="best").delete()
    issue(run, run.owner, "rewind", {"checkpoint": goal.pk})
    train(run)
    assert run.attempts.get(number=2).step < 8
    assert (run.state, run.weights) == ("finished", first)
    assert "is damaged" in run.reason
