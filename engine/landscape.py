"""Landscapes: the cost around a network's parameters, and its decisions over a plane of two features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .network import Network
from .program import Array

Floats = npt.NDArray[np.float64]

#: Points of a surface or a grid along each of its two axes, at most.
MAX_AXIS = 1_001


class LossSurface(NamedTuple):
    """``costs[i, j]`` (axes, axes) at ``offsets[i]`` along the first direction and ``offsets[j]`` along the
    second, (axes,); NaN where the cost is not finite.

    ``trajectory`` (T, 2) are the points on the plane nearest to those given, as offsets along the two, and
    ``within`` (T,) the share of each one's squared distance from the centre that lies in the plane: where it
    is small, the point is really far above or below the surface drawn. NaN for the centre itself.
    """

    offsets: Floats
    costs: Floats
    trajectory: Floats
    within: Floats


def loss_surface(
    network: Network,
    x: Array,
    y: Array,
    axes: int = 21,
    radius: float = 1.0,
    seed: int = 0,
    trajectory: Sequence[npt.ArrayLike] = (),
    *,
    member: int = 0,
) -> LossSurface:
    """The mean cost, without penalties, of examples ``x`` (m, n_features), ``y`` on a plane through the
    parameters of the network at the place ``member``, which stays as it is.

    The plane is spanned by two random directions in which each unit's incoming weights are as long as the
    unit's own; biases and batch norms do not move. ``trajectory`` holds parameter vectors (P,), rows of
    ``network.theta`` at other times. Li et al. 2018, Visualizing the loss landscape of neural nets,
    https://arxiv.org/abs/1712.09913

    Raises ValueError when there is no such plane.
    """
    if not 2 <= axes <= MAX_AXIS or not 0 < radius < np.inf:
        raise ValueError(
            f"axes is {axes} and radius {radius:g}: give 2 to {MAX_AXIS} points, radius above 0."
        )
    twin = _alone(network, member)
    centre = twin.theta[0].astype(np.float64)
    first, second = directions(twin, seed)
    offsets = np.linspace(-radius, radius, axes)
    costs = np.empty((axes, axes))
    for i, a in enumerate(offsets):
        for j, b in enumerate(offsets):
            twin.theta[0] = centre + a * first + b * second
            costs[i, j] = twin.evaluate(x, y)[0][0]
    places, within = project(
        np.array([_vector(point, centre) for point in trajectory]), centre, first, second
    )
    return LossSurface(offsets, np.where(np.isfinite(costs), costs, np.nan), places, within)


def directions(network: Network, seed: int) -> Floats:
    """Two random directions (2, P) for the first network, each unit's weights as long as its own."""
    rng = np.random.default_rng(seed)
    found = np.zeros((2, network.n_parameters))
    for direction in found:
        for block in network.blocks:
            part = slice(block.start, block.start + block.fan_in * block.units)
            weights = network.theta[0, part].reshape(block.fan_in, block.units).astype(np.float64)
            drawn = rng.standard_normal(weights.shape)
            drawn *= np.linalg.norm(weights, axis=0) / np.linalg.norm(drawn, axis=0)
            direction[part] = drawn.ravel()
    return found


def project(points: Floats, centre: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """The offsets (T, 2) of ``points`` (T, P) nearest by least squares on the plane through ``centre`` along
    two directions (P,), and the share (T,) of each squared distance that lies in it."""
    away = points.reshape(-1, len(centre)) - centre
    spans = np.stack([first, second])
    # Of the two normal equations; a network of zeros has no directions, and its offsets are 0.
    places = away @ spans.T @ np.linalg.pinv(spans @ spans.T)
    size = np.square(away).sum(axis=1)
    inside = np.square(places @ spans).sum(axis=1)
    return places, inside / np.where(size > 0, size, np.nan)


def _alone(network: Network, member: int) -> Network:
    """A copy of one network of a cohort, which shares nothing with it."""
    if not 0 <= member < network.k:
        raise ValueError(f"There is no network {member}: the cohort has {network.k}, counted from 0.")
    twin = Network([network.specs[member]], network.n_features, network.n_outputs)
    twin.theta[0], twin.statistics.kept[:, 0] = network.theta[member], network.statistics.kept[:, member]
    return twin


def _vector(point: npt.ArrayLike, centre: Floats) -> Floats:
    vector = np.asarray(point, dtype=np.float64)
    if vector.shape != centre.shape:
        raise ValueError(f"A point of the trajectory has shape {vector.shape}, expected {centre.shape}.")
    return vector


class DecisionGrid(NamedTuple):
    """``answers[i, j]`` at ``y[i]``, ``x[j]``, each (n,): class numbers (n, n) and the ``confidence`` in
    them, the winner's probability (n, n); 0 or 1 of each output (n, n, n_outputs) where labels do not exclude
    each other; or values (n, n), with several outputs (n, n, n_outputs), and no confidence."""

    x: Floats
    y: Floats
    answers: Array
    confidence: Array | None


def decision_grid(
    network: Network,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    n: int = 100,
    *,
    member: int = 0,
    prepare: Callable[[Floats], Array] | None = None,
) -> DecisionGrid:
    """What the network at the place ``member`` answers over a grid of ``n`` by ``n`` points of two features.

    ``prepare`` turns the points (n * n, 2) into the network's inputs, such as the ``apply`` of a scaling,
    when the ranges are in other units. Raises ValueError when the network reads other than two features.
    """
    if network.n_features != 2:
        raise ValueError(f"The network reads {network.n_features} features, but a plane has 2.")
    if not 2 <= n <= MAX_AXIS:
        raise ValueError(f"n is {n}: give 2 to {MAX_AXIS} points for each axis.")
    for name, (low, high) in (("x_range", x_range), ("y_range", y_range)):
        if not -np.inf < low < high < np.inf:
            raise ValueError(f"{name} goes from {low:g} to {high:g}: give the smaller end first.")
    twin = _alone(network, member)
    x, y = np.linspace(*x_range, n), np.linspace(*y_range, n)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    inputs = points if prepare is None else prepare(points)
    answers, predicted = twin.predict(inputs)[0], twin.forward(inputs)[0]
    if network.head.kind in ("softmax", "sigmoid"):
        sure = (
            predicted.max(axis=-1) if network.head.kind == "softmax" else np.maximum(predicted, 1 - predicted)
        )
        return DecisionGrid(x, y, answers.reshape(n, n, *answers.shape[1:]), _grid(sure, n))
    return DecisionGrid(x, y, _grid(predicted, n), None)


def _grid(values: Array, n: int) -> Array:
    """``values`` (n * n, ...) on the grid, without a last axis of one."""
    return values.reshape(n, n) if values.size == n * n else values.reshape(n, n, -1)
