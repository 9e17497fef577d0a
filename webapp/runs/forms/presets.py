"""Ready-made specs to start from. A preset is one function with one `@preset` above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine import Dense, Spec, Split
from engine.splits import split_sizes
from webapp.datasets.models import Dataset
from webapp.datasets.preparation import heads_for

DEFAULT = "sensible"


class Preset(NamedTuple):
    """A start: its name in addresses, its title, one line on when to reach for it, and its spec."""

    key: str
    title: str
    help: str
    spec_for: Callable[[Dataset], Spec]


PRESETS: dict[str, Preset] = {}


def preset(title: str, help: str) -> Callable[[Callable[[Dataset], Spec]], Callable[[Dataset], Spec]]:
    """Register a function under its own name."""

    def register(function: Callable[[Dataset], Spec]) -> Callable[[Dataset], Spec]:
        PRESETS[function.__name__] = Preset(function.__name__, title, help, function)
        return function

    return register


@preset(
    "Quick look", "Does this data hold a signal at all? One small layer and few epochs: an answer in seconds."
)
def quick(dataset: Dataset) -> Spec:
    return network(dataset, [32], epochs=epochs_for(dataset, steps=300))


@preset("Sensible default", "The place to start: two layers, sized to the data, that fit most tables well.")
def sensible(dataset: Dataset) -> Spec:
    return network(
        dataset, [256, 128] if has_much(dataset) else [64, 32], epochs=epochs_for(dataset, steps=1000)
    )


@preset("Wide", "The training error stays high (bias): one broad layer that can fit more.")
def wide(dataset: Dataset) -> Spec:
    return network(dataset, [1024] if has_much(dataset) else [256], epochs=epochs_for(dataset, steps=1000))


@preset("Deep", "The pattern is intricate, such as spirals: five layers that build on each other.")
def deep(dataset: Dataset) -> Spec:
    return network(dataset, [64, 64, 64, 32, 32], epochs=epochs_for(dataset, steps=2000))


def network(dataset: Dataset, widths: list[int], *, epochs: int) -> Spec:
    """ReLU layers of these widths under the head that suits the dataset, trained with Adam."""
    return Spec(
        layers=tuple(Dense(units=units) for units in widths),
        head={"kind": heads_for(dataset.task)[0]},
        batch_size=batch_for(dataset),
        epochs=epochs,
    )


def batch_for(dataset: Dataset) -> int:
    """A power of two from 32 to 256 that gives some dozens of steps an epoch, never more than there is."""
    n_train = n_train_of(dataset)
    batch = next((size for size in (256, 128, 64) if n_train >= 40 * size), 32)
    return min(batch, n_train)


def has_much(dataset: Dataset) -> bool:
    """Whether there are examples enough for layers of hundreds of units; fewer are soon learnt by heart."""
    return n_train_of(dataset) >= 1000 and dataset.task != Dataset.Task.REGRESSION


def epochs_for(dataset: Dataset, *, steps: int) -> int:
    """As many epochs as make about `steps` steps, from 5 to 200."""
    per_epoch = -(-n_train_of(dataset) // batch_for(dataset))
    return max(5, min(200, round(steps / per_epoch)))


def n_train_of(dataset: Dataset) -> int:
    """Training examples under the split that a spec starts with; 1 when there are too few to split."""
    try:
        return split_sizes(dataset.n_rows, Split()).train
    except ValueError:
        return 1
