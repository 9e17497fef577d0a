"""Branching: a new run that goes on from a checkpoint of another one, with its whole state."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from engine import Spec
from engine import checkpoint as files
from webapp.runs.cockpit.commands import check_change, issue
from webapp.runs.history.copying import copy_line
from webapp.runs.insight.copying import copy_snapshots
from webapp.runs.models import Attempt, Checkpoint, Command, Run
from webapp.runs.queue import announce


class BranchRefusedError(ValueError):
    """There can be no branch here; the message says why."""


def branch(
    origin: Checkpoint, by: AbstractBaseUser, name: str, values: Mapping[str, Any] | None = None
) -> Run:
    """A queued run that goes on from `origin`, with changes by path as `Trainer.change` takes them.

    It stands alone: its checkpoint is a file of its own (a hard link), and it holds a copy of the curves up
    to there. Raises BranchRefusedError or CommandRefusedError, and leaves nothing behind.
    """
    parent, spec = origin.run, spec_of(origin)
    with transaction.atomic():
        run = Run.objects.create(
            owner=by,
            version=parent.version,
            name=name,
            spec=spec.model_dump(mode="json"),
            branched_from=parent,
            branched_step=origin.step,
            keeping=parent.keeping,
            step=origin.step,
            epoch=origin.epoch,
            best_dev_error=origin.best_dev_error,
        )
        if values:
            check_change(run, dict(values))
        Attempt.objects.create(run=run, number=0)
        copy_line(origin, run)
        copy_snapshots(origin, run)
        inherit(origin, run)
        if values:
            issue(run, by, Command.Kind.CHANGE, values)
        transaction.on_commit(lambda: announce(run.pk))
    return run


def spec_of(origin: Checkpoint) -> Spec:
    """What the network of a checkpoint was trained with. Raises BranchRefusedError when it cannot be read."""
    try:
        return files.read_specs(origin.file().read_bytes())[0]
    except (OSError, ValueError) as error:
        raise BranchRefusedError(
            f"The checkpoint at step {origin.step:,} is damaged or missing: choose another one. ({error})"
        ) from error


def inherit(origin: Checkpoint, run: Run) -> None:
    """The new run's first checkpoint: the same content."""
    mine = Checkpoint(
        run=run,
        attempt=0,
        step=origin.step,
        epoch=origin.epoch,
        seconds=origin.seconds,
        kind=Checkpoint.Kind.BRANCH,
        dev_error=origin.dev_error,
        best_dev_error=origin.best_dev_error,
        size=origin.size,
    )
    try:
        duplicate(origin.file(), mine.path)
    except OSError as error:
        raise BranchRefusedError(f"The checkpoint could not be copied: {error}") from error
    mine.save()


def duplicate(source: Path, target: Path) -> None:
    """A hard link, or a copy where the file system has none. What is there goes first: to write into it
    would write into the checkpoint that it may be a link to."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
