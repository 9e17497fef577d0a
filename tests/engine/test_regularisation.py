"""Regularisation: penalties, clipping and norms against their formulas, member by member."""

import numpy as np
import pytest

from engine import Network, Spec, Trainer, gradient_check
from engine.descent import Descent
from engine.program import run
from tests.engine.examples import small_data, small_spec

RNG = np.random.default_rng(2)
X, Y = RNG.standard_normal((9, 3)), RNG.integers(0, 3, 9)


def _network(**fields) -> Network:
    return Network([small_spec(precision="float64", **fields)], 3, 3)


def _weights(network: Network) -> list[np.ndarray]:
    return [p[0].copy() for name, p in network.parameters().items() if name.endswith("weights")]


def test_l2_is_lambda_over_2m_in_the_cost_and_lambda_over_m_in_the_gradient():
    plain, network = _network(), _network(l2=0.7)
    cost, plain_cost = network.backward(X, Y), plain.backward(X, Y)
    squares = sum((w**2).sum() for w in _weights(network))
    assert cost[0] - plain_cost[0] == pytest.approx(0.7 / (2 * 9) * squares)
    assert network.objective(X, Y)[0] == pytest.approx(cost[0])
    for name, gradient in network.gradients().items():
        pull = 0.7 / 9 * network.parameters()[name] if name.endswith("weights") else 0
        np.testing.assert_allclose(gradient - plain.gradients()[name], pull, atol=1e-12)


def test_l1_pulls_by_the_sign():
    plain, network = _network(), _network(l1=0.3)
    cost, plain_cost = network.backward(X, Y), plain.backward(X, Y)
    assert cost[0] - plain_cost[0] == pytest.approx(0.3 / 9 * sum(abs(w).sum() for w in _weights(network)))
    difference = network.gradients()["layers.0.weights"] - plain.gradients()["layers.0.weights"]
    np.testing.assert_allclose(difference, 0.3 / 9 * np.sign(network.parameters()["layers.0.weights"]))


def test_penalties_pass_the_gradient_check():
    shapes = _network().parameters()
    initial = {name: RNG.uniform(0.1, 1, p.shape) for name, p in shapes.items()}
    assert gradient_check(small_spec(l2=2.0, l1=0.1), X, Y, 3, initial=initial).verdict == "right"


def test_penalties_reach_every_block_of_a_large_network():
    layers = [{"units": 9000}]
    plain, network = _network(layers=layers), _network(layers=layers, l2=0.7, l1=0.1)
    cost = network.backward(X, Y) - plain.backward(X, Y)
    w = [w.ravel() for w in _weights(network)]
    assert cost[0] == pytest.approx(sum(0.35 * (each**2).sum() + 0.1 * abs(each).sum() for each in w) / 9)
    difference = network.weights_only(network.gradient - plain.gradient)
    for each, pull in zip(w, difference, strict=True):
        np.testing.assert_allclose(pull[0], (0.7 * each + 0.1 * np.sign(each)) / 9, atol=1e-12)


def _stepped(gradient: np.ndarray, **fields) -> Network:
    spec = small_spec(precision="float64", optimizer="gradient_descent", learning_rate=1, **fields)
    network = Network([spec], 3, 3)
    network.theta[:] = 0
    network.gradient[0] = gradient
    run(Descent([spec], network).program)
    return network


def test_a_long_gradient_is_scaled_to_the_limit_and_a_short_one_left_alone():
    gradient = RNG.standard_normal(59)
    norm = np.linalg.norm(gradient)
    np.testing.assert_allclose(-_stepped(gradient, clip_norm=0.5).theta[0], gradient * 0.5 / norm)
    np.testing.assert_allclose(-_stepped(gradient, clip_norm=2 * norm).theta[0], gradient)


def test_clipping_by_value_cuts_each_entry():
    gradient = RNG.standard_normal(59)
    np.testing.assert_allclose(-_stepped(gradient, clip_value=0.3).theta[0], np.clip(gradient, -0.3, 0.3))


def test_max_norm_keeps_every_unit_within_its_limit():
    network = _stepped(RNG.standard_normal(59), max_norm=0.8)
    free = _stepped(-np.zeros(59) + RNG.standard_normal(59) * 1e-3, max_norm=0.8)
    for name, p in network.parameters().items():
        if name.endswith("weights"):
            norms = np.linalg.norm(p[0], axis=0)
            assert norms.max() == pytest.approx(0.8)
            assert np.linalg.norm(free.parameters()[name][0], axis=0).max() < 0.8


@pytest.mark.parametrize(
    "settings",
    [
        [{"l2": 0.5}, {"l2": 0.0}, {"l2": 3.0, "l1": 0.1}],
        [{"clip_norm": 0.05}, {"clip_norm": None}, {"clip_value": 0.01}],
        [{"max_norm": 0.4}, {}, {"max_norm": 2.0}],
        [{"optimizer": {"kind": "adamw", "weight_decay": d}} for d in (0.0, 0.5, 1.0)],
    ],
    ids=["penalties", "clipping", "max-norm", "weight decay"],
)
def test_members_with_settings_of_their_own_equal_networks_alone(settings):
    specs = [Spec.model_validate(small_spec(precision="float64").model_dump() | each) for each in settings]
    together = Trainer(specs, small_data())
    list(together)
    for k, spec in enumerate(specs):
        alone = Trainer(spec, small_data())
        list(alone)
        np.testing.assert_allclose(together.network.theta[k], alone.network.theta[0], rtol=1e-7, atol=1e-12)
