"""Input normalisation: fitted on one part, applied to any."""

import numpy as np

from engine.normalise import NoNormalisation, Standardise


def test_standardising_gives_mean_zero_and_deviation_one_on_the_part_it_was_fitted_on():
    x = np.random.default_rng(0).normal(50, [1, 30, 0.01], (500, 3)).astype(np.float32)
    scaled = Standardise().fit(x).apply(x)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=0), 1, rtol=1e-3)


def test_other_parts_get_the_scaling_of_the_training_part():
    scaling = Standardise().fit(np.array([[0.0], [2.0]]))
    np.testing.assert_array_equal(scaling.apply(np.array([[5.0]])), [[4.0]])


def test_a_constant_column_becomes_zero_and_never_infinite():
    x = np.column_stack([np.full(1000, 0.1), np.full(1000, 1e6), np.zeros(1000)])
    np.testing.assert_allclose(Standardise().fit(x).apply(x), 0, atol=1e-6)


def test_none_changes_nothing():
    x = np.array([[3.0, -1.0]])
    np.testing.assert_array_equal(NoNormalisation().fit(x).apply(x), x)
