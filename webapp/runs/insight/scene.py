"""What the charts of one run are made from: its snapshots, those of its line alone."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from webapp.runs.models import Run, Snapshot
from webapp.runs.models.snapshot import Arrays, on_the_line

MANY = 120  # snapshots whose arrays are read for one chart of all of them


class Scene:
    """A run as its charts look at it; `at` is the step that a chart of one moment shows, None the newest."""

    def __init__(self, run: Run, at: int | None = None) -> None:
        self.run, self.at = run, at

    @cached_property
    def snapshots(self) -> list[Snapshot]:
        """All of the line in order, without their arrays; one a step."""
        found = on_the_line(self.run, self.run.snapshots.defer("content"))
        return list({snapshot.step: snapshot for snapshot in found}.values())

    @property
    def steps(self) -> list[int]:
        return [snapshot.step for snapshot in self.snapshots]

    def numbers(self, name: str) -> list[float | None]:
        """A number at each of `steps`; None where it was not seen."""
        return [snapshot.numbers.get(name) for snapshot in self.snapshots]

    def has(self, name: str) -> bool:
        """Whether any snapshot knows that number."""
        return any(snapshot.numbers.get(name) is not None for snapshot in self.snapshots)

    @cached_property
    def moment(self) -> Snapshot | None:
        """The newest snapshot, or the newest up to the chosen step; None before the first."""
        reached = [one for one in self.snapshots if self.at is None or one.step <= self.at]
        return (reached or self.snapshots or [None])[-1]

    @cached_property
    def arrays(self) -> Arrays:
        """The arrays of that moment."""
        return self.moment.arrays if self.moment else {}

    def through(self, *names: str) -> Iterator[tuple[int, list[np.ndarray]]]:
        """Step and arrays of all snapshots that have them; of more than `MANY`, of those evenly spread."""
        places = np.linspace(0, len(self.snapshots) - 1, min(len(self.snapshots), MANY)).astype(int)
        chosen = [self.snapshots[place].pk for place in places]
        for snapshot in self.run.snapshots.filter(pk__in=chosen).order_by("step"):
            arrays = snapshot.arrays
            if all(name in arrays for name in names):
                yield snapshot.step, [arrays[name] for name in names]

    @property
    def layers(self) -> dict[str, str]:
        """What the layers are called for people, by their names in the engine."""
        return layers_of(self.run)

    @property
    def is_sample(self) -> str:
        """What to say when only some of the dev part was judged."""
        if self.moment is None:
            return ""
        judged, total = (self.moment.numbers.get(name) for name in ("judged", "judged_of"))
        if not judged or not total or judged >= total:
            return ""
        return f"On {judged:,.0f} of {total:,.0f} dev examples, evenly spread."


def layers_of(run: Run) -> dict[str, str]:
    """`layers.0` -> Layer 1, ..., `output` -> Output."""
    hidden = {f"layers.{place}": f"Layer {place + 1}" for place in range(len(run.spec["layers"]))}
    return hidden | {"output": "Output"}
