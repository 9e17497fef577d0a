"""What sweeps are measured on: networks, data and the space that is searched, for Hone and its peers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from engine import Split, split_indices

Table = tuple[np.ndarray, np.ndarray]  # inputs (m, n) float32 and class numbers (m,)


class Task(NamedTuple):
    """A network and how long each trial trains it, and how many trials a sweep has."""

    widths: tuple[int, ...]
    epochs: int
    batch: int
    trials: int

    @property
    def units(self) -> tuple[int, ...]:
        """Of the hidden layers."""
        return self.widths[1:-1]


class Parts(NamedTuple):
    """What a trial learns from and what it is judged by; inputs as the network sees them."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_dev: np.ndarray
    y_dev: np.ndarray


#: Of the first two the batch sizes are those that a new run's form proposes for so many examples. The smaller
#: the batches, the more of their time peers spend on calls instead of arithmetic: digits show how much.
TASKS = {
    "digits": Task((64, 64, 32, 10), epochs=20, batch=32, trials=256),
    "breast cancer": Task((30, 16, 8, 1), epochs=40, batch=32, trials=256),
    "images": Task((784, 128, 10), epochs=10, batch=64, trials=64),
    "digits, batch 16": Task((64, 64, 32, 10), epochs=20, batch=16, trials=256),
    "digits, batch 64": Task((64, 64, 32, 10), epochs=20, batch=64, trials=256),
}

#: The ranges of every trial, as Hone writes them; the peers read them from here.
SPACE: dict[str, dict[str, Any]] = {
    "learning_rate": {"kind": "log", "low": 1e-4, "high": 3e-2},
    "l2": {"kind": "log", "low": 1e-4, "high": 10.0},
    "optimizer.beta1": {"kind": "one_minus_log", "low": 0.9, "high": 0.999},
}


def spec_of(task: Task) -> dict[str, Any]:
    """The spec of a task as JSON, but for what the space decides."""
    return {
        "layers": [{"units": units} for units in task.units],
        "head": "sigmoid" if task.widths[-1] == 1 else "softmax",
        "batch_size": task.batch,
        "epochs": task.epochs,
    }


def table_of(name: str) -> str:
    """The data of a task, which several may share."""
    return name.partition(",")[0]


def parts_of(name: str, mnist: Path | None = None) -> Parts:
    """The data of a task, 60% to train on and 20% to be judged by, standardised unless they are pixels."""
    table = table_of(name)
    x, y = TABLES[table](mnist) if table == "images" else TABLES[table]()
    train, dev, _ = split_indices(len(x), Split(), 0, y)
    if table != "images":
        x = (x - x[train].mean(0)) / np.maximum(x[train].std(0), 1e-6)
    return Parts(x[train], y[train], x[dev], y[dev])


def images(mnist: Path | None = None, n: int = 10_000) -> Table:
    """n images of 784 pixels in 0 to 1: of MNIST where its file is given, else ten noisy classes."""
    if mnist is not None:
        with np.load(mnist) as arrays:
            pixels, label = arrays["x_train"][:n].reshape(n, 784), arrays["y_train"][:n]
    else:
        numbers = np.random.default_rng(0)
        label = numbers.integers(10, size=n)
        pixels = np.clip(numbers.normal(100 + 10 * label[:, None], 60, size=(n, 784)), 0, 255)
    return pixels.astype(np.uint8) / np.float32(255), label.astype(np.int64)


def scikit(loader: str) -> Table:
    """A table that comes with scikit-learn."""
    from sklearn import datasets

    x, y = getattr(datasets, loader)(return_X_y=True)
    return x.astype(np.float32), y.astype(np.int64)


TABLES: dict[str, Callable[..., Table]] = {
    "digits": lambda: scikit("load_digits"),
    "breast cancer": lambda: scikit("load_breast_cancer"),
    "images": images,
}
