"""Workspaces: large first products go by way of rows, and nobody can tell."""

import numpy as np
import pytest

from engine import Network, workspace
from tests.engine.examples import small_spec

ROUTES = {"by way of rows": 0, "straight": 10**9}


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"layers": [{"units": 5, "batch_norm": True}]},
        {"layers": [{"units": 5, "keep_prob": 0.5}], "input_keep_prob": 0.5},
    ],
    ids=["plain", "batch norm", "dropout"],
)
def test_a_large_first_product_gives_what_a_small_one_gives(monkeypatch, fields, members):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((7, 3)), rng.integers(0, 3, 7)
    found = {}
    for route, limit in ROUTES.items():
        monkeypatch.setattr(workspace, "SMALL_PRODUCT", limit)
        specs = [small_spec(precision="float64", seed=seed, **fields) for seed in range(members)]
        network = Network(specs, 3, 3)
        cost = network.backward(x, y, dropout_seed=1)
        found[route] = [cost, network.gradient.copy(), network.logits(x)]
    for by_rows, straight in zip(*found.values(), strict=True):
        np.testing.assert_allclose(by_rows, straight, rtol=1e-10, atol=1e-14)


def test_only_products_that_are_worth_it_go_by_way_of_rows():
    network = Network([small_spec(layers=[{"units": 128}])], 784, 10)
    few, many = network.workspace(8)._rows, network.workspace(64)._rows
    assert few is None
    assert many is not None
    assert many.shape == (64, 128)
    assert many.strides[0] // 64 % 2 == 1  # cache lines
