"""Estimates: right where they can be checked, and harmless where nothing could be allocated."""

import time
import tracemalloc

import numpy as np
import pytest

from engine import Data, Trainer, estimate, measure_seconds_per_epoch
from tests.engine.examples import small_spec


def test_parameters_are_counted_layer_by_layer():
    found = estimate(small_spec(), n_features=3, n_outputs=2, n_train=100)
    assert found.layers == [
        ("layers.0", (3, 5), 20),
        ("layers.1", (5, 4), 24),
        ("output", (4, 2), 10),
    ]
    assert found.n_parameters == 54


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("technique", [{}, {"batch_norm": True, "keep_prob": 0.7}], ids=["plain", "more"])
@pytest.mark.parametrize(
    ("units", "n", "m", "batch_size", "activation"),
    [
        ((512, 256), 200, 2000, 128, "relu"),
        ((8, 8), 20, 5000, 5000, "leaky_relu"),
        ((300,), 784, 1000, 96, "tanh"),
    ],
)
def test_memory_is_what_a_run_really_takes(units, n, m, batch_size, activation, precision, technique):
    layers = [{"units": u, "activation": activation, **technique} for u in units]
    optimizer = "amsgrad" if technique else "adam"
    spec = small_spec(
        layers=layers, batch_size=batch_size, epochs=1, precision=precision, optimizer=optimizer
    )
    tracemalloc.start()
    try:
        x = np.zeros((m, n), dtype=precision)
        dev = np.zeros((m // 3, n), dtype=precision)
        y = np.zeros(m, dtype=np.int8)
        trainer = Trainer(spec, Data(x, y, dev, y[: m // 3], 10))
        list(trainer)
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert estimate(spec, n, 10, m, m // 3).memory_bytes == pytest.approx(kept, rel=0.35)


def test_absurd_sizes_are_estimated_at_once_and_allocate_nothing():
    spec = small_spec(layers=[{"units": 65_536}] * 64, batch_size=10**12)
    tracemalloc.start()
    try:
        found = estimate(spec, n_features=10**9, n_outputs=10**9, n_train=10**15)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.n_parameters > 10**14
    assert found.memory_bytes > 4 * found.n_parameters
    assert peak < 100_000


def test_the_measured_time_is_that_of_an_epoch():
    spec = small_spec(layers=[{"units": 64}, {"units": 32}], batch_size=64, epochs=6)
    x = np.random.default_rng(0).standard_normal((6000, 64), dtype=np.float32)
    y = np.zeros(6000, dtype=int)
    trainer = Trainer(spec, Data(x, y, x[:2000], y[:2000], 10))
    seconds, last = [], time.perf_counter()
    for event in trainer:
        if type(event).__name__ == "EpochMetrics":
            seconds.append(time.perf_counter() - last)
            last = time.perf_counter()
    measured = min(measure_seconds_per_epoch(spec, 64, 10, 6000) for _ in range(3))
    assert min(seconds) / 5 < measured < 5 * min(seconds)


@pytest.mark.parametrize(
    ("units", "batch_size", "head"),
    [(65_536, 64, "softmax"), (64, 10**6, "sigmoid"), (2048, 256, "squared_error")],
)
def test_large_networks_and_batches_are_timed_within_a_moment(units, batch_size, head):
    spec = small_spec(layers=[{"units": units}], batch_size=batch_size, head=head)
    n_outputs = {"softmax": 10, "sigmoid": 1, "squared_error": 2}[head]
    start = time.perf_counter()
    assert measure_seconds_per_epoch(spec, 784, n_outputs, 10**6) > 0.1
    assert time.perf_counter() - start < 2
