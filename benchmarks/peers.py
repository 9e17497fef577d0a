"""One measurement: seconds per optimizer step of one library on one network.

`python -m benchmarks.peers torch 64-64-32-10 1.0` trains for about a second and prints the seconds per step.
Each peer makes a function that trains a number of steps: ReLU layers under softmax, with Adam.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

STEPS = 64  # of one pass over the data, the unit of training


class Net(NamedTuple):
    """Widths from inputs to classes, and the size of a mini-batch."""

    widths: tuple[int, ...]
    batch: int


NETS = {
    "20-8-8-2": Net((20, 8, 8, 2), 64),
    "64-64-32-10": Net((64, 64, 32, 10), 64),
    "784-128-64-10": Net((784, 128, 64, 10), 64),
    "784-256-128-10": Net((784, 256, 128, 10), 128),
    "784-1024-1024-10": Net((784, 1024, 1024, 10), 256),
}
PEERS = {"hone": "engine", "sklearn": "sklearn", "torch": "torch", "jax": "jax"}

Train = Callable[[int], float]  # steps, a multiple of STEPS -> seconds


def data(net: Net) -> tuple[np.ndarray, np.ndarray]:
    """x (STEPS * batch, n) float32 and labels, random: what a step costs does not depend on them."""
    numbers = np.random.default_rng(0)
    m = STEPS * net.batch
    x = numbers.standard_normal((m, net.widths[0]), np.float32)
    return x, numbers.integers(net.widths[-1], size=m)


def hone(net: Net) -> Train:
    """Steps as the training generator takes them, without the evaluation after an epoch."""
    from engine import Data, Dense, Spec, StepMetrics, train

    x, y = data(net)
    given = Data(x, y, x[:64], y[:64], net.widths[-1])

    def run(steps: int) -> float:
        layers = tuple(Dense(units=units) for units in net.widths[1:-1])
        spec = Spec(layers=layers, head="softmax", batch_size=net.batch, epochs=steps // STEPS)
        total = 0.0
        for event in train(spec, given):
            if type(event) is not StepMetrics:
                continue
            now = time.perf_counter()
            if event.step % STEPS == 1:
                start = now
            elif event.step % STEPS == 0:
                total += (now - start) * STEPS / (STEPS - 1)
        return total

    return run


def sklearn(net: Net) -> Train:
    """One pass of `partial_fit` is one pass over the data in mini-batches."""
    from sklearn.neural_network import MLPClassifier

    x, y = data(net)
    model = MLPClassifier(net.widths[1:-1], alpha=0, batch_size=net.batch)
    model.partial_fit(x, y, classes=np.arange(net.widths[-1]))
    return lambda steps: timed(lambda: model.partial_fit(x, y), steps // STEPS)


def torch(net: Net) -> Train:
    """Eager, with the faster of Adam's fused and foreach implementations."""
    import torch as library

    library.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    x, y = (library.from_numpy(array) for array in data(net))

    def stepper(**how: bool) -> Callable[[], None]:
        layers: list[library.nn.Module] = []
        for before, after in zip(net.widths, net.widths[1:], strict=False):
            layers += [library.nn.Linear(before, after), library.nn.ReLU()]
        model = library.nn.Sequential(*layers[:-1])
        optimizer = library.optim.Adam(model.parameters(), **how)
        cost = library.nn.CrossEntropyLoss()

        def epoch() -> None:
            order = library.randperm(len(x))
            for start in range(0, len(x), net.batch):
                rows = order[start : start + net.batch]
                optimizer.zero_grad()
                cost(model(x[rows]), y[rows]).backward()
                optimizer.step()

        return epoch

    epochs = [stepper(fused=True), stepper(foreach=True)]
    for epoch in epochs:
        epoch()
    best = min(epochs, key=lambda epoch: timed(epoch, 1))
    return lambda steps: timed(best, steps // STEPS)


def jax(net: Net) -> Train:
    """One jitted step, the usual way; batches are gathered by NumPy."""
    import jax as library
    import jax.numpy as jnp

    x, y = data(net)
    numbers = np.random.default_rng(1)
    weights = [
        (jnp.asarray(numbers.standard_normal(shape, np.float32) * (2 / shape[0]) ** 0.5), jnp.zeros(shape[1]))
        for shape in zip(net.widths, net.widths[1:], strict=False)
    ]
    tree = library.tree_util.tree_map

    def cost(weights, x, y):  # type: ignore[no-untyped-def]
        for w, b in weights[:-1]:
            x = library.nn.relu(x @ w + b)
        w, b = weights[-1]
        return -jnp.mean(library.nn.log_softmax(x @ w + b)[jnp.arange(len(y)), y])

    @library.jit
    def step(weights, m, v, t, x, y):  # type: ignore[no-untyped-def]
        value, g = library.value_and_grad(cost)(weights, x, y)
        m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate = 0.001 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return tree(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-8), weights, m, v), m, v, value

    state = [weights, tree(jnp.zeros_like, weights), tree(jnp.zeros_like, weights)]
    count = 0

    def epoch() -> None:
        nonlocal count
        order = numbers.permutation(len(x))
        for start in range(0, len(x), net.batch):
            rows = order[start : start + net.batch]
            count += 1
            *state[:], value = step(*state, float(count), x[rows], y[rows])
        value.block_until_ready()

    epoch()
    return lambda steps: timed(epoch, steps // STEPS)


def timed(once: Callable[[], object], times: int) -> float:
    """Seconds for so many calls."""
    start = time.perf_counter()
    for _ in range(times):
        once()
    return time.perf_counter() - start


def main(name: str, net: str, seconds: str) -> None:
    run: Train = globals()[name](NETS[net])
    once = run(STEPS)
    steps = STEPS * max(1, round(float(seconds) / once))
    print(json.dumps(run(steps) / steps))


if __name__ == "__main__":
    main(*sys.argv[1:])
