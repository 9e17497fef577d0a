"""Random flights: whatever a run is told and whatever befalls it, it ends as a plain training does that makes
the same changes at the same steps.

`HONE_FLIGHTS=500` flies more of them than the few that are always flown.
"""

import os
import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from engine import Spec, Trainer
from engine.events import StepMetrics
from tests.webapp.runs.training.test_session import (
    Killed,
    a_small_run,
    hears_every_step,
    is_whole,
    train,
    version,
)
from webapp.datasets.preparation import prepare
from webapp.runs.cockpit.branching import branch
from webapp.runs.cockpit.commands import CommandRefusedError, issue
from webapp.runs.models import Checkpoint, Command, Run
from webapp.runs.training.recorder import Recorder
from webapp.runs.training.session import on_the_line

__all__ = ["hears_every_step", "version"]  # fixtures
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

FLIGHTS = int(os.environ.get("HONE_FLIGHTS", "6"))
CHANGES = [
    {"learning_rate": 0.1},
    {"learning_rate": 0.02, "l2": 0.1},
    {"layers.0.keep_prob": 0.6},
    {"batch_size": 5},
    {"batch_size": 8},
    {"clip_norm": 1.0},
]


class Flight:
    """What shall happen, each so many steps after the one before, and what should come of it."""

    def __init__(self, run: Run, seed: int) -> None:
        self.chance = random.Random(seed)
        ways = [
            self.change,
            self.change,
            self.pause,
            self.keep,
            self.rewind,
            self.extend,
            self.kill,
            self.damage,
        ]
        self.script = [self.chance.choice(ways) for _ in range(self.chance.randint(3, 9))]
        self.run, self.wait = run, 2
        self.ground: dict[int, int] = {}  # checkpoint -> the last change in it, of those to go back to

    def a_step(self) -> None:
        """One step was made: perhaps it is time for something."""
        self.wait -= 1
        if self.wait <= 0 and self.script:
            self.wait = self.chance.randint(0, 7)
            self.script.pop(0)()

    def tell(self, kind: str, **values: object) -> None:
        with suppress(CommandRefusedError):  # what cannot be done now changes nothing
            issue(self.run, self.run.owner, kind, values)

    def change(self) -> None:
        self.tell("change", **self.chance.choice(CHANGES))

    def pause(self) -> None:
        self.tell("pause")

    def keep(self) -> None:
        self.tell("checkpoint")

    def extend(self) -> None:
        self.tell("extend", epochs=1)

    def rewind(self) -> None:
        kept = list(self.run.checkpoints.order_by("pk"))
        if kept:
            goal = self.chance.choice(kept)
            self.ground[goal.pk] = goal.commands
            self.tell("rewind", checkpoint=goal.pk)

    def kill(self) -> None:
        raise Killed

    def damage(self) -> None:
        """The newest checkpoint is torn, and the worker dies with it."""
        for newest in on_the_line(self.run)[:1]:
            newest.path.write_bytes(b"torn")
        raise Killed

    def fly(self) -> None:
        """Until it has ended and nothing is left that could make it go on."""
        while not self.run.has_ended or self.go_on():
            try:
                train(self.run)
            except Killed:
                Run.objects.filter(pk=self.run.pk).update(lease_until="2020-01-01T00:00Z", deaths=0)
                assert Run.objects.reap().again == [self.run.pk]
            self.run.refresh_from_db()
            if self.run.state == Run.State.PAUSED:
                self.tell("resume")

    def go_on(self) -> bool:
        """Go back or further after the end."""
        while self.script and not self.run.is_live:
            action = self.script.pop(0)
            if action in (self.rewind, self.extend):
                action()
                self.run.refresh_from_db()
        return self.run.is_live

    def changes(self) -> list[Command]:
        """The changes that should be in the network, from the order of the commands alone."""
        after: dict[int, list[Command]] = {0: []}
        now: list[Command] = []
        for command in self.run.commands.applied():
            if command.kind in ("change", "extend"):
                now = after[command.number] = [*now, command]
            elif command.kind == "rewind":
                now = after[self.ground[command.values["checkpoint"]]]
        return now


def plain(run: Run, spec: Spec, changes: list[Command]) -> str:
    """The weights of a training without a worker, a database or a checkpoint."""
    trainer = Trainer(spec, prepare(run.version, spec))
    left = list(changes)
    for _ in trainer:
        while left and left[0].step <= trainer.step + 1 and left[0].epoch <= trainer.completed_epochs:
            values = left.pop(0)
            more = {"epochs": trainer.spec.epochs + values.values.get("epochs", 0)}
            trainer.change(more if values.kind == "extend" else values.values)
    assert not left
    return trainer.network.fingerprint()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Callable[[Flight | None], None]:
    """Lets a flight know of each step before it is noted."""
    take, flights = Recorder.take, []

    def take_and_tell(self, event):
        if flights and flights[-1] and type(event) is StepMetrics:
            flights[-1].a_step()
        return take(self, event)

    monkeypatch.setattr(Recorder, "take", take_and_tell)
    return flights.append


@pytest.mark.parametrize("seed", range(FLIGHTS))
def test_any_flight_ends_whole_and_with_the_weights_of_a_plain_training(version, heard, seed):
    run = a_small_run(version)
    spec = run.configuration
    flight = Flight(run, seed)
    heard(flight)
    flight.fly()
    assert (run.state, is_whole(run)) == ("finished", True)
    assert run.weights == plain(run, spec, flight.changes())
    heard(None)
    origin: Checkpoint = on_the_line(run)[0]
    child = train(branch(origin, run.owner, "a branch"))
    assert (child.state, child.weights, is_whole(child)) == ("finished", run.weights, True)
