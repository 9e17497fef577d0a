"""Input normalisation: fitted on one part, applied to any."""

import json

import numpy as np
import pytest

from engine.normalise import NORMALISATIONS, MinMax, NoNormalisation, Scaling, Standardise

every_normalisation = pytest.mark.parametrize("kind", list(NORMALISATIONS))


def test_standardising_gives_mean_zero_and_deviation_one_on_the_part_it_was_fitted_on():
    x = np.random.default_rng(0).normal(50, [1, 30, 0.01], (500, 3)).astype(np.float32)
    scaled = Standardise().fit(x).apply(x)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=0), 1, rtol=1e-3)


def test_min_max_fills_the_range_from_zero_to_one_on_the_part_it_was_fitted_on():
    x = np.random.default_rng(0).normal(50, [1, 30, 0.01], (500, 3)).astype(np.float32)
    scaled = MinMax().fit(x).apply(x)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.min(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.max(axis=0), 1, rtol=1e-6)


@pytest.mark.parametrize(("normalisation", "expected"), [(Standardise(), 4.0), (MinMax(), 2.5)])
def test_other_parts_get_the_scaling_of_the_training_part(normalisation, expected):
    scaling = normalisation.fit(np.array([[0.0], [2.0]]))
    np.testing.assert_array_equal(scaling.apply(np.array([[5.0]])), [[expected]])


@pytest.mark.parametrize("normalisation", [Standardise(), MinMax()])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_column_becomes_zero_and_never_infinite(normalisation, dtype):
    x = np.column_stack([np.full(1000, 0.1), np.full(1000, 1e6), np.zeros(1000)]).astype(dtype)
    x[::2, 0] = np.nextafter(x[0, 0], dtype(1))  # the last bit is rounding, not a signal
    np.testing.assert_allclose(normalisation.fit(x).apply(x), 0, atol=1e-6)


@pytest.mark.parametrize("normalisation", [Standardise(), MinMax()])
def test_a_small_variation_far_from_zero_is_kept(normalisation):
    x = 1e9 + np.array([[0.0], [1.0], [2.0], [3.0]])
    assert normalisation.fit(x).apply(x).std() > 0.3


def test_pixels_as_bytes_become_float32():
    x = np.array([[0, 10], [255, 20]], dtype=np.uint8)
    scaled = MinMax().fit(x).apply(x)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled, [[0, 0], [1, 1]])


def test_none_changes_nothing():
    x = np.array([[3.0, -1.0]])
    np.testing.assert_array_equal(NoNormalisation().fit(x).apply(x), x)


@every_normalisation
def test_what_was_fitted_survives_json_bit_for_bit(kind):
    x = np.random.default_rng(1).normal(3, 7, (40, 5)).astype(np.float32)
    scaling = NORMALISATIONS[kind]().fit(x)
    restored = Scaling.restored(json.loads(json.dumps(scaling.state())))
    assert restored.apply(x).tobytes() == scaling.apply(x).tobytes()


def test_a_state_whose_rows_do_not_belong_together_is_refused():
    with pytest.raises(ValueError, match="one of each per feature"):
        Scaling.restored({"shift": [0.0, 1.0], "factor": [1.0]})


@pytest.mark.parametrize("kind", list(NORMALISATIONS))
def test_pixels_that_never_change_in_training_stay_within_one_elsewhere(kind):
    train, dev = np.zeros((4, 2), dtype=np.uint8), np.full((1, 2), 255, dtype=np.uint8)
    train[:, 1] = [0, 50, 100, 255]
    scaled = NORMALISATIONS[kind]().fit(train, unit=255).apply(dev)
    assert scaled[0, 0] == pytest.approx(1)


def test_a_fit_does_not_depend_on_how_the_rows_are_cut_into_chunks(monkeypatch):
    x = np.random.default_rng(0).normal(1e3, [1, 30, 0.01], (500, 3)).astype(np.float32)
    whole = Standardise().fit(x)
    monkeypatch.setattr("engine.normalise._CHUNK", 21)
    cut = Standardise().fit(x)
    np.testing.assert_allclose(cut.shift, whole.shift, rtol=1e-12)
    np.testing.assert_allclose(cut.factor, whole.factor, rtol=1e-9)
