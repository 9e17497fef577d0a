"""Which of the commands in the log are still in force after all that happened to their run."""

import pytest

from tests.webapp.runs.training.test_deaths import killed
from tests.webapp.runs.training.test_session import (
    a_small_run,
    at_step,
    die,
    hears_every_step,
    survive,
    train,
    version,
)
from webapp.runs.cockpit.branching import branch
from webapp.runs.cockpit.commands import issue
from webapp.runs.cockpit.panel import commands_on_the_line, panel
from webapp.runs.models import Run, line
from webapp.runs.training.session import changes_of

__all__ = ["at_step", "hears_every_step", "version"]  # fixtures
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

LAST_OF_EPOCH = 3  # its step; the epoch is evaluated after a change there


def tell(kind, **values):
    return lambda run: issue(run, run.owner, kind, values)


def go_back(run: Run, **checkpoint) -> None:
    issue(run, run.owner, "rewind", {"checkpoint": run.checkpoints.get(**checkpoint).pk})


def in_force(run: Run) -> list[str]:
    """The kinds of what is in force, the oldest first; changes among them are those that the spec holds."""
    counting = commands_on_the_line(run, line(run.attempts.all()))
    commands = run.commands.order_by("number")
    changes = [one.pk for one in commands if one.pk in counting and one.kind in ("change", "extend")]
    assert changes == [one.pk for one in changes_of(run)]
    return [one.kind for one in commands if one.pk in counting]


@pytest.mark.parametrize("when", [1, 2, LAST_OF_EPOCH, 5])
def test_a_change_is_superseded_by_going_back_to_the_checkpoint_before_it(version, at_step, when):
    run = a_small_run(version)
    at_step(when, tell("change", learning_rate=0.5))
    at_step(8, tell("stop"))
    train(run)
    assert in_force(run) == ["change", "stop"]
    go_back(run, kind="change")
    train(run)
    assert run.configuration.learning_rate == 0.05
    assert in_force(run) == []
    assert [entry.counts for entry in panel(run)["entries"]] == [True, False, False]


def test_of_two_changes_at_one_step_the_second_alone_is_superseded_by_going_back_between_them(
    version, at_step
):
    run = a_small_run(version)

    def both(run):
        tell("change", learning_rate=0.5)(run)
        tell("change", l2=0.5)(run)

    at_step(5, both)
    train(run)
    assert in_force(run) == ["change", "change"]
    go_back(run, kind="change", commands=1)
    train(run)
    assert (run.configuration.learning_rate, run.configuration.l2) == (0.5, 0.0)
    assert in_force(run) == ["change"]


def test_a_change_counts_before_any_step_was_made_with_it_and_after_a_pause_there(version, at_step):
    run = a_small_run(version)

    def change_and_pause(run):
        tell("change", learning_rate=0.5)(run)
        tell("pause")(run)

    at_step(5, change_and_pause)
    train(run)
    assert (run.state, run.step) == ("paused", 5)
    assert in_force(run) == ["change", "pause"]
    issue(run, run.owner, "resume")
    train(run)
    assert in_force(run) == ["change", "pause", "resume"]


def test_a_checkpoint_that_was_gone_back_to_counts(version, at_step):
    run = a_small_run(version)
    at_step(4, tell("checkpoint"))
    train(run)
    go_back(run, kind="asked")
    train(run)
    assert in_force(run) == ["checkpoint"]


def test_a_change_that_is_made_again_after_two_deaths_counts(version, at_step):
    run = a_small_run(version)
    at_step(5, tell("change", learning_rate=0.5))
    at_step(8, die)
    killed(run)
    at_step(9, die)
    survive(run)
    assert in_force(run) == ["change"]


def test_an_extension_counts_until_somebody_goes_back_beyond_it(version, at_step):
    run = a_small_run(version)
    at_step(4, tell("checkpoint"))
    train(run)
    issue(run, run.owner, "extend", {"epochs": 1})
    train(run)
    assert in_force(run) == ["checkpoint", "extend"]
    go_back(run, kind="asked")
    train(run)
    assert in_force(run) == ["checkpoint"]


def test_a_change_that_a_branch_begins_with_counts_until_it_goes_back_to_its_beginning(version, at_step):
    parent = a_small_run(version)
    at_step(5, tell("change", learning_rate=0.5))
    at_step(7, tell("checkpoint"))
    train(parent)
    child = branch(parent.checkpoints.get(kind="asked"), parent.owner, "a branch", {"l2": 0.5})
    train(child)
    assert in_force(child) == ["change"]
    go_back(child, kind="branch")
    train(child)
    assert child.configuration.l2 == 0.0
    assert in_force(child) == []


def test_what_was_told_to_a_run_in_the_queue_counts(version):
    run = a_small_run(version)
    issue(run, run.owner, "pause")
    issue(run, run.owner, "resume")
    assert in_force(run) == ["pause", "resume"]
    train(run)
    assert in_force(run) == ["pause", "resume"]
