"""Probability metrics against scikit-learn's, and at the edges where it only warns."""

import itertools
import math

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import assume, given, settings
from sklearn.calibration import calibration_curve

from engine.metrics import calibration_error, log_loss, reliability, roc_auc
from tests.engine.metrics.predictions import independent_labels, several_classes, two_classes

few = settings(max_examples=25, deadline=None)


@few
@given(two_classes())
def test_the_area_of_two_classes_is_scikit_learns_ties_and_all(pair):
    y, p = pair
    assume(0 < y.sum() < len(y))
    assert roc_auc(y, p) == pytest.approx(reference.roc_auc_score(y, p))


@few
@given(several_classes())
def test_the_area_of_several_classes_is_the_mean_of_each_against_the_rest(pair):
    y, p = pair
    present = [c for c in np.unique(y) if (y == c).sum() < len(y)]
    assume(present)
    expected = np.mean([reference.roc_auc_score(y == c, p[:, c]) for c in present])
    assert roc_auc(y, p) == pytest.approx(expected)
    if len(present) == p.shape[1]:
        assert roc_auc(y, p) == pytest.approx(reference.roc_auc_score(y, p, multi_class="ovr"))


@few
@given(independent_labels())
def test_the_area_of_independent_labels_is_scikit_learns(pair):
    y, p = pair
    assume(((y.sum(axis=0) > 0) & (y.sum(axis=0) < len(y))).all())
    assert roc_auc(y, p) == pytest.approx(reference.roc_auc_score(y, p))


def test_with_one_class_present_the_area_is_not_defined():
    assert math.isnan(roc_auc([1, 1], [0.2, 0.9]))
    assert math.isnan(roc_auc([2, 2], [[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]]))


def test_equal_probabilities_everywhere_rank_like_guessing():
    assert roc_auc([0, 1, 1], [0.3, 0.3, 0.3]) == 0.5


@few
@given(several_classes() | two_classes())
def test_log_loss_is_scikit_learns(pair):
    y, p = pair
    labels = range(p.shape[1] if p.ndim == 2 else 2)
    assert log_loss(y, p) == pytest.approx(reference.log_loss(y, p, labels=labels))


def test_log_loss_of_independent_labels_is_the_mean_over_all_of_them():
    loss = log_loss([[1, 0], [1, 1]], [[0.9, 0.2], [0.5, 0.5]])
    assert loss == pytest.approx(-np.log([0.9, 0.8, 0.5, 0.5]).mean())


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_being_wrong_and_sure_costs_much_but_stays_finite(precision):
    loss = log_loss([1, 0], np.array([0, 1], dtype=precision))
    assert loss == pytest.approx(-np.log(np.finfo(precision).eps), rel=1e-6)


@few
@given(two_classes())
def test_reliability_of_two_classes_is_scikit_learns_curve(pair):
    y, p = pair
    assume(0 < y.sum() < len(y))
    bins = reliability(y, p, bins=10)
    frequency, confidence = calibration_curve(y, p, n_bins=10)
    np.testing.assert_allclose(bins.frequency[bins.counts > 0], frequency)
    np.testing.assert_allclose(bins.confidence[bins.counts > 0], confidence)
    assert bins.counts.sum() == len(y)


@few
@given(several_classes())
def test_calibration_error_follows_its_formula(pair):
    y, p = pair
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    edges = np.linspace(0, 1, 11)
    expected = 0.0
    for low, high in itertools.pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert calibration_error(y, p) == pytest.approx(expected)


def test_an_empty_bin_is_a_gap_and_counts_for_nothing():
    bins = reliability([1, 0, 1, 1], [0.95, 0.95, 0.95, 0.95], bins=2)
    np.testing.assert_array_equal(bins.edges, [0, 0.5, 1])
    np.testing.assert_array_equal(bins.counts, [0, 4])
    np.testing.assert_allclose(bins.confidence, [np.nan, 0.95])
    np.testing.assert_allclose(bins.frequency, [np.nan, 0.75])
    assert bins.error == pytest.approx(0.2)


def test_every_label_of_every_example_is_judged_for_reliability():
    bins = reliability([[1, 0], [1, 0]], [[0.9, 0.9], [0.9, 0.1]], bins=2)
    np.testing.assert_array_equal(bins.counts, [1, 3])
    np.testing.assert_allclose(bins.frequency, [0, 2 / 3])


@pytest.mark.parametrize("metric", [log_loss, reliability, calibration_error])
def test_what_is_no_probability_is_refused_with_its_row(metric):
    with pytest.raises(ValueError, match=r"1\.5\] in row 1: a probability is from 0 to 1"):
        metric([0, 1], [0.5, 1.5])


def test_no_bins_at_all_are_refused():
    with pytest.raises(ValueError, match="bins is 0"):
        reliability([0, 1], [0.5, 0.5], bins=0)
