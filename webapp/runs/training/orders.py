"""Carrying out commands between two steps, on the worker that holds the run."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from engine import Spec, Trainer
from webapp.runs.models import Checkpoint, Command, Run
from webapp.runs.training.endings import Ending, paused, rewound, stopped
from webapp.runs.training.keeper import Keeper, Keeping

Kind = Command.Kind


class Orders:
    """What a run was told to do. An order either changes the training or ends it here."""

    def __init__(self, run: Run, trainer: Trainer, keeper: Keeper) -> None:
        self.run, self.trainer, self.keeper = run, trainer, keeper
        self.last_epoch: Command | None = None  # the order to stop after this epoch, once it was heard
        self.ways: dict[str, Callable[[Command], Ending | None]] = {
            Kind.STOP: self._stop,
            Kind.STOP_AFTER_EPOCH: self._stop_after_epoch,
            Kind.PAUSE: self._pause,
            Kind.RESUME: self._resume,
            Kind.EXTEND: self._extend,
            Kind.CHANGE: self._change,
            Kind.CHECKPOINT: self._checkpoint,
            Kind.REWIND: self._rewind,
            Kind.KEEP: self._keep,
        }

    def obey(self) -> Ending | None:
        """Carry out what is pending, one after the other; how the training ends, when it does."""
        for command in self.run.commands.pending():
            if command != self.last_epoch and (ending := self.ways[command.kind](command)):
                return ending
        return None

    def epoch_ended(self) -> Ending | None:
        """Somebody may have asked to stop here."""
        return self._stop(self.last_epoch) if self.last_epoch else None

    def again(self, command: Command) -> None:
        """Make a change that an earlier attempt had made here, and that its checkpoint does not have."""
        self.trainer.change(self._values(command))
        self._made(command)

    # --- one method for each kind of command

    def _stop(self, command: Command) -> Ending:
        return stopped(self.trainer.step, command)

    def _stop_after_epoch(self, command: Command) -> Ending | None:
        if self.trainer.step and not self.trainer.within:
            return self._stop(command)
        self.last_epoch = command
        return None

    def _pause(self, command: Command) -> Ending:
        return paused(command)

    def _resume(self, command: Command) -> None:
        self._apply(command, answer="It runs.")

    def _extend(self, command: Command) -> None:
        self._change(command)

    def _change(self, command: Command) -> None:
        values, spec = self._values(command), self.trainer.spec
        try:
            self.keeper.keep(Checkpoint.Kind.CHANGE)
            self.trainer.change(values)
        except ValueError as error:
            command.refuse(str(error))
            return
        except OSError as error:
            command.refuse(f"No checkpoint could be written before it, so nothing is changed: {error}")
            return
        with transaction.atomic():
            self._made(command)
            self._apply(command, before={path: current(spec, path) for path in values})

    def _checkpoint(self, command: Command) -> None:
        try:
            kept = self.keeper.keep(Checkpoint.Kind.ASKED)
        except OSError as error:
            command.refuse(f"It could not be written: {error}")
            return
        self._apply(command, answer=f"Kept, {kept.size / 2**20:.1f} MB.")

    def _rewind(self, command: Command) -> Ending | None:
        checkpoint = self.run.checkpoints.filter(pk=command.values["checkpoint"]).first()
        if checkpoint is None:
            command.refuse("That checkpoint is gone. Choose another one.")
            return None
        self.keeper.try_to_keep(Checkpoint.Kind.CHANGE)
        return rewound(checkpoint, command)

    def _keep(self, command: Command) -> None:
        before, self.keeper.policy = self.keeper.policy, Keeping.model_validate(command.values)
        self.run.note(keeping=command.values)
        self._apply(command, before=before.model_dump())

    # --- what they share

    def _values(self, command: Command) -> dict[str, Any]:
        if command.kind == Kind.EXTEND:
            return {"epochs": self.trainer.spec.epochs + command.values["epochs"]}
        return dict(command.values)

    def _made(self, command: Command) -> None:
        """The run's row says what the network is trained with now."""
        self.keeper.commands = command.number
        self.run.note(spec=self.trainer.spec.model_dump(mode="json"), n_steps=self.trainer.n_steps)

    def _apply(self, command: Command, before: dict[str, Any] | None = None, answer: str = "") -> None:
        trainer = self.trainer
        command.apply(
            step=trainer.step + 1,
            epoch=trainer.completed_epochs,
            attempt=self.run.attempt,
            before=before or {},
            answer=answer,
        )


def current(spec: Spec, path: str) -> Any:
    """The JSON value at a dotted path of a spec such as `layers.0.keep_prob`; None when there is none."""
    found: Any = spec.model_dump(mode="json")
    for part in path.split("."):
        found = found[int(part)] if isinstance(found, list) else (found or {}).get(part)
    return found
