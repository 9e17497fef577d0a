"""Telling a run what to do: a command is stored here, and carried out by the worker that holds the run.

What needs no worker (a run that waits or is paused) is carried out at once. A command that was sent twice
under one key is one command.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from pydantic import ValidationError

from engine.cohort import changed
from webapp.runs.live.bell import ring
from webapp.runs.models import Command, Run
from webapp.runs.queue import announce
from webapp.runs.training.keeper import Keeping

Kind = Command.Kind
Values = dict[str, Any]
MOST_PENDING = 100
MOST_EPOCHS = 100_000
HELD = (
    "This run is a trial, and its sweep trains it together with others: pause or stop the sweep on its page. "
    "Once the trial has ended it can go on by itself."
)


class CommandRefusedError(ValueError):
    """The run cannot take this command now; the message says why and what to do instead."""


def issue(
    run: Run, by: AbstractBaseUser, kind: str, values: Mapping[str, Any] | None = None, key: str = ""
) -> Command:
    """Store a command and see to it that somebody carries it out. Raises CommandRefusedError."""
    with transaction.atomic():
        locked = Run.objects.select_for_update().filter(pk=run.pk).first()
        if locked is None:
            raise CommandRefusedError("This run was deleted.")
        run = locked
        if key and (known := run.commands.filter(key=key).first()):
            return known
        if kind not in Kind.values:
            raise CommandRefusedError(f"There is no command “{kind}”. There are: {', '.join(Kind.values)}.")
        if is_held(run):
            raise CommandRefusedError(HELD)
        checked = CHECKS[Kind(kind)](run, dict(values or {}))
        if run.commands.pending().count() >= MOST_PENDING:
            raise CommandRefusedError("Too many commands wait already: let the run carry them out first.")
        command = run.commands.create(
            number=1 + (run.commands.order_by("-number").values_list("number", flat=True).first() or 0),
            kind=kind,
            values=checked,
            by=by,
            key=key,
        )
        Run.objects.filter(pk=run.pk).update(revision=F("revision") + 1)
        act(run, command)
        transaction.on_commit(lambda: ring(run.pk))
    return command


def is_held(run: Run) -> bool:
    """Whether its sweep trains it, and so nobody else tells it anything."""
    return run.is_trial and not run.has_ended


def act(run: Run, command: Command) -> None:
    """Do what needs no worker, and queue a run that somebody wants to go on."""
    kind, state = command.kind, run.state
    if state in (run.State.QUEUED, run.State.PAUSED) and kind in (Kind.STOP, Kind.PAUSE):
        to = run.State.STOPPED if kind == Kind.STOP else run.State.PAUSED
        run.put_aside(
            to, f"Stopped at step {run.step:,}, while no worker had it." if kind == Kind.STOP else ""
        )
        done(run, command)
        if kind == Kind.STOP:
            earlier = run.commands.pending().filter(number__lt=command.number)
            earlier.refuse("The run was stopped before this could be carried out.")
    elif kind == Kind.KEEP and not run.is_active:
        Run.objects.filter(pk=run.pk).update(keeping=command.values)
        done(run, command)
    elif kind == Kind.REWIND and not run.is_active:
        wait_again(run, resume_from_id=command.values["checkpoint"])
        done(run, command)
    elif kind == Kind.RESUME:
        wait_again(run)
        done(run, command)
    elif kind == Kind.EXTEND and run.has_ended:
        wait_again(run)


def settle(run: Run) -> None:
    """What was ordered when its worker had just let it go."""
    for command in run.commands.pending():
        if run.state == run.State.PAUSED:
            settle_paused(run, command)
        elif command.kind == Kind.REWIND or (command.kind == Kind.EXTEND and run.state != run.State.DIVERGED):
            act(run, command)
            run.refresh_from_db()  # it may wait again, and what comes next with it
        elif run.has_ended:
            command.refuse("The run had ended before this could be carried out.")


def settle_paused(run: Run, command: Command) -> None:
    """To stop it or to go back is possible still; a second pause would pause it again when it is resumed."""
    if command.kind == Kind.PAUSE:
        done(run, command)
    elif command.kind in (Kind.STOP, Kind.KEEP, Kind.REWIND):
        act(run, command)
        run.refresh_from_db()


def wait_again(run: Run, **facts: Any) -> None:
    """Into the queue, from a pause or from the end; one that waits already goes on from elsewhere.

    A trial of a sweep that goes on is a run by itself from now on.
    """
    if not run.enqueue(is_trial=False, **facts):
        Run.objects.filter(pk=run.pk, state=Run.State.QUEUED).update(**facts or {"queued": F("queued")})
    transaction.on_commit(lambda: announce(run.pk))


def done(run: Run, command: Command) -> None:
    """The command took effect where the run stands."""
    command.apply(step=run.step + 1, epoch=run.epoch, attempt=run.attempt)


# --- what each kind of command needs, and when it makes sense


def planned(run: Run) -> Any:
    """The spec that the run will have when all that waits is carried out."""
    spec = run.configuration
    for command in run.commands.pending().filter(kind__in=(Kind.CHANGE, Kind.EXTEND)):
        try:
            spec = changed(spec, as_change(spec, command.kind, command.values))
        except ValueError:
            continue  # it will be refused when its turn comes
    return spec


def as_change(spec: Any, kind: str, values: Values) -> Values:
    """An extension is a change of the number of epochs."""
    return {"epochs": spec.epochs + values["epochs"]} if kind == Kind.EXTEND else values


def live_only(run: Run, values: Values) -> Values:
    if not (run.is_live or run.state == run.State.PAUSED):
        raise CommandRefusedError(
            f"This run has {ended_words(run)}: extend it, or go back to one of its "
            "checkpoints, to train it further."
        )
    return refuse_values(values)


def pausing(run: Run, values: Values) -> Values:
    if run.state == run.State.PAUSED:
        raise CommandRefusedError("This run is paused already.")
    return live_only(run, values)


def resuming(run: Run, values: Values) -> Values:
    if run.state not in (run.State.PAUSED, run.State.STOPPED, run.State.FAILED):
        words = ended_words(run) if run.has_ended else "not been paused"
        raise CommandRefusedError(
            f"This run has {words}: only a paused, stopped or failed run can go on like this."
        )
    return refuse_values(values)


def extending(run: Run, values: Values) -> Values:
    epochs = values.pop("epochs", None)
    if not isinstance(epochs, int) or isinstance(epochs, bool) or not 1 <= epochs <= MOST_EPOCHS:
        raise CommandRefusedError(f"epochs: give a whole number from 1 to {MOST_EPOCHS:,}.")
    if run.state == run.State.DIVERGED:
        raise CommandRefusedError(
            "This run has diverged: go back to a checkpoint and lower the learning rate there."
        )
    refuse_values(values)
    check_change(run, {"epochs": planned(run).epochs + epochs})
    return {"epochs": epochs}


def changing(run: Run, values: Values) -> Values:
    live_only(run, {})
    if not values:
        raise CommandRefusedError("Nothing is changed: give at least one value.")
    check_change(run, values)
    return values


def check_change(run: Run, values: Values) -> None:
    """Raise CommandRefusedError for a value that the engine would not take."""
    try:
        changed(planned(run), values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CommandRefusedError(f"{where}: {first['msg']}.") from error
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise CommandRefusedError(str(error)) from error


def rewinding(run: Run, values: Values) -> Values:
    wanted = values.pop("checkpoint", None)
    refuse_values(values)
    known = type(wanted) is int and 0 < wanted < 2**63
    found = run.checkpoints.filter(pk=wanted).first() if known else None
    if found is None:
        raise CommandRefusedError("checkpoint: this run has no such checkpoint. Choose one from its list.")
    return {"checkpoint": found.pk, "commands": found.commands}


def keeping(run: Run, values: Values) -> Values:
    try:
        return Keeping.model_validate(values).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        raise CommandRefusedError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def refuse_values(values: Values) -> Values:
    if values:
        raise CommandRefusedError(f"This command takes no {', '.join(sorted(map(str, values)))}.")
    return {}


def ended_words(run: Run) -> str:
    """`finished`, `stopped`, ... as in “this run has …”."""
    return {run.State.STOPPED: "been stopped"}.get(run.state, run.state)


CHECKS: dict[Command.Kind, Callable[[Run, Values], Values]] = {
    Kind.STOP: live_only,
    Kind.STOP_AFTER_EPOCH: live_only,
    Kind.PAUSE: pausing,
    Kind.RESUME: resuming,
    Kind.EXTEND: extending,
    Kind.CHANGE: changing,
    Kind.CHECKPOINT: live_only,
    Kind.REWIND: rewinding,
    Kind.KEEP: keeping,
}
