"""Warnings: each rule speaks where it should, names the field, and is silent on a sensible network."""

import re

import pytest

from engine import warnings as warnings_module
from engine import warnings_for
from tests.engine.examples import small_spec


def _warnings(n_features=20, n_outputs=3, n_train=5000, **fields) -> dict[str, str]:
    spec = small_spec(**({"layers": [{"units": 32}, {"units": 16}], "batch_size": 64} | fields))
    found: dict[str, str] = {}
    for warning in warnings_for(spec, n_features, n_outputs, n_train):
        found[warning.field] = found.get(warning.field, "") + warning.message
    return found


def test_a_sensible_network_gets_no_warning():
    assert _warnings() == {}


def _layers(*kinds: tuple[str, str]) -> list[dict[str, object]]:
    return [{"units": 16, "activation": a, "initializer": i} for a, i in kinds]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"layers": _layers(("relu", "he"), ("relu", "zeros"))}, "layers.1.initializer", "learn the same"),
        ({"layers": _layers(("sigmoid", "he"))}, "layers.0.initializer", "signals grow.* Choose Xavier"),
        ({"layers": _layers(("relu", "xavier"))}, "layers.0.initializer", "signals fade.* Choose He"),
        ({"layers": _layers(("linear", "xavier"))}, "layers.0.activation", "All hidden layers are linear"),
        ({"layers": _layers(*[("sigmoid", "xavier")] * 4)}, "layers", "vanishing gradients"),
        ({"layers": _layers(*[("tanh", "xavier")] * 9)}, "layers", "vanishing gradients"),
        ({"learning_rate": 1.0}, "learning_rate", "1 is large for adam.* Try 0.001"),
        ({"learning_rate": 1e-7}, "learning_rate", "1e-07 is small for adam"),
        (
            {"optimizer": "gradient_descent", "learning_rate": 1e-5},
            "learning_rate",
            "small for gradient descent.* Try 0.1",
        ),
        ({"input_keep_prob": 0.7}, "input_keep_prob", "30% of the inputs are thrown away"),
        ({"layers": [{"keep_prob": 0.1}, {}]}, "layers.0.keep_prob", "Only 10% of the units"),
        (
            {"layers": [{"batch_norm": True}], "batch_size": 1},
            "batch_size",
            "mean and variance of 1 example: too few",
        ),
        ({"full_batch": True, "n_features": 2}, "batch_size", "one step per epoch"),
        ({"batch_size": 100}, "batch_size", "not a power of two.* Try 64 or 128"),
        ({"batch_size": 8192}, "batch_size", "larger than the 5,000 training examples.* at most 5,000"),
        ({"batch_size": 5000, "n_features": 2}, "batch_size", "one step per epoch"),
        (
            {"n_train": 150, "layers": [{"units": 800}]},
            "layers",
            "19,203 parameters for 150 .*by heart",
        ),
        (
            {"batch_size": 1024, "n_features": 400},
            "batch_size",
            r"2\.0 MiB.*holds 1\.0 MiB.* batch of 512 fits",
        ),
    ],
)
def test_a_rule_speaks_at_its_field(fields, field, words, monkeypatch):
    monkeypatch.setattr(warnings_module, "cache_bytes", lambda: 1 << 20)
    found = _warnings(**fields)
    assert field in found, found
    assert re.search(words, found[field]), found[field]


def test_every_rule_says_what_and_how_to_mend_it():
    spec = small_spec(
        layers=_layers(*[("sigmoid", "he")] * 5, ("linear", "zeros")), batch_size=300, learning_rate=10
    )
    for warning in warnings_for(spec, 20, 3, 200):
        assert warning.message.endswith(".")
        assert any(word in warning.message for word in ("Try", "Choose", "Use", "keep to"))
