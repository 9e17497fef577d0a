"""Splits: every row once, the shares asked for, the classes in proportion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine import Split, split_indices

shares = st.tuples(st.floats(0.01, 0.5), st.floats(0, 0.4)).map(lambda s: Split(dev=s[0], test=s[1]))


@given(st.integers(3, 400), shares, st.integers(0, 2**53 - 1))
def test_every_row_is_in_exactly_one_part_of_the_size_asked_for(m, split, seed):
    parts = split_indices(m, split, seed)
    assert sorted(np.concatenate(parts)) == list(range(m))
    assert len(parts.train) >= 1
    assert abs(len(parts.dev) - m * split.dev) <= 1
    assert abs(len(parts.test) - m * split.test) <= 1
    assert (len(parts.test) > 0) == (split.test > 0)


@given(st.integers(10, 300), shares, st.integers(0, 1000), st.integers(1, 5))
def test_classes_keep_their_proportions(m, split, seed, n_classes):
    labels = np.random.default_rng(seed).integers(0, n_classes, m)
    parts = split_indices(m, split, seed, labels=labels)
    assert sorted(np.concatenate(parts)) == list(range(m))
    for part in parts:
        for label in range(n_classes):
            expected = (labels == label).sum() * len(part) / m
            # Each end of a part may cut between two rows of every class.
            assert abs((labels[part] == label).sum() - expected) <= n_classes + 1


def test_proportions_are_exact_where_they_can_be():
    labels = np.array(["cat"] * 60 + ["dog"] * 30 + ["owl"] * 10)
    parts = split_indices(100, Split(dev=0.2, test=0.2), 0, labels=labels)
    assert [[int((labels[part] == name).sum()) for name in ("cat", "dog", "owl")] for part in parts] == [
        [36, 18, 6],
        [12, 6, 2],
        [12, 6, 2],
    ]


def test_training_sees_even_the_rarest_class():
    labels = np.array([0] * 50 + [1])
    for seed in range(20):
        assert 50 in split_indices(51, Split(dev=0.4, test=0.4), seed, labels=labels).train


def test_the_seed_decides_and_rows_come_shuffled():
    split = Split()
    first, again, other = (split_indices(50, split, seed, labels=np.arange(50) % 2) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.train, other.train)
    assert not np.array_equal(first.train, np.sort(first.train))


def test_too_few_rows_are_refused_with_the_number_needed():
    with pytest.raises(ValueError, match="2 rows cannot be split into 3 parts: at least 3 rows"):
        split_indices(2, Split(), 0)
    assert [len(part) for part in split_indices(2, Split(test=0), 0)] == [1, 1, 0]


def test_labels_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"labels has shape \(4,\), but there are 5 rows"):
        split_indices(5, Split(), 0, labels=np.zeros(4))


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"dev": 0}, "greater than 0"),
        ({"test": -0.1}, "greater than or equal to 0"),
        ({"dev": 0.5, "test": 0.5}, "take 100% of the data together; lower one"),
    ],
)
def test_shares_that_leave_nothing_are_refused(shares, words):
    with pytest.raises(ValidationError, match=words):
        Split(**shares)
