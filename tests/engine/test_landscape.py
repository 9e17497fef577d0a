"""Landscapes: planes through the parameters, and decisions over two features."""

import numpy as np
import pytest

from engine import Network, decision_grid, loss_surface
from engine.landscape import directions
from tests.engine.examples import HEADS, small_data, small_spec

LAYERS = [{"units": 5, "batch_norm": True}, {"units": 4}]


def _network(k: int = 1, head: str = "softmax", n: int = 3, **fields) -> Network:
    specs = [small_spec(layers=LAYERS, head=head, seed=seed, **fields) for seed in range(k)]
    return Network(specs, n, HEADS[head])


def test_the_middle_of_a_surface_is_the_network_itself_which_stays_as_it_is():
    network, data = _network(k=2), small_data()
    before = network.fingerprint()
    for member in (0, 1):
        surface = loss_surface(network, data.x_dev, data.y_dev, axes=5, member=member)
        assert surface.costs.shape == (5, 5)
        assert surface.offsets.tolist() == [-1, -0.5, 0, 0.5, 1]
        assert surface.costs[2, 2] == network.evaluate(data.x_dev, data.y_dev)[0][member]
    assert network.fingerprint() == before


def test_costs_are_those_of_the_network_moved_along_the_directions():
    network, data = _network(precision="float64"), small_data()
    first, second = directions(network, seed=3)
    surface = loss_surface(network, data.x_dev, data.y_dev, axes=3, radius=0.5, seed=3)
    network.theta[0] += 0.5 * first - 0.5 * second
    assert surface.costs[2, 0] == pytest.approx(network.evaluate(data.x_dev, data.y_dev)[0][0])
    again = loss_surface(_network(precision="float64"), data.x_dev, data.y_dev, axes=3, radius=0.5, seed=3)
    assert (again.costs == surface.costs).all()


def test_each_unit_of_a_direction_is_as_long_as_the_units_own_weights_and_vectors_do_not_move():
    network = _network()
    network.parameters()["layers.1.weights"][0, :, 2] = 0
    for direction in directions(network, seed=0):
        moved = _network()
        moved.theta[0] = direction
        for name, values in moved.parameters().items():
            if name.endswith("weights"):
                expected = np.linalg.norm(network.parameters()[name], axis=1)
                np.testing.assert_allclose(np.linalg.norm(values, axis=1), expected, rtol=1e-5)
            else:
                assert not values.any()


def test_a_trajectory_is_projected_by_least_squares_and_its_distance_from_the_plane_told():
    network, data = _network(precision="float64"), small_data()
    first, second = directions(network, seed=0)
    centre = network.theta[0].copy()
    beside = np.random.default_rng(1).standard_normal(len(centre))
    basis, _ = np.linalg.qr(np.stack([first, second]).T)
    beside -= basis @ (basis.T @ beside)
    beside *= np.linalg.norm(0.3 * first - 2 * second) / np.linalg.norm(beside)
    inside = centre + 0.3 * first - 2 * second
    points = [centre, inside, inside + beside]
    surface = loss_surface(network, data.x_dev, data.y_dev, axes=2, trajectory=points)
    np.testing.assert_allclose(surface.trajectory, [[0, 0], [0.3, -2], [0.3, -2]], atol=1e-9)
    np.testing.assert_allclose(surface.within, [np.nan, 1, 0.5], atol=1e-9)


def test_without_a_trajectory_there_are_no_points():
    data = small_data()
    surface = loss_surface(_network(), data.x_dev, data.y_dev, axes=2)
    assert (surface.trajectory.shape, surface.within.shape) == ((0, 2), (0,))


def test_costs_beyond_all_numbers_are_gaps():
    data = small_data("squared_error")
    network = _network(head="squared_error")
    network.theta *= 1e18
    surface = loss_surface(network, data.x_dev, data.y_dev, axes=2, radius=1e10)
    assert np.isnan(surface.costs).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"axes": 1}, "axes is 1"),
        ({"axes": 5000}, "2 to 1001 points"),
        ({"radius": 0.0}, "radius 0"),
        ({"radius": float("nan")}, "radius nan"),
        ({"member": 2}, "There is no network 2"),
        ({"trajectory": [np.zeros(3)]}, r"shape \(3,\), expected"),
    ],
)
def test_planes_that_are_none_are_refused(arguments, words):
    data = small_data()
    with pytest.raises(ValueError, match=words):
        loss_surface(_network(), data.x_dev, data.y_dev, **arguments)


@pytest.mark.parametrize("head", HEADS)
def test_a_grid_holds_the_networks_answers_at_its_points(head):
    network = _network(k=2, head=head, n=2)
    grid = decision_grid(network, (-2, 1), (0, 4), 7, member=1)
    assert (grid.x[0], grid.x[-1], grid.y[0], grid.y[-1]) == (-2, 1, 0, 4)
    point = np.array([[grid.x[5], grid.y[2]]])
    predicted = network.forward(point)[1, 0]
    if head in ("softmax", "sigmoid"):
        assert grid.answers.shape == grid.confidence.shape == (7, 7)
        assert grid.answers[2, 5] == network.predict(point)[1, 0]
        winner = predicted.max() if head == "softmax" else max(predicted[0], 1 - predicted[0])
        assert grid.confidence[2, 5] == pytest.approx(winner, rel=1e-5)
        assert (grid.confidence >= 1 / len(predicted) / 2).all()
    else:
        assert grid.confidence is None
        np.testing.assert_allclose(grid.answers[2, 5], predicted, rtol=1e-5)


def test_several_labels_are_answered_each_and_one_value_needs_no_axis():
    several = Network([small_spec(head="sigmoid")], 2, 3)
    grid = decision_grid(several, (0, 1), (0, 1), 4)
    assert grid.answers.shape == grid.confidence.shape == (4, 4, 3)
    assert (grid.confidence >= 0.5).all()
    one = Network([small_spec(head="squared_error")], 2, 1)
    assert decision_grid(one, (0, 1), (0, 1), 4).answers.shape == (4, 4)


def test_points_can_be_prepared_for_the_network():
    network = _network(n=2)
    prepared = decision_grid(network, (0, 10), (0, 10), 5, prepare=lambda points: points / 10)
    plain = decision_grid(network, (0, 1), (0, 1), 5)
    np.testing.assert_allclose(prepared.confidence, plain.confidence, rtol=1e-5)
    assert prepared.x[-1] == 10


@pytest.mark.parametrize(
    ("n_features", "arguments", "words"),
    [
        (3, {}, "reads 3 features, but a plane has 2"),
        (2, {"n": 1}, "n is 1"),
        (2, {"x_range": (1, 1)}, "x_range goes from 1 to 1"),
        (2, {"y_range": (0, float("inf"))}, "y_range goes from 0 to inf"),
        (2, {"member": -1}, "There is no network -1"),
    ],
)
def test_grids_that_are_none_are_refused(n_features, arguments, words):
    with pytest.raises(ValueError, match=words):
        decision_grid(_network(n=n_features), **({"x_range": (0, 1), "y_range": (0, 1)} | arguments))
