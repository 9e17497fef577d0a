"""Flying a run: what it was told to do, where it goes on, and that no step is lost or made twice."""

from collections.abc import Callable

import numpy as np
import pytest

from engine import Dense, StepMetrics
from tests.webapp.runs.factories import a_run, a_spec
from tests.webapp.runs.test_tasks import SIDES, read
from webapp.datasets.models import Version
from webapp.datasets.preparation import estimate_for
from webapp.runs import tasks
from webapp.runs.cockpit.branching import BranchRefusedError, branch
from webapp.runs.cockpit.commands import issue
from webapp.runs.history.reading import columns_of
from webapp.runs.models import Command, Point, Run, Stretch, line
from webapp.runs.models.checkpoint import files_of
from webapp.runs.training import keeper, recorder
from webapp.runs.training.recorder import Recorder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


class Killed(BaseException):
    """As if the process had ended here: nobody catches it."""


@pytest.fixture
def version() -> Version:
    return read(SIDES)


@pytest.fixture(autouse=True)
def hears_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(recorder, "REST", 0)
    monkeypatch.setattr(recorder, "UNSEEN", 0.0)


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[Run], object]], None]:
    """Does something just before a step is noted, once."""

    def arrange(number: int, action: Callable[[Run], object]) -> None:
        take, done = Recorder.take, []

        def take_and_act(self, event):
            if type(event) is StepMetrics and event.step == number and not done:
                done.append(True)
                action(self.run)
            return take(self, event)

        monkeypatch.setattr(Recorder, "take", take_and_act)

    return arrange


def a_small_run(version: Version, **changes) -> Run:
    layers = (Dense(units=6, keep_prob=0.8), Dense(units=4, batch_norm=True))
    spec = a_spec(layers=layers, batch_size=8, epochs=6, learning_rate=0.05, **changes)
    return a_run(spec, version=version)


def train(run: Run) -> Run:
    tasks.train_run(run.pk)
    run.refresh_from_db()
    return run


def steps_of(run: Run) -> np.ndarray:
    return columns_of(run, line(run.attempts.all())).steps["step"]


def epochs_of(run: Run) -> list[int]:
    return columns_of(run, line(run.attempts.all())).epochs["epoch"].tolist()


def costs_of(run: Run) -> list[float]:
    return columns_of(run, line(run.attempts.all())).steps["cost"].tolist()


def is_whole(run: Run) -> bool:
    """No step and no epoch is missing or there twice."""
    return steps_of(run).tolist() == list(range(1, run.step + 1)) and epochs_of(run) == list(
        range(1, run.epoch + 1)
    )


def die(run: Run) -> None:
    raise Killed


def survive(run: Run) -> Run:
    """What happens when a worker has died: the lease runs out, another one takes the run."""
    with pytest.raises(Killed):
        tasks.train_run(run.pk)
    Run.objects.filter(pk=run.pk).update(lease_until="2020-01-01T00:00Z")
    assert Run.objects.reap().again == [run.pk]
    return train(run)


@pytest.mark.parametrize("when", [1, 2, 3, 7, 9, 10, 18])
def test_a_paused_run_goes_on_as_if_it_had_never_stopped(version, at_step, when):
    undisturbed = train(a_small_run(version))
    run = a_small_run(version)
    at_step(when, lambda run: issue(run, run.owner, "pause"))
    train(run)
    assert (run.state, run.step) == ("paused", when)
    issue(run, run.owner, "resume")
    train(run)
    assert (run.state, run.weights) == ("finished", undisturbed.weights)
    assert costs_of(run) == costs_of(undisturbed)
    assert is_whole(run)


@pytest.mark.parametrize("when", [2, 5, 9, 12, 17])
def test_a_run_whose_worker_was_killed_ends_with_the_same_weights(version, at_step, when):
    undisturbed = train(a_small_run(version))
    run = a_small_run(version)
    issue(run, run.owner, "keep", {"epochs": 1, "minutes": 0, "last": 3, "changes": 3})
    at_step(when, die)
    survive(run)
    assert (run.state, run.weights) == ("finished", undisturbed.weights)
    assert is_whole(run)
    assert run.attempts.count() == 2


def test_a_change_holds_from_the_next_step_on_and_says_so(version, at_step):
    run = a_small_run(version)
    at_step(5, lambda run: issue(run, run.owner, "change", {"learning_rate": 0.5, "layers.0.keep_prob": 1.0}))
    train(run)
    command = run.commands.get()
    assert (command.state, command.step, command.epoch) == ("applied", 6, 1)
    assert command.before == {"learning_rate": 0.05, "layers.0.keep_prob": 0.8}
    assert run.configuration.learning_rate == 0.5
    kept = run.checkpoints.get(kind="change")
    assert (kept.step, kept.commands) == (5, 0)


def test_changes_survive_the_death_of_a_worker(version, at_step):
    def told(run: Run) -> None:
        issue(run, run.owner, "change", {"learning_rate": 0.5})

    undisturbed = a_small_run(version)
    at_step(5, told)
    train(undisturbed)
    run = a_small_run(version)
    at_step(5, told)
    at_step(8, die)
    survive(run)
    assert run.weights == undisturbed.weights
    assert run.configuration.learning_rate == 0.5
    assert is_whole(run)


def test_a_change_beyond_the_checkpoint_that_is_left_is_made_again_at_its_step(version, at_step):
    def told(run: Run) -> None:
        issue(run, run.owner, "change", {"learning_rate": 0.5})

    undisturbed = a_small_run(version)
    at_step(5, told)
    train(undisturbed)

    def lose_everything(run: Run) -> None:
        for checkpoint in run.checkpoints.all():
            checkpoint.path.write_bytes(b"torn")
        raise Killed

    run = a_small_run(version)
    at_step(5, told)
    at_step(8, lose_everything)
    survive(run)
    assert run.weights == undisturbed.weights
    assert "No checkpoint could be read" in run.reason
    assert is_whole(run)


def test_a_rewound_run_goes_on_from_the_checkpoint_and_keeps_what_was_superseded(version, at_step):
    undisturbed = train(a_small_run(version))
    run = a_small_run(version)
    at_step(4, lambda run: issue(run, run.owner, "checkpoint"))
    at_step(7, lambda run: issue(run, run.owner, "change", {"learning_rate": 5.0}))
    at_step(
        11,
        lambda run: issue(run, run.owner, "rewind", {"checkpoint": run.checkpoints.get(kind="asked").pk}),
    )
    train(run)
    assert (run.state, run.weights) == ("finished", undisturbed.weights)
    assert run.configuration.learning_rate == 0.05
    assert is_whole(run)
    superseded = columns_of(run, [Stretch(1, Point(0, 0, 0))])
    assert len(superseded.steps["step"]) == 11


def test_a_finished_run_can_go_back_and_further(version, at_step):
    run = a_small_run(version)
    at_step(4, lambda run: issue(run, run.owner, "checkpoint"))
    train(run)
    first = run.weights
    issue(run, run.owner, "rewind", {"checkpoint": run.checkpoints.get(kind="asked").pk})
    run.refresh_from_db()
    assert (run.state, run.weights) == ("queued", "")
    train(run)
    assert (run.state, run.weights) == ("finished", first)
    assert is_whole(run)


def test_an_extended_run_goes_on_as_if_it_had_been_that_long_from_the_start(version):
    long = train(a_run(a_spec(batch_size=8, epochs=9), version=version))
    run = train(a_run(a_spec(batch_size=8, epochs=6), version=version))
    issue(run, run.owner, "extend", {"epochs": 3})
    train(run)
    assert (run.state, run.epoch, run.weights) == ("finished", 9, long.weights)
    assert is_whole(run)


def test_a_branch_without_a_change_equals_its_parents_continuation(version, at_step):
    parent = a_small_run(version)
    at_step(7, lambda run: issue(run, run.owner, "checkpoint"))
    train(parent)
    child = branch(parent.checkpoints.get(kind="asked"), parent.owner, "a branch")
    assert steps_of(child).tolist() == list(range(1, 8))
    train(child)
    assert (child.state, child.weights) == ("finished", parent.weights)
    assert costs_of(child) == costs_of(parent)
    assert is_whole(child)


def test_a_branch_with_a_change_begins_with_it(version, at_step):
    parent = a_small_run(version)
    at_step(7, lambda run: issue(run, run.owner, "checkpoint"))
    train(parent)
    child = branch(parent.checkpoints.get(kind="asked"), parent.owner, "a branch", {"l2": 0.5})
    train(child)
    assert child.configuration.l2 == 0.5
    assert child.weights != parent.weights
    assert costs_of(child)[:7] == costs_of(parent)[:7]
    assert child.commands.get().step == 8


def test_a_branch_from_a_damaged_checkpoint_is_refused_and_leaves_nothing(version, at_step):
    parent = a_small_run(version)
    at_step(7, lambda run: issue(run, run.owner, "checkpoint"))
    train(parent)
    kept = parent.checkpoints.get(kind="asked")
    kept.path.write_bytes(b"torn")
    with pytest.raises(BranchRefusedError, match="step 7 is damaged"):
        branch(kept, parent.owner, "a branch")
    assert Run.objects.count() == 1


def test_a_branch_outlives_its_parent(version, at_step):
    parent = a_small_run(version)
    at_step(7, lambda run: issue(run, run.owner, "checkpoint"))
    train(parent)
    child = branch(parent.checkpoints.get(kind="asked"), parent.owner, "a branch")
    parent.delete()
    child.refresh_from_db()
    train(child)
    assert child.state == "finished"
    assert is_whole(child)


def test_the_checkpoint_before_is_used_when_the_last_one_is_damaged(version, at_step):
    undisturbed = train(a_small_run(version))
    run = a_small_run(version)
    at_step(4, lambda run: issue(run, run.owner, "checkpoint"))

    def tear_the_last(run: Run) -> None:
        run.checkpoints.order_by("-step")[0].path.write_bytes(b"torn")
        raise Killed

    at_step(6, lambda run: issue(run, run.owner, "checkpoint"))
    at_step(8, tear_the_last)
    survive(run)
    assert "The checkpoint at step 6 is damaged" in run.reason
    assert run.weights == undisturbed.weights
    assert is_whole(run)


def test_a_run_stops_after_the_epoch_in_which_it_was_told_to(version, at_step):
    run = a_small_run(version)
    at_step(5, lambda run: issue(run, run.owner, "stop_after_epoch"))
    train(run)
    assert (run.state, run.epoch, run.step) == ("stopped", 2, 6)
    assert run.commands.get().state == Command.State.APPLIED


def test_a_stopped_run_can_be_resumed(version, at_step):
    undisturbed = train(a_small_run(version))
    run = a_small_run(version)
    at_step(5, lambda run: issue(run, run.owner, "stop"))
    train(run)
    assert (run.state, run.reason) == ("stopped", "Stopped at step 5.")
    assert is_whole(run)
    issue(run, run.owner, "resume")
    train(run)
    assert (run.state, run.weights) == ("finished", undisturbed.weights)


def test_the_best_checkpoint_is_that_of_the_best_epoch(version):
    run = train(a_small_run(version))
    best = run.checkpoints.get(kind="best")
    assert best.dev_error == run.best_dev_error
    errors = columns_of(run, line(run.attempts.all())).epochs["dev_error"]
    assert best.epoch == 1 + int(np.argmin(errors))


def test_no_more_checkpoints_stay_than_wanted(version):
    run = a_small_run(version)
    issue(run, run.owner, "keep", {"epochs": 1, "minutes": 0, "last": 2, "changes": 1})
    train(run)
    assert [kept.epoch for kept in run.checkpoints.filter(kind__in=["periodic", "end"])] == [6, 6]
    assert set(files_of(run.pk)) == {kept.path for kept in run.checkpoints.all()}


def test_a_command_that_waited_in_the_queue_holds_from_the_first_step_on(version):
    run = a_small_run(version)
    issue(run, run.owner, "change", {"learning_rate": 0.2})
    train(run)
    assert (run.commands.get().step, run.configuration.learning_rate) == (1, 0.2)


def test_of_the_checkpoints_that_were_asked_for_the_newest_stay(version, at_step, monkeypatch):
    monkeypatch.setattr(keeper, "MOST_ASKED", 2)
    run = a_small_run(version)
    for step in (3, 6, 9, 12):
        at_step(step, lambda run: issue(run, run.owner, "checkpoint"))
    train(run)
    asked = run.checkpoints.filter(kind="asked")
    assert [kept.step for kept in asked] == [12, 9]
    assert [command.state for command in run.commands.all()] == ["applied"] * 4
    assert set(files_of(run.pk)) == {kept.path for kept in run.checkpoints.all()}


def test_who_extends_a_run_in_its_last_step_is_in_time(version, at_step):
    run = a_small_run(version)
    at_step(18, lambda run: issue(run, run.owner, "extend", {"epochs": 2}))
    train(run)
    assert (run.state, run.epoch, run.attempt) == ("finished", 8, 1)
    assert is_whole(run)


def test_an_extension_that_came_when_the_run_had_just_ended_queues_it_again(version, monkeypatch):
    run = a_small_run(version)
    end = Run.end

    def extend_and_end(self, *ending):
        issue(self, self.owner, "stop")
        issue(self, self.owner, "extend", {"epochs": 2})
        issue(self, self.owner, "pause")
        end(self, *ending)

    with monkeypatch.context() as late:
        late.setattr(Run, "end", extend_and_end)
        train(run)
    assert run.state == "queued"
    stop, *later = run.commands.all()
    assert (stop.state, [command.state for command in later]) == ("refused", ["pending", "pending"])
    assert "had ended before" in stop.answer
    train(run)
    assert (run.state, run.step) == ("paused", 18)
    issue(run, run.owner, "resume")
    train(run)
    assert (run.state, run.epoch) == ("finished", 8)
    assert is_whole(run)


def test_a_batch_that_would_need_too_much_memory_is_refused_and_the_run_goes_on(version, at_step, settings):
    run = a_small_run(version)

    def narrow_and_ask(run: Run) -> None:
        issue(run, run.owner, "change", {"full_batch": True})

    needed = estimate_for(version, run.configuration).memory_bytes
    settings.HONE_RUN_MEMORY_BYTES = needed + 100
    at_step(4, narrow_and_ask)
    train(run)
    command = run.commands.get()
    assert (run.state, command.state) == ("finished", "refused")
    assert "MiB of memory" in command.answer


def test_checkpoints_know_the_dev_error_of_the_last_epoch_also_after_a_pause(version, at_step):
    run = a_small_run(version)
    at_step(4, lambda run: issue(run, run.owner, "checkpoint"))
    at_step(5, lambda run: issue(run, run.owner, "pause"))
    train(run)
    errors = columns_of(run, line(run.attempts.all())).epochs["dev_error"]
    issue(run, run.owner, "resume")
    issue(run, run.owner, "checkpoint")
    train(run)
    first, second = run.checkpoints.filter(kind="asked").order_by("pk")
    assert [first.dev_error, second.dev_error] == [errors[0], errors[0]]
