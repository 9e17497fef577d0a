"""Ready-made specs to start from. A preset is one function with one `@preset` above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine import Dense, Spec
from webapp.datasets.models import Version
from webapp.datasets.preparation import heads_for
from webapp.datasets.recipe import Task

DEFAULT = "sensible"


class Preset(NamedTuple):
    """A start: its name in addresses, its title, one line on when to reach for it, and its spec."""

    key: str
    title: str
    help: str
    spec_for: Callable[[Version], Spec]


PRESETS: dict[str, Preset] = {}


def preset(title: str, help: str) -> Callable[[Callable[[Version], Spec]], Callable[[Version], Spec]]:
    """Register a function under its own name."""

    def register(function: Callable[[Version], Spec]) -> Callable[[Version], Spec]:
        PRESETS[function.__name__] = Preset(function.__name__, title, help, function)
        return function

    return register


@preset(
    "Quick look", "Does this data hold a signal at all? One small layer and few epochs: an answer in seconds."
)
def quick(version: Version) -> Spec:
    return network(version, [32], epochs=epochs_for(version, steps=300))


@preset("Sensible default", "The place to start: two layers, sized to the data, that fit most tables well.")
def sensible(version: Version) -> Spec:
    return network(
        version, [256, 128] if has_much(version) else [64, 32], epochs=epochs_for(version, steps=1000)
    )


@preset("Wide", "The training error stays high (bias): one broad layer that can fit more.")
def wide(version: Version) -> Spec:
    return network(version, [1024] if has_much(version) else [256], epochs=epochs_for(version, steps=1000))


@preset("Deep", "The pattern is intricate, such as spirals: five layers that build on each other.")
def deep(version: Version) -> Spec:
    return network(version, [64, 64, 64, 32, 32], epochs=epochs_for(version, steps=2000))


def network(version: Version, widths: list[int], *, epochs: int) -> Spec:
    """ReLU layers of these widths under the head that suits the dataset, trained with Adam."""
    return Spec(
        layers=tuple(Dense(units=units) for units in widths),
        head={"kind": heads_for(version.task)[0]},
        batch_size=batch_for(version),
        normalise="none" if version.image_shape else "standardise",  # pixels come as 0 .. 1
        epochs=epochs,
    )


def batch_for(version: Version) -> int:
    """A power of two from 32 to 256 that gives some dozens of steps an epoch, never more than there is."""
    batch = next((size for size in (256, 128, 64) if version.n_train >= 40 * size), 32)
    return min(batch, version.n_train)


def has_much(version: Version) -> bool:
    """Whether there are examples enough for layers of hundreds of units; fewer are soon learnt by heart."""
    return version.n_train >= 1000 and version.task != Task.REGRESSION


def epochs_for(version: Version, *, steps: int) -> int:
    """As many epochs as make about `steps` steps, from 5 to 200."""
    per_epoch = -(-version.n_train // batch_for(version))
    return max(5, min(200, round(steps / per_epoch)))
