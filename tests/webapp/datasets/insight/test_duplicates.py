import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from webapp.datasets.insight import duplicates as module
from webapp.datasets.insight.duplicates import duplicates, fingerprints


def test_repeated_shared_and_contradicting_rows_are_told_apart() -> None:
    features = np.array([[1, 2], [1, 2], [1, 2], [3, 4], [1, 2], [5, 6], [3, 4], [7, 8]], np.float32)
    labels = np.array([0, 0, 1, 1, 0, 1, 1, 0])
    found = duplicates(features, labels, (4, 2, 2))
    assert found.copied == pytest.approx(4 / 8)
    assert found.leaked == (0.5, 0.5)
    assert found.contradicted == pytest.approx(1 / 8)


def test_different_rows_have_no_duplicates() -> None:
    features = np.arange(200, dtype=np.float32).reshape(100, 2)
    assert duplicates(features, np.zeros(100), (60, 20, 20)) == (0, (0, 0), 0)


def test_no_rows_have_no_duplicates() -> None:
    assert duplicates(np.empty((0, 3), np.float32), np.empty(0), (0, 0, 0)) == (0, (0, 0), 0)


def test_rows_of_many_labels_contradict_when_one_label_differs() -> None:
    labels = np.array([[0, 1], [0, 1], [1, 1]], np.int64)
    assert duplicates(np.zeros((3, 2), np.float32), labels, (3, 0, 0)).contradicted == pytest.approx(1 / 3)


def test_gaps_equal_gaps_and_minus_zero_equals_zero() -> None:
    other_nan = np.array([0x7FC00001], np.uint32).view(np.float32)[0]
    first, second = fingerprints(np.array([[np.nan, 0.0], [other_nan, -0.0]], np.float32))
    assert first == second


def test_images_are_compared_pixel_by_pixel() -> None:
    images = np.zeros((3, 4, 4, 1), np.uint8)
    images[2, 3, 3] = 1
    first, second, third = fingerprints(images)
    assert first == second != third


def test_a_row_has_the_same_number_in_whichever_piece_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    whole = fingerprints(rows)
    monkeypatch.setattr(module, "CHUNK_BYTES", 100)
    assert (fingerprints(rows) == whole).all()


@settings(deadline=None, max_examples=50)
@given(nps.arrays(np.float32, (12, 3), elements=st.sampled_from([0, 1, 2, 0.5, -1, 1e30])))
def test_rows_share_a_number_exactly_when_they_are_equal(rows: np.ndarray) -> None:
    numbers = fingerprints(rows)
    same = (rows[:, None] == rows[None]).all(axis=2)
    assert ((numbers[:, None] == numbers[None]) == same).all()


def test_a_hundred_thousand_rows_of_zeros_and_ones_have_numbers_of_their_own() -> None:
    bits = np.arange(100_000)[:, None] >> np.arange(17) & 1
    assert len(np.unique(fingerprints(bits.astype(np.float32)))) == 100_000
