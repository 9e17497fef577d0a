"""Optimizers against their published formulas, recomputed here line by line."""

from typing import Any

import numpy as np
import pytest

from engine import Network
from engine.descent import Descent
from engine.program import BLOCK, run
from engine.timeline import Timeline
from tests.engine.examples import small_spec

STEPS = 12


def _path(alpha: float = 0.03, units: int = 4, **optimizer: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Gradients of a few steps, some large, some zero, and the parameters before and after each."""
    spec = small_spec(
        precision="float64", learning_rate=alpha, optimizer=optimizer, layers=[{"units": units}]
    )
    network = Network([spec], 3, 3)
    descent = Descent([spec], network)
    rng = np.random.default_rng(0)
    gradients, positions = [], [network.theta[0].copy()]
    for step in range(1, STEPS + 1):
        gradient = rng.standard_normal(network.n_parameters) * 10.0 ** rng.integers(-6, 3)
        gradient[::7] = 0
        network.gradient[0] = gradient
        descent.factors[...] = descent.schedule(step, 1)[0]
        run(descent.program)
        gradients.append(gradient)
        positions.append(network.theta[0].copy())
    return gradients, positions


def test_gradient_descent_follows_its_formula():
    gradients, positions = _path(kind="gradient_descent")
    w = positions[0]
    for g, position in zip(gradients, positions[1:], strict=True):
        w = w - 0.03 * g
        np.testing.assert_allclose(position, w, rtol=1e-12)


def test_momentum_follows_its_formula():
    gradients, positions = _path(kind="momentum", beta=0.8)
    w, v = positions[0], 0.0
    for g, position in zip(gradients, positions[1:], strict=True):
        v = 0.8 * v + 0.2 * g
        w = w - 0.03 * v
        np.testing.assert_allclose(position, w, rtol=1e-12)


def test_rmsprop_follows_its_formula():
    gradients, positions = _path(kind="rmsprop", beta=0.95, epsilon=1e-6)
    w, s = positions[0], 0.0
    for g, position in zip(gradients, positions[1:], strict=True):
        s = 0.95 * s + 0.05 * g**2
        w = w - 0.03 * g / (np.sqrt(s) + 1e-6)
        np.testing.assert_allclose(position, w, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("units", [4, 11_000], ids=["one block", "several blocks"])
def test_adam_follows_its_formula_with_bias_correction(units):
    gradients, positions = _path(kind="adam", beta1=0.85, beta2=0.99, epsilon=1e-7, units=units)
    assert (positions[0].size > BLOCK) == (units == 11_000)
    w, m, v = positions[0], 0.0, 0.0
    for t, (g, position) in enumerate(zip(gradients, positions[1:], strict=True), start=1):
        m = 0.85 * m + 0.15 * g
        v = 0.99 * v + 0.01 * g**2
        corrected_m, corrected_v = m / (1 - 0.85**t), v / (1 - 0.99**t)
        w = w - 0.03 * corrected_m / (np.sqrt(corrected_v) + 1e-7)
        np.testing.assert_allclose(position, w, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"kind": "momentum", "beta": 0.99}, {"beta": 0.5}),
        ({"kind": "rmsprop", "beta": 0.9}, {"beta": 0.999}),
        ({"kind": "adam", "beta1": 0.99, "beta2": 0.9}, {"beta1": 0.9, "beta2": 0.999}),
        ({"kind": "adamw", "beta2": 0.999, "weight_decay": 0.0}, {"beta2": 0.9}),
        ({"kind": "amsgrad", "beta2": 0.9}, {"beta2": 0.999}),
        ({"kind": "adam", "bias_correction": False}, {"beta1": 0.5, "beta2": 0.99}),
    ],
)
def test_where_the_gradient_stays_the_same_so_do_the_steps_when_a_beta_changes(before, after):
    old, new = (
        small_spec(precision="float64", learning_rate=0.03, optimizer=constants)
        for constants in (before, before | after)
    )
    network = Network([old], 3, 3)
    descent, lengths = Descent([old], network), []
    for step in range(1, 10_001):
        if step == 9_997:
            descent.carry_over([new], step - 1)
            descent.bind([new], network, Timeline(steps_per_epoch=1, n_steps=1))
        position = network.theta[0].copy()
        network.gradient[0] = 0.7
        descent.factors[...] = descent.schedule(step, 1)[0]
        run(descent.program)
        lengths.append(position - network.theta[0])
    np.testing.assert_allclose(
        lengths[-5:], np.broadcast_to(lengths[-6], (5, network.n_parameters)), rtol=1e-6
    )


def test_factors_computed_ahead_are_those_of_each_step_until_a_plateau_cuts_the_rate():
    spec = small_spec(optimizer="adam", schedule="exponential")
    descent = Descent([spec, spec], Network([spec, spec], 3, 3), Timeline(steps_per_epoch=3, n_steps=9_000))
    for first, steps in ((1, 3), (4, 3), (2, 1), (4_090, 20), (8_995, 10)):
        coming = np.array(list(descent.coming(first, steps)))
        np.testing.assert_array_equal(coming, descent.schedule(first, steps).astype(coming.dtype))
    before = next(descent.coming(7, 1))
    descent.plateaus.scale[1] = 0.5
    np.testing.assert_array_equal(next(descent.coming(7, 1))[2], before[2] * np.array([[1], [0.5]]))


def test_factors_of_many_steps_at_once_are_those_of_each_step():
    spec = small_spec(optimizer="adam")
    descent = Descent([spec, spec], Network([spec, spec], 3, 3))
    together = descent.schedule(5, 4)
    assert together.shape == (4, 4, 2, 1)
    np.testing.assert_array_equal(together, np.concatenate([descent.schedule(t, 1) for t in range(5, 9)]))


def test_classic_momentum_sums_where_the_averaging_form_averages():
    gradients, positions = _path(kind="momentum", beta=0.8, form="classic")
    w, v = positions[0], 0.0
    for g, position in zip(gradients, positions[1:], strict=True):
        v = 0.8 * v + g
        w = w - 0.03 * v
        np.testing.assert_allclose(position, w, rtol=1e-12)


def test_nesterov_follows_its_formula():
    gradients, positions = _path(kind="nesterov", beta=0.8)
    w, v = positions[0], 0.0
    for g, position in zip(gradients, positions[1:], strict=True):
        v = 0.8 * v + g
        w = w - 0.03 * (g + 0.8 * v)
        np.testing.assert_allclose(position, w, rtol=1e-12)


def test_adagrad_follows_its_formula():
    gradients, positions = _path(kind="adagrad", epsilon=1e-6)
    w, s = positions[0], 0.0
    for g, position in zip(gradients, positions[1:], strict=True):
        s = s + g**2
        w = w - 0.03 * g / (np.sqrt(s) + 1e-6)
        np.testing.assert_allclose(position, w, rtol=1e-11, atol=1e-13)


def test_adam_without_bias_correction_follows_its_formula():
    gradients, positions = _path(kind="adam", bias_correction=False)
    w, m, v = positions[0], 0.0, 0.0
    for g, position in zip(gradients, positions[1:], strict=True):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        w = w - 0.03 * m / (np.sqrt(v) + 1e-8)
        np.testing.assert_allclose(position, w, rtol=1e-10, atol=1e-12)


def test_adamw_shrinks_weights_and_leaves_biases_alone():
    gradients, positions = _path(kind="adamw", weight_decay=0.2)
    is_weight = np.r_[np.ones(12), np.zeros(4), np.ones(12), np.zeros(3)]
    w, m, v = positions[0], 0.0, 0.0
    for t, (g, position) in enumerate(zip(gradients, positions[1:], strict=True), start=1):
        w = w * (1 - 0.03 * 0.2 * is_weight)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        w = w - 0.03 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(position, w, rtol=1e-10, atol=1e-12)


def test_amsgrad_never_lets_its_divisor_shrink():
    gradients, positions = _path(kind="amsgrad", beta2=0.9)
    w, m, v, largest = positions[0], 0.0, 0.0, 0.0
    for t, (g, position) in enumerate(zip(gradients, positions[1:], strict=True), start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.9 * v + 0.1 * g**2
        largest = np.maximum(largest, v)
        w = w - 0.03 * (m / (1 - 0.9**t)) / (np.sqrt(largest / (1 - 0.9**t)) + 1e-8)
        np.testing.assert_allclose(position, w, rtol=1e-10, atol=1e-12)
