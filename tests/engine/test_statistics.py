"""Layer statistics: pure functions against NumPy, then a network looked into."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine import Network, Trainer
from engine.activations import ACTIVATIONS
from engine.statistics import (
    bounds,
    dead_share,
    distribution,
    layer_statistics,
    norm,
    saturated_share,
    signals,
    update_ratio,
)
from tests.engine.examples import small_data, small_spec

finite = st.floats(-1e6, 1e6, width=32)
cohorts = arrays(
    np.float32, st.tuples(st.integers(1, 3), st.integers(1, 8), st.integers(1, 8)), elements=finite
)


def _x(m: int = 30) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((m, 3)).astype(np.float32)


# --- pure functions


@settings(max_examples=40)
@given(cohorts, st.integers(1, 50))
def test_a_distribution_counts_every_value_once_and_knows_mean_and_deviation(values, bins):
    found = distribution(values, bins)
    rows = values.reshape(len(values), -1).astype(np.float64)
    np.testing.assert_allclose(found.mean, rows.mean(axis=1), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.std, rows.std(axis=1), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(found.counts.sum(axis=1), rows.shape[1])
    assert found.edges.shape == (len(values), bins + 1)
    assert (np.diff(found.edges, axis=1) > 0).all()
    assert (found.edges[:, 0] <= rows.min(axis=1)).all()
    assert (found.edges[:, -1] >= rows.max(axis=1)).all()


def test_a_histogram_is_numpys():
    row = np.random.default_rng(0).standard_normal(1000)
    counts, edges = np.histogram(row, 20)
    found = distribution(row[None], 20)
    np.testing.assert_array_equal(found.counts[0], counts)
    np.testing.assert_allclose(found.edges[0], edges)


@pytest.mark.parametrize("value", [0.0, 3.0, -1e30, 1e-30])
def test_values_that_are_all_alike_make_one_bar_in_the_middle(value):
    found = distribution(np.full((1, 7), value, dtype=np.float32), bins=5)
    np.testing.assert_array_equal(found.counts, [[0, 0, 7, 0, 0]])


@pytest.mark.parametrize("size", [3e38, 1e-42])
def test_values_at_the_ends_of_what_a_float_can_hold_are_counted(size):
    found = distribution(np.array([[-size, 0, size, size]], dtype=np.float32), bins=3)
    np.testing.assert_array_equal(found.counts, [[1, 1, 2]])
    np.testing.assert_allclose(found.edges[0, [0, -1]], [-size, size], rtol=1e-3)


def test_values_that_are_not_finite_are_left_out_of_the_histogram_and_make_the_mean_a_gap():
    found = distribution(
        np.array([[1.0, np.nan, 2.0], [np.inf, np.inf, np.inf], [1.0, -np.inf, 3.0]]), bins=2
    )
    assert np.isnan(found.mean).all()
    assert np.isnan(found.std).all()
    np.testing.assert_array_equal(found.counts, [[1, 1], [0, 0], [1, 1]])


@settings(max_examples=40)
@given(cohorts)
def test_a_norm_is_numpys(values):
    rows = values.reshape(len(values), -1).astype(np.float64)
    np.testing.assert_allclose(norm(values), np.linalg.norm(rows, axis=1), rtol=1e-6)


def test_the_update_ratio_is_the_step_over_the_weights_and_a_gap_from_zero():
    before, after = np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[3.0, 4.5], [1.0, 0.0]])
    np.testing.assert_allclose(update_ratio(before, after), [0.1, np.nan])


def test_a_unit_is_dead_when_no_example_makes_it_active():
    activations = np.array([[[0.0, 0.0], [0.0, 0.1], [-0.5, -0.2], [0.0, -0.0]]])
    np.testing.assert_array_equal(dead_share(activations), [0.5])


def test_a_unit_is_saturated_when_it_sits_at_an_end_of_its_range_most_of_the_time():
    at_one_end, at_both, sometimes = [0.99] * 10, [0.95, -0.95] * 5, [0.99] * 8 + [0.0] * 2
    activations = np.array([[at_one_end, at_both, sometimes, [0.5] * 10]])
    np.testing.assert_array_equal(saturated_share(activations, -1, 1), [0.5])


def test_without_two_ends_nothing_can_saturate():
    assert np.isnan(saturated_share(np.zeros((2, 3, 4)), 0, np.inf)).all()


@pytest.mark.parametrize("kind", list(ACTIVATIONS))
def test_bounds_hold_for_every_activation(kind):
    expected = {
        "tanh": (-1, 1),
        "sigmoid": (0, 1),
        "relu": (0, np.inf),
        "elu": (-1, np.inf),
        "linear": (-np.inf, np.inf),
        "leaky_relu": (-np.inf, np.inf),
    }
    low, high = bounds(ACTIVATIONS[kind]())
    assert (low, high) == expected.get(kind, (low, high))
    assert low < high


# --- a network looked into


@pytest.mark.parametrize("kind", list(ACTIVATIONS))
@pytest.mark.parametrize("k", [1, 3])
def test_signals_are_those_of_the_forward_pass(kind, k):
    specs = [small_spec(layers=[{"units": 5, "activation": kind}], seed=seed) for seed in range(k)]
    network, x = Network(specs, 3, 3), _x()
    passed = signals(network, x)
    parameters = network.parameters()
    z, a = passed["layers.0"]
    assert z.shape == a.shape == (k, 5, 30)
    expected = x @ parameters["layers.0.weights"] + parameters["layers.0.biases"][:, None]
    np.testing.assert_allclose(z.swapaxes(1, 2), expected, rtol=1e-4, atol=1e-5)
    read = a.swapaxes(1, 2) @ parameters["output.weights"] + parameters["output.biases"][:, None]
    np.testing.assert_allclose(read, network.logits(x), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(passed["output"][0].swapaxes(1, 2), network.logits(x))


def test_signals_of_more_examples_than_are_looked_at_together_come_in_order():
    network = Network([small_spec()], 3, 3)
    x = _x(1300)
    np.testing.assert_array_equal(signals(network, x)["output"][1].swapaxes(1, 2), network.logits(x))


def test_statistics_of_a_step_say_what_moved_and_how_far():
    trainer = Trainer(small_spec(learning_rate=0.01), small_data())
    network, x = trainer.network, _x()
    y = np.arange(30) % 3
    network.backward(x, y)
    gradients = {name: values.copy() for name, values in network.gradients().items()}
    before = {name: values.copy() for name, values in network.parameters().items()}
    trainer.step_on(x, y)
    found = layer_statistics(network, x, 7, 2, gradients, before, bins=10)
    assert (found.step, found.epoch) == (7, 2)
    assert list(found.layers) == ["layers.0", "layers.1", "output"]
    total = np.concatenate([values.ravel() for values in gradients.values()])
    np.testing.assert_allclose(found.gradient_norm, np.linalg.norm(total), rtol=1e-5)
    for name, layer in found.layers.items():
        weights = network.parameters()[f"{name}.weights"]
        np.testing.assert_allclose(layer.weights.std, weights.std(), rtol=1e-5)
        np.testing.assert_allclose(layer.gradients.mean, gradients[f"{name}.weights"].mean(), atol=1e-7)
        both = np.append(gradients[f"{name}.weights"], gradients[f"{name}.biases"])
        np.testing.assert_allclose(layer.gradient_norm, np.linalg.norm(both), rtol=1e-5)
        moved = np.linalg.norm(weights - before[f"{name}.weights"])
        expected = moved / np.linalg.norm(before[f"{name}.weights"])
        np.testing.assert_allclose(layer.update_ratio, expected, rtol=1e-3)
        assert layer.activations.counts.shape == (1, 10)


def test_dead_and_saturated_units_are_found_in_each_network_of_a_cohort():
    layers = [{"units": 4, "activation": "relu"}, {"units": 4, "activation": "tanh"}]
    network = Network([small_spec(layers=layers, seed=seed) for seed in (0, 1)], 3, 3)
    network.parameters()["layers.0.biases"][1] = -100
    network.parameters()["layers.1.biases"][0, :3] = 100
    network.parameters()["layers.1.biases"][1] = 0.3
    found = layer_statistics(network, _x()).layers
    assert found["layers.0"].dead[0] < 1
    assert found["layers.0"].dead[1] == 1
    assert np.isnan(found["layers.0"].saturated).all()
    np.testing.assert_array_equal(found["layers.1"].saturated, [0.75, 0])


def test_what_was_not_given_is_none():
    found = layer_statistics(Network([small_spec()], 3, 3), _x())
    assert found.gradient_norm is None
    layer = found.layers["output"]
    assert (layer.gradients, layer.gradient_norm, layer.update_ratio) == (None, None, None)
    assert (layer.running_mean, layer.running_variance) == (None, None)


def test_running_statistics_of_batch_norm_are_kept_as_they_were():
    running = {"layers.1.running_mean": np.ones((1, 4)), "layers.1.running_variance": np.full((1, 4), 2.0)}
    found = layer_statistics(Network([small_spec()], 3, 3), _x(), running=running).layers
    running["layers.1.running_mean"][...] = 9
    np.testing.assert_array_equal(found["layers.1"].running_mean, np.ones((1, 4)))
    np.testing.assert_array_equal(found["layers.1"].running_variance, np.full((1, 4), 2.0))
    assert found["layers.0"].running_mean is None


def test_looking_at_statistics_changes_nothing_in_the_training():
    plain, watched = (Trainer(small_spec(), small_data()) for _ in range(2))
    for _ in plain:
        pass
    for _ in watched:
        layer_statistics(watched.network, watched.data.x_dev)
    assert plain.network.theta.tobytes() == watched.network.theta.tobytes()


def test_a_network_that_has_diverged_is_looked_into_without_a_warning():
    network = Network([small_spec()], 3, 3)
    network.parameters()["layers.0.weights"][...] = np.inf
    layer = layer_statistics(network, _x()).layers["layers.0"]
    assert np.isnan(layer.pre_activations.mean).all()
    assert layer.weights.counts.sum() == 0
