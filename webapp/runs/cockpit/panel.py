"""What the cockpit shows of a run: what it can be told, what was done, where it can go back to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.runs.cockpit.commands import is_held
from webapp.runs.cockpit.wording import in_words, place
from webapp.runs.models import Command, LogEntry, Point, Run, Stretch, line
from webapp.runs.pages.presentation import error
from webapp.runs.training.keeper import MOST_ASKED, Keeping
from webapp.runs.training.session import of_stretches

Kind = Command.Kind
SHOWN = 100  # commands and lines of the log, the newest
IN_THE_QUEUE = Stretch(0, Point(0, 0, 0), Point(0, 0, 0))  # before any worker began


@dataclass(frozen=True)
class Entry:
    """A command in the log of the page; with a step to `mark`, also a marker on the charts."""

    command: Command
    words: str
    place: str
    counts: bool
    mark: int | None


def panel(run: Run) -> dict[str, Any]:
    """The context of templates/runs/run/cockpit/."""
    stretches, checkpoints = line(run.attempts.all()), list(run.checkpoints.all())
    current = {checkpoint.pk for checkpoint in of_stretches(checkpoints, stretches)}
    return {
        "run": run,
        "can": possible(run),
        "entries": entries(run, stretches, {one.pk: one.step for one in checkpoints}),
        "checkpoints": [(one, one.pk in current, error(run, one.dev_error)) for one in checkpoints],
        "size": sum(checkpoint.size for checkpoint in checkpoints),
        "keeping": Keeping.model_validate(run.keeping),
        "most_asked": MOST_ASKED,
        "log": LogEntry.objects.filter(run=run).order_by("-pk")[:SHOWN],
        "rates": rates(run),
    }


def possible(run: Run) -> set[str]:
    """Names of what the run can be told now: nothing while its sweep trains it."""
    if is_held(run):
        return set()
    if run.is_live:
        return {"pause", "stop", "stop_after_epoch", "change", "extend", "checkpoint", "rewind", "keep"}
    if run.state == Run.State.PAUSED:
        return {"resume", "stop", "change", "extend", "rewind", "keep"}
    ended = {"rewind", "keep"}
    if run.state != Run.State.DIVERGED:
        ended.add("extend")
    if run.state in (Run.State.STOPPED, Run.State.FAILED):
        ended.add("resume")
    return ended


def entries(run: Run, stretches: Sequence[Stretch], steps: Mapping[int, int]) -> list[Entry]:
    """The newest commands first; `steps` are those of the checkpoints that are left, by key."""
    counting, returns = commands_on_the_line(run, stretches), returns_on_the_line(run, stretches)
    commands = run.commands.select_related("by").order_by("-number")[:SHOWN]
    return [
        Entry(
            command,
            in_words(command, steps),
            place(command),
            command.pk in counting or command.pk in returns,
            returns.get(command.pk, command.step if command.pk in counting else None),
        )
        for command in commands
    ]


def returns_on_the_line(run: Run, stretches: Iterable[Stretch]) -> dict[int, int]:
    """The first step after each rewind, by the command's key, where the line still has what followed it."""
    begun = {stretch.attempt: stretch.first.step for stretch in stretches}
    rewinds = run.commands.applied().filter(kind=Kind.REWIND)
    # A rewind ends its attempt; what follows is the next one
    return {one.pk: begun[one.attempt + 1] + 1 for one in rewinds if (one.attempt or 0) + 1 in begun}


def commands_on_the_line(run: Run, stretches: Iterable[Stretch]) -> set[int]:
    """Keys of the commands that took effect on the line that is shown."""
    by_attempt = {0: IN_THE_QUEUE, **{stretch.attempt: stretch for stretch in stretches}}
    return {
        command.pk
        for command in run.commands.applied()
        if (stretch := by_attempt.get(command.attempt)) and stretch.reaches(moment_of(command, stretch))
    }


def moment_of(command: Command, stretch: Stretch) -> Point:
    """Where the run stood when it was carried out. Whoever goes on from the checkpoint before a change stands
    at the same step as the change: what tells them apart is whether the checkpoint has it in it."""
    number = command.number if command.kind in (Kind.CHANGE, Kind.EXTEND) else stretch.first.command
    return Point((command.step or 1) - 1, command.epoch or 0, number)


def rates(run: Run) -> list[float]:
    """Learning rates beside the present one, for a change by one click."""
    present = run.configuration.learning_rate
    return [float(f"{present * factor:.3g}") for factor in (0.1, 0.3, 3, 10) if present * factor <= 10]
