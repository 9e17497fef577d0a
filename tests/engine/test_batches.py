"""Batches: every training example once per epoch, in the order drawn, answers beside their inputs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Data
from engine.batches import Batches
from engine.heads import SoftmaxHead
from engine.timeline import n_batches


def _epoch(
    m: int, batch_size: int, n: int, order: np.ndarray, first: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Copies of (inputs, targets) of every batch of an epoch from ``first`` on; input row r starts with r."""
    x = np.full((m, n), np.arange(m)[:, None], dtype=np.float32)
    y = np.arange(m) % 3
    seen: list[tuple[np.ndarray, np.ndarray]] = []

    def bind(x, targets):
        return [lambda: seen.append((x.copy(), targets.copy()))]

    data = Data(x, y, x[:1], y[:1], 3)
    batches = Batches(data, SoftmaxHead(), batch_size, np.dtype("float32"), lambda _m: bind)
    for program in batches.epoch(order, first):
        for call in program:
            call()
    assert len(seen) == batches.steps - first
    assert batches.steps == n_batches(m, batch_size)
    return seen


@settings(max_examples=60)
@given(st.integers(1, 200), st.integers(1, 200), st.sampled_from([1, 3, 3000]), st.integers(0, 99))
def test_an_epoch_is_every_example_once_in_the_order_given(m, batch_size, n, seed):
    batch_size = min(batch_size, m)
    order = np.random.default_rng(seed).permutation(m)
    batches = _epoch(m, batch_size, n, order)
    sizes = [len(x) for x, _ in batches]
    assert sizes[:-1] == [batch_size] * (len(sizes) - 1)
    assert sizes[-1] == (m % batch_size or batch_size)
    inputs = np.concatenate([x for x, _ in batches])
    np.testing.assert_array_equal(inputs[:, 0], order)
    np.testing.assert_array_equal(inputs[:, n], 1)
    for x, targets in batches:
        np.testing.assert_array_equal(targets[:3].argmin(axis=0), x[:, 0] % 3)


@settings(max_examples=60)
@given(st.integers(1, 200), st.integers(1, 60), st.integers(0, 200), st.integers(0, 99))
def test_an_epoch_taken_up_again_goes_on_with_the_very_next_batch(m, batch_size, first, seed):
    batch_size = min(batch_size, m)
    first = min(first, n_batches(m, batch_size))
    order = np.random.default_rng(seed).permutation(m)
    whole = _epoch(m, batch_size, 3, order)
    rest = _epoch(m, batch_size, 3, order, first)
    assert len(rest) == len(whole) - first
    for (x, targets), (expected_x, expected_targets) in zip(rest, whole[first:], strict=True):
        np.testing.assert_array_equal(x, expected_x)
        np.testing.assert_array_equal(targets, expected_targets)
