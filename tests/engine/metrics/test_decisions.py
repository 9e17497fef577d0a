"""Decision metrics against scikit-learn's, and at the edges where it only warns."""

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.metrics import accuracy, confusion_matrix, error, f1, per_class, precision, recall, top_k
from tests.engine.metrics.predictions import independent_labels, several_classes, two_classes

few = settings(max_examples=25, deadline=None)
AVERAGED = {
    precision: reference.precision_score,
    recall: reference.recall_score,
    f1: reference.f1_score,
}


def _decided(p: np.ndarray) -> np.ndarray:
    return p.argmax(axis=1) if p.ndim == 2 else (p > 0.5).astype(int)


@few
@given(several_classes() | two_classes())
def test_accuracy_error_and_confusion_are_scikit_learns(pair):
    y, p = pair
    n = p.shape[1] if p.ndim == 2 else 2
    assert accuracy(y, p) == pytest.approx(reference.accuracy_score(y, _decided(p)))
    assert error(y, p) == pytest.approx(1 - accuracy(y, p))
    np.testing.assert_array_equal(
        confusion_matrix(y, p), reference.confusion_matrix(y, _decided(p), labels=range(n))
    )


@few
@given(several_classes() | two_classes() | independent_labels())
def test_precision_recall_and_f1_are_scikit_learns_in_both_averages(pair):
    y, p = pair
    decided = (p > 0.5).astype(int) if y.ndim == 2 else _decided(p)
    for average in ("macro", "micro"):
        # A label nobody has and nobody predicts is left out of our mean, as scikit-learn does with classes.
        seen = np.flatnonzero((y + decided).any(axis=0)) if y.ndim == 2 else np.union1d(y, decided)
        for ours, theirs in AVERAGED.items():
            expected = theirs(y, decided, labels=seen, average=average, zero_division=0) if seen.size else 0
            assert ours(y, p, average) == pytest.approx(expected), (ours, average)


@few
@given(several_classes() | two_classes())
def test_values_per_class_are_scikit_learns(pair):
    y, p = pair
    n = p.shape[1] if p.ndim == 2 else 2
    expected = reference.precision_recall_fscore_support(y, _decided(p), labels=range(n), zero_division=0)
    for ours, theirs in zip(per_class(y, p), expected, strict=True):
        np.testing.assert_allclose(ours, theirs)


@few
@given(several_classes(), st.integers(1, 6))
def test_top_k_counts_what_sorting_finds(pair, k):
    y, p = pair
    order = np.argsort(-p, axis=1, kind="stable")
    assert top_k(y, p, k) == pytest.approx(
        np.mean([true in row[:k] for true, row in zip(y, order, strict=True)])
    )
    assert top_k(y, p, 1) == accuracy(y, p)
    assert top_k(y, p, p.shape[1]) == 1


def test_top_k_is_scikit_learns_where_nothing_is_tied():
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 6, 200), rng.dirichlet(np.ones(6), 200)
    assert top_k(y, p, 2) == pytest.approx(reference.top_k_accuracy_score(y, p, k=2))


def test_predicted_classes_may_be_given_instead_of_probabilities():
    y, predicted = np.array([0, 2, 1, 1]), np.array([0, 2, 2, 1])
    assert accuracy(y, predicted) == 0.75
    np.testing.assert_array_equal(confusion_matrix(y, predicted), [[1, 0, 0], [0, 1, 1], [0, 0, 1]])


def test_one_probability_may_be_a_column_as_the_sigmoid_head_gives_it():
    y, p = np.array([0, 1, 1]), np.array([0.2, 0.4, 0.9])
    assert accuracy(y[:, None], p[:, None]) == accuracy(y, p) == pytest.approx(2 / 3)


def test_every_label_of_every_example_is_a_decision():
    assert accuracy([[1, 0, 1], [0, 0, 0]], [[0.9, 0.2, 0.4], [0.1, 0.8, 0.3]]) == pytest.approx(4 / 6)


def test_a_class_without_examples_has_recall_zero_and_does_not_lower_the_mean():
    y, p = np.array([0, 1]), np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    np.testing.assert_array_equal(per_class(y, p).recall, [1, 1, 0])
    np.testing.assert_array_equal(per_class(y, p).support, [1, 1, 0])
    assert precision(y, p) == recall(y, p) == f1(y, p) == 1


def test_a_class_that_is_never_predicted_has_precision_zero_and_lowers_the_mean():
    y, p = np.array([0, 1]), np.array([0.1, 0.2])
    np.testing.assert_array_equal(per_class(y, p).precision, [0.5, 0])
    assert precision(y, p) == 0.25


def test_without_any_label_true_or_predicted_there_is_nothing_found():
    assert f1(np.zeros((3, 2)), np.zeros((3, 2))) == 0


@pytest.mark.parametrize("metric", [confusion_matrix, top_k])
def test_what_needs_exclusive_classes_refuses_independent_labels(metric):
    with pytest.raises(ValueError, match="needs exclusive classes"):
        metric([[1, 0], [1, 1]], [[0.9, 0.2], [0.5, 0.5]])


def test_looking_at_no_class_at_all_is_refused():
    with pytest.raises(ValueError, match="k is 0"):
        top_k([0], [[0.5, 0.5]], k=0)
