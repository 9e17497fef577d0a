"""Dropout: inverted, per layer, per member, repeatable, and off when it should be."""

import numpy as np
import pytest

from engine import Network, StepMetrics, Trainer
from engine.dropout import Dropout
from engine.program import run
from engine.randomness import stream
from tests.engine.examples import small_data, small_spec

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((40, 3)), RNG.integers(0, 3, 40)


def _spec(*keep_probs: float, **fields):
    return small_spec(layers=[{"units": 5 + i, "keep_prob": p} for i, p in enumerate(keep_probs)], **fields)


@pytest.mark.parametrize("keep_prob", [0.2, 0.5, 0.83])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_mask_keeps_its_share_and_divides_by_it(keep_prob, precision):
    like = np.empty(0, dtype=precision)
    mask, draw = Dropout([np.random.default_rng(0)]).mask([keep_prob], (301, 333), like)
    run(draw)
    assert mask.dtype == precision
    assert set(np.unique(mask)) == {0, mask.dtype.type(1 / keep_prob)}
    assert (mask > 0).mean() == pytest.approx(keep_prob, abs=0.005)
    assert mask.mean() == pytest.approx(1, abs=0.02)
    before = mask.copy()
    run(draw)
    assert not np.array_equal(mask, before)


def test_nothing_is_dropped_when_evaluating():
    dropped, plain = (Network([_spec(p, p)], 3, 3) for p in (0.5, 1.0))
    np.testing.assert_array_equal(dropped.forward(X), plain.forward(X))
    np.testing.assert_array_equal(dropped.backward(X, Y), plain.backward(X, Y))


def test_a_forward_pass_with_a_seed_is_the_masked_formula():
    network = Network([_spec(0.5, precision="float64")], 3, 3)
    mask, draw = Dropout([stream(7, "dropout")]).mask([0.5], (5, 40), network.theta)
    run(draw)
    p = {name: array[0] for name, array in network.parameters().items()}
    a = np.maximum(0, X @ p["layers.0.weights"] + p["layers.0.biases"]) * mask[0].T
    z = a @ p["output.weights"] + p["output.biases"]
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.forward(X, dropout_seed=7)[0], expected)
    assert not np.allclose(network.forward(X, dropout_seed=8)[0], expected)


def test_gradients_go_only_through_what_was_kept():
    network = Network([_spec(0.5, precision="float64", input_keep_prob=0.8)], 3, 3)
    cost = network.backward(X, Y, dropout_seed=3)
    gradient, step = network.gradient.copy(), 1e-6
    for i in range(0, network.n_parameters, 7):
        moved = []
        for sign in (1, -1):
            network.theta[0, i] += sign * step
            moved.append(network.backward(X, Y, dropout_seed=3)[0])
            network.theta[0, i] -= sign * step
        assert (moved[0] - moved[1]) / (2 * step) == pytest.approx(gradient[0, i], abs=1e-8)
    assert network.backward(X, Y, dropout_seed=3) == cost
    assert network.backward(X, Y, dropout_seed=4) != cost


def test_each_step_draws_new_masks():
    trainer = Trainer(_spec(0.5, learning_rate=1e-9, batch_size=21, epochs=5), small_data())
    costs = {float(event.cost[0]) for event in trainer if isinstance(event, StepMetrics)}
    assert len(costs) == 5


def test_members_with_keep_probs_and_seeds_of_their_own_equal_networks_alone():
    settings = [(0.5, 1.0, 0), (1.0, 1.0, 0), (0.9, 0.4, 0)]
    specs = [_spec(a, b, precision="float64", input_keep_prob=min(1, a + 0.3)) for a, b, _ in settings]
    together = Trainer(specs, small_data())
    list(together)
    for k, spec in enumerate(specs):
        alone = Trainer(spec, small_data())
        list(alone)
        np.testing.assert_allclose(together.network.theta[k], alone.network.theta[0], rtol=1e-7, atol=1e-12)
