"""Networks by hand: parameters by name, one pass at a time."""

import numpy as np
import pytest

from engine import Network
from engine.network import COHORT_CHUNK, MAX_CHUNK, chunk_size
from tests.engine.examples import small_data, small_spec


def _network(**fields) -> Network:
    return Network([small_spec(precision="float64", **fields)], 3, 3)


def test_a_forward_pass_is_the_formula_written_out():
    network = _network(layers=[{"units": 5, "activation": "tanh"}, {"units": 4}])
    rng = np.random.default_rng(0)
    network.load({name: rng.standard_normal(p.shape) for name, p in network.parameters().items()})
    p = {name: array[0] for name, array in network.parameters().items()}
    x = rng.standard_normal((7, 3))
    a = np.tanh(x @ p["layers.0.weights"] + p["layers.0.biases"])
    a = np.maximum(0, a @ p["layers.1.weights"] + p["layers.1.biases"])
    z = a @ p["output.weights"] + p["output.biases"]
    np.testing.assert_allclose(network.logits(x)[0], z, rtol=1e-12)
    probabilities = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.forward(x)[0], probabilities, rtol=1e-12)


@pytest.mark.parametrize("m", [1, MAX_CHUNK, MAX_CHUNK + 1])
def test_a_pass_over_many_examples_is_the_passes_over_each(m):
    network = _network()
    x = np.random.default_rng(0).standard_normal((m, 3))
    expected = [network.forward(x[row : row + 1])[0, 0] for row in (0, m // 2, m - 1)]
    np.testing.assert_allclose(network.forward(x)[0, [0, m // 2, m - 1]], expected, rtol=1e-12)


def test_wide_networks_look_at_fewer_examples_together():
    assert chunk_size(100) == MAX_CHUNK
    assert chunk_size(100, 16) == COHORT_CHUNK < MAX_CHUNK
    assert 1 <= chunk_size(10**6) < 10
    assert chunk_size(10**9) == 1


def test_parameters_are_live_and_can_be_given_from_the_start():
    weights = np.arange(15.0).reshape(3, 5)
    network = Network([small_spec()], 3, 3, initial={"layers.0.weights": weights})
    np.testing.assert_array_equal(network.parameters()["layers.0.weights"][0], weights)
    before = network.forward(np.ones((1, 3)))
    network.parameters()["output.biases"][0, 2] = 4
    assert network.forward(np.ones((1, 3)))[0, 0, 2] > before[0, 0, 2]


def test_loading_all_parameters_makes_two_networks_equal():
    first, second = _network(seed=1), _network(seed=2)
    assert not np.array_equal(first.theta, second.theta)
    second.load(first.parameters())
    assert np.array_equal(first.theta, second.theta)


def test_a_wrong_name_and_a_wrong_shape_are_refused_by_name():
    network = _network()
    with pytest.raises(
        ValueError, match=r"no parameter 'layers\.9\.weights'\. There are: layers\.0\.weights"
    ):
        network.load({"layers.9.weights": 0})
    with pytest.raises(ValueError, match=r"output\.biases has shape \(4,\), expected \(1, 3\) or \(3,\)"):
        network.load({"output.biases": np.zeros(4)})


def test_inputs_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"x has shape \(2, 5\), expected \(rows, 3\)"):
        _network().forward(np.zeros((2, 5)))


def test_all_parameters_are_one_contiguous_matrix_with_a_row_per_network():
    network = Network([small_spec(seed=seed) for seed in range(3)], 3, 3)
    assert network.theta.shape == (3, (3 + 1) * 5 + (5 + 1) * 4 + (4 + 1) * 3)
    assert network.theta.flags.c_contiguous
    assert all(np.shares_memory(p, network.theta) for p in network.parameters().values())
    assert not np.array_equal(network.theta[0], network.theta[1])


def test_huge_logits_neither_overflow_nor_warn():
    for head, y in (("softmax", [0, 1]), ("sigmoid", [0, 1])):
        data = small_data(head)
        network = Network([small_spec(head=head)], 3, data.n_outputs)
        network.load(
            {"output.biases": np.linspace(-1e4, 1e4, data.n_outputs) if head == "softmax" else [1e4]}
        )
        assert np.isfinite(network.forward(np.ones((2, 3)))).all()
        assert np.isfinite(network.backward(np.ones((2, 3)), y)).all()
        assert np.isfinite(network.gradient).all()


def test_rmse_is_in_the_targets_own_units():
    data = small_data("squared_error")
    network = Network([small_spec(head="squared_error")], 3, 2)
    _, error = network.evaluate(data.x_dev, data.y_dev, target_scale=100.0)
    residuals = network.forward(data.x_dev)[0] - data.y_dev
    assert error[0] == pytest.approx(100 * np.sqrt(np.mean(residuals**2)))
