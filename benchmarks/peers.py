"""The libraries compared: each trains the same networks on the same data, in a process of its own.

`python -m benchmarks.peers torch` reads lines such as `3 64-64-32-10`, and answers each with the seconds that
so many passes over the network's data took; see `turns.py`.
"""

import os
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

Pass = Callable[[], float]  # one pass over the data -> its seconds
RATE, KEEP_PROB, L2 = 0.001, 0.8, 0.1


class Net(NamedTuple):
    """Widths from inputs to classes, examples in a mini-batch, mini-batches in a pass over the data."""

    widths: tuple[int, ...]
    batch: int
    steps: int
    optimizer: str = "adam"
    regularised: bool = False

    @property
    def flops(self) -> int:
        """Additions and multiplications of a step's matrix products: forward, by the weights, and by the
        inputs of all layers but the first."""
        sizes = [before * after for before, after in zip(self.widths, self.widths[1:], strict=False)]
        return 2 * self.batch * (3 * sum(sizes) - sizes[0])


NETS = {
    "20-8-8-2": Net((20, 8, 8, 2), 64, 256),
    "64-64-32-10": Net((64, 64, 32, 10), 64, 128),
    "784-128-64-10": Net((784, 128, 64, 10), 64, 64),
    "784-256-128-10": Net((784, 256, 128, 10), 128, 32),
    "784-1024-1024-10": Net((784, 1024, 1024, 10), 256, 4),
    "784-128-64-10 descent": Net((784, 128, 64, 10), 64, 64, optimizer="descent"),
    "784-128-64-10 regularised": Net((784, 128, 64, 10), 64, 64, regularised=True),
}


def named(name: str) -> Net:
    """One of those above, or any other by its widths and batch size, such as `784-32-10 at 64`."""
    if name in NETS:
        return NETS[name]
    widths, batch = name.split(" at ")
    return Net(tuple(map(int, widths.split("-"))), int(batch), 64)


def data(net: Net) -> tuple[np.ndarray, np.ndarray]:
    """x (steps * batch, n) float32 and labels, random: what a step costs does not depend on them."""
    numbers = np.random.default_rng(0)
    m = net.steps * net.batch
    return numbers.standard_normal((m, net.widths[0]), np.float32), numbers.integers(net.widths[-1], size=m)


def spec(net: Net, member: int = 0) -> Any:
    """The network as the engine describes it, to be trained for as long as anybody asks."""
    from engine import Dense, Spec

    each = {"keep_prob": KEEP_PROB, "batch_norm": True} if net.regularised else {}
    layers = tuple(Dense(units=units, **each) for units in net.widths[1:-1])
    optimizer = {"adam": "adam", "descent": "gradient_descent"}[net.optimizer]
    l2 = L2 if net.regularised else 0
    return Spec(
        layers=layers,
        head="softmax",
        batch_size=net.batch,
        epochs=100_000,
        optimizer=optimizer,
        learning_rate=RATE * (1 + member / 100),
        l2=l2,
        seed=member,
    )


def hone(net: Net, members: int = 1) -> Pass:
    """Steps as the training generator takes them, of a cohort of so many networks; the evaluation after an
    epoch is left out."""
    from engine import Data, train

    x, y = data(net)
    specs = [spec(net, member) for member in range(members)]
    events = train(specs, Data(x, y, x[:64], y[:64], net.widths[-1]))
    next(events)

    def steps() -> None:
        for _ in islice(events, net.steps):
            pass

    def once() -> float:
        seconds = timed(steps)
        next(events)  # the epoch's metrics
        return seconds

    return once


def sklearn(net: Net) -> Pass:
    """`partial_fit` on all the data is one pass in mini-batches."""
    from sklearn.neural_network import MLPClassifier

    x, y = data(net)
    how = {"solver": "sgd", "momentum": 0} if net.optimizer == "descent" else {"solver": "adam"}
    model = MLPClassifier(net.widths[1:-1], alpha=0, batch_size=net.batch, learning_rate_init=RATE, **how)
    model.partial_fit(x, y, classes=np.arange(net.widths[-1]))
    return lambda: timed(lambda: model.partial_fit(x, y))


def torch(net: Net) -> Pass:
    """Eager, denormals as zero, with the fastest of the optimizer's fused and foreach implementations."""
    import torch as library

    library.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    library.set_flush_denormal(True)
    x, y = (library.from_numpy(array) for array in data(net))

    def trained(**how: bool) -> Callable[[], None]:
        model, cost = _torch_model(net), library.nn.CrossEntropyLoss()
        kind = library.optim.SGD if net.optimizer == "descent" else library.optim.Adam
        decay = L2 / net.batch if net.regularised else 0
        optimizer = kind(model.parameters(), lr=RATE, weight_decay=decay, **how)

        def once() -> None:
            order = library.randperm(len(x))
            for start in range(0, len(x), net.batch):
                rows = order[start : start + net.batch]
                optimizer.zero_grad()
                cost(model(x[rows]), y[rows]).backward()
                optimizer.step()

        return once

    return fastest([trained(fused=True), trained(foreach=True)])


def _torch_model(net: Net) -> Any:
    from torch import nn

    layers: list[nn.Module] = []
    for before, after in zip(net.widths[:-1], net.widths[1:-1], strict=False):
        layers.append(nn.Linear(before, after, bias=not net.regularised))
        layers += [nn.BatchNorm1d(after)] * net.regularised + [nn.ReLU()]
        layers += [nn.Dropout(1 - KEEP_PROB)] * net.regularised
    return nn.Sequential(*layers, nn.Linear(*net.widths[-2:]))


def jax(net: Net) -> Pass:
    """One jitted step, the usual way, with the better of keeping and giving away its arguments; batches are
    gathered by NumPy."""
    import jax as library

    from benchmarks import jax_network

    x, y = data(net)
    numbers = np.random.default_rng(1)

    def trained(**how: Any) -> Callable[[], None]:
        step = library.jit(partial(jax_network.step, net), **how)
        state = jax_network.first_state(net)

        def once() -> None:
            nonlocal state
            order = numbers.permutation(len(x))
            for start in range(0, len(x), net.batch):
                rows = order[start : start + net.batch]
                state, cost = step(state, x[rows], y[rows])
            cost.block_until_ready()

        return once

    return fastest([trained(), trained(donate_argnums=0)])


def jax_scan(net: Net) -> Pass:
    """A whole pass as one jitted scan, gathering included: no Python between the steps."""
    import jax as library

    from benchmarks import jax_network

    x, y = (library.numpy.asarray(array) for array in data(net))
    numbers = np.random.default_rng(1)
    step = partial(jax_network.step, net)

    @library.jit
    def steps(state, order):  # type: ignore[no-untyped-def]
        return library.lax.scan(lambda state, rows: step(state, x[rows], y[rows]), state, order)

    state = jax_network.first_state(net)

    def once() -> None:
        nonlocal state
        state, costs = steps(state, numbers.permutation(len(x)).reshape(net.steps, net.batch))
        costs.block_until_ready()

    once()
    return lambda: timed(once)


def sgemm(net: Net) -> Pass:
    """The multiplications of a pass, at the speed of NumPy's product of two large square matrices."""
    n = 2_048
    a, b, out = (np.ones((n, n), np.float32) for _ in range(3))
    share = net.flops * net.steps / (2 * n**3)
    return lambda: timed(lambda: np.matmul(a, b, out)) * share


LIBRARIES: dict[str, Callable[[Net], Pass]] = {
    "hone": hone,
    "sklearn": sklearn,
    "torch": torch,
    "jax": jax,
    "jax scan": jax_scan,
    "sgemm": sgemm,
}


def timed(once: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    once()
    return time.perf_counter() - start


def fastest(variants: list[Callable[[], None]]) -> Pass:
    """The variant that takes least, each tried twice after a warm-up."""
    tried = {min(timed(variant) for _ in range(3)): variant for variant in variants}
    best = tried[min(tried)]
    return lambda: timed(best)


@cache
def prepared(library: str, net: str) -> Pass:
    """A network that has been warmed up; `hone 16` is a cohort of 16."""
    name, _, members = library.partition(" ")
    once = hone(named(net), int(members)) if name == "hone" and members else LIBRARIES[library](named(net))
    once()
    return once


def serve(library: str) -> None:
    """Answer numbers of passes with seconds, line by line."""
    for line in sys.stdin:
        passes, net = line.split(maxsplit=1)
        once = prepared(library, net.strip())
        print(sum(once() for _ in range(int(passes))), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
