"""Small data and specs that the engine's tests share."""

from typing import Any

import numpy as np

from engine import Data, Spec, Split, split_indices

HEADS = {"softmax": 3, "sigmoid": 1, "squared_error": 2, "huber": 2}


def small_spec(**fields: Any) -> Spec:
    """Two hidden layers of 5 and 4 units on small batches, unless told otherwise."""
    fields.setdefault("layers", [{"units": 5}, {"units": 4}])
    fields.setdefault("head", "softmax")
    return Spec(**({"batch_size": 8, "epochs": 2} | fields))


def answers(head: str, m: int, rng: np.random.Generator) -> np.ndarray:
    """Random answers that fit a head."""
    if head in ("squared_error", "huber"):
        return rng.standard_normal((m, HEADS[head]))
    return rng.integers(0, max(2, HEADS[head]), m)


def small_data(head: str = "softmax", m: int = 21, n: int = 3, seed: int = 0) -> Data:
    """Random inputs and answers; 21 examples leave a last batch of 5 at a batch size of 8."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((m + 10, n)).astype(np.float32)
    y = answers(head, m + 10, rng)
    return Data(x[:m], y[:m], x[m:], y[m:], HEADS[head])


def prepared(x: np.ndarray, y: np.ndarray, spec: Spec, n_outputs: int) -> Data:
    """Split, normalised by the training part, ready to train."""
    parts = split_indices(len(x), Split(), spec.seed, labels=y)
    scaling = spec.normalise.fit(x[parts.train])
    x = scaling.apply(x).astype(spec.precision)
    return Data(x[parts.train], y[parts.train], x[parts.dev], y[parts.dev], n_outputs)


def circles(m: int, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two rings, the inner of radius 0.8."""
    rng = np.random.default_rng(seed)
    y = np.arange(m) % 2
    angle = rng.uniform(0, 2 * np.pi, m)
    radius = np.where(y == 1, 0.8, 1.0)
    x = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return x + rng.normal(0, noise, x.shape), y
