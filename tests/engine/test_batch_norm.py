"""Batch norm: the formula, its statistics, and what it is for."""

import numpy as np
import pytest

from engine import EpochMetrics, Network, Trainer, gradient_check
from tests.engine.examples import circles, prepared, small_data, small_spec

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((12, 3)) * 3 + 1, RNG.integers(0, 3, 12)
LAYERS = [{"units": 5, "batch_norm": True, "activation": "tanh"}, {"units": 4}]


def _spec(**fields):
    return small_spec(layers=LAYERS, **({"precision": "float64"} | fields))


def _normalised(network: Network, mean=None, variance=None) -> np.ndarray:
    """The logits, written out."""
    p = {name: array[0] for name, array in network.parameters().items()}
    z = X @ p["layers.0.weights"]
    mean, variance = (z.mean(axis=0), z.var(axis=0)) if mean is None else (mean, variance)
    a = np.tanh(p["layers.0.gamma"] * (z - mean) / np.sqrt(variance + 1e-5) + p["layers.0.beta"])
    a = np.maximum(0, a @ p["layers.1.weights"] + p["layers.1.biases"])
    return a @ p["output.weights"] + p["output.biases"]


def test_a_layer_with_batch_norm_has_gamma_and_beta_and_no_bias():
    network = Network([_spec()], 3, 3)
    shapes = {name: p.shape for name, p in network.parameters().items()}
    assert list(shapes)[:3] == ["layers.0.weights", "layers.0.beta", "layers.0.gamma"]
    assert shapes["layers.0.gamma"] == (1, 5)
    assert "layers.1.biases" in shapes
    np.testing.assert_array_equal(network.parameters()["layers.0.gamma"], 1)
    np.testing.assert_array_equal(network.parameters()["layers.0.beta"], 0)


def test_training_normalises_by_the_batch():
    network = Network([_spec()], 3, 3)
    network.load({"layers.0.gamma": RNG.standard_normal(5), "layers.0.beta": RNG.standard_normal(5)})
    z = _normalised(network)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    assert network.backward(X, Y)[0] == pytest.approx(-log_p[np.arange(12), Y].mean())


def test_evaluation_uses_the_kept_statistics():
    network = Network([_spec()], 3, 3)
    mean, variance = RNG.standard_normal(5), RNG.uniform(0.5, 2, 5)
    network.load({"layers.0.running_mean": mean, "layers.0.running_variance": variance})
    np.testing.assert_allclose(network.logits(X)[0], _normalised(network, mean, variance), rtol=1e-9)
    np.testing.assert_allclose(network.forward(X[:1])[0], network.forward(X)[0, :1])


def test_running_statistics_are_averages_corrected_for_their_start():
    spec = _spec(batch_norm={"momentum": 0.8}, learning_rate=1e-12)
    trainer, means = Trainer(spec, small_data()), []
    x = small_data().x_train
    w = trainer.network.parameters()["layers.0.weights"][0]
    average = 0.0
    for t, rows in enumerate((slice(0, 9), slice(5, 20), slice(9, 21)), start=1):
        trainer.step_on(x[rows], np.zeros(len(x[rows]), dtype=int))
        z = x[rows] @ w
        means.append(z.mean(axis=0))
        average = 0.8 * average + 0.2 * means[-1]
        running = trainer.network.running()["layers.0.running_mean"][0]
        np.testing.assert_allclose(running, average / (1 - 0.8**t), rtol=1e-6)
    before = trainer.network.statistics.kept.copy()
    trainer.network.backward(X, Y)
    np.testing.assert_array_equal(trainer.network.statistics.kept, before)


def test_exact_statistics_are_those_of_the_whole_training_part():
    layers = [{"units": 5, "batch_norm": True}, {"units": 4, "batch_norm": True}]
    spec = small_spec(layers=layers, precision="float64", batch_norm={"statistics": "population"})
    data = small_data(m=1100)
    trainer = Trainer(spec, data)
    list(trainer)
    p = {name: a[0] for name, a in (trainer.network.parameters() | trainer.network.running()).items()}
    z = data.x_train @ p["layers.0.weights"]
    np.testing.assert_allclose(p["layers.0.running_mean"], z.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(p["layers.0.running_variance"], z.var(axis=0), rtol=1e-6)
    y = p["layers.0.gamma"] * (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5) + p["layers.0.beta"]
    z = np.maximum(0, y) @ p["layers.1.weights"]
    np.testing.assert_allclose(p["layers.1.running_variance"], z.var(axis=0), rtol=1e-6)


def test_batch_norm_passes_the_gradient_check_with_penalties():
    assert gradient_check(_spec(l2=0.3), X, Y, 3).verdict == "right"


def test_members_with_seeds_of_their_own_carry_statistics_of_their_own():
    specs = [_spec(learning_rate=rate) for rate in (0.001, 0.1)]
    together = Trainer(specs, small_data())
    list(together)
    for k, spec in enumerate(specs):
        alone = Trainer(spec, small_data())
        list(alone)
        for name, values in alone.network.running().items():
            np.testing.assert_allclose(together.network.running()[name][k], values[0], rtol=1e-7)


def test_batch_norm_saves_a_deep_network_from_a_bad_start():
    x, y = circles(300, noise=0.03)

    def error(batch_norm: bool) -> float:
        layer = {
            "units": 12,
            "activation": "relu",
            "initializer": {"kind": "random", "scale": 0.01},
            "batch_norm": batch_norm,
        }
        spec = small_spec(layers=[layer] * 5, head="sigmoid", batch_size=32, epochs=40, learning_rate=0.01)
        events = Trainer(spec, prepared(x, y, spec, 1))
        return [event.dev_error[0] for event in events if isinstance(event, EpochMetrics)][-1]

    assert error(batch_norm=True) < 0.15
    assert error(batch_norm=False) > 0.25
