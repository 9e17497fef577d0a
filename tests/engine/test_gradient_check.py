"""The public gradient check: right for right gradients, and it catches wrong ones."""

from functools import partial

import numpy as np
import pytest

from engine import gradient_check
from engine.activations import Tanh
from engine.gradient_check import GradientCheck, relative_difference
from tests.engine.examples import small_spec

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((8, 3)), RNG.integers(0, 3, 8)


def test_every_tensor_is_checked_by_name():
    check = gradient_check(small_spec(), X, Y, 3)
    assert list(check.differences) == [
        f"{layer}.{part}" for layer in ("layers.0", "layers.1", "output") for part in ("weights", "biases")
    ]
    assert check.verdict == "right"


def test_a_wrong_derivative_is_caught_in_the_layers_below_it(monkeypatch):
    monkeypatch.setattr(Tanh, "backward", lambda self, z, a, da: [partial(np.multiply, da, 0.9, da)])
    spec = small_spec(layers=[{"units": 5, "activation": "tanh"}])
    check = gradient_check(spec, X, Y, 3)
    assert check.verdict == "wrong"
    assert check.worst.startswith("layers.0")
    assert check.differences["output.weights"] < 1e-7


def test_a_sample_checks_fewer_parameters_and_finds_the_same():
    spec = small_spec(layers=[{"units": 200}])
    assert gradient_check(spec, X, Y, 3, sample=10).verdict == "right"


def test_the_verdict_follows_the_usual_thresholds():
    verdicts = [GradientCheck({"w": difference}).verdict for difference in (1e-8, 1e-6, 1e-4, 1e-2)]
    assert verdicts == ["right", "plausible", "doubtful", "wrong"]


def test_two_zero_gradients_agree():
    assert relative_difference(np.zeros(3), np.zeros(3)) == 0
    assert relative_difference(np.ones(3), -np.ones(3)) == pytest.approx(1)
