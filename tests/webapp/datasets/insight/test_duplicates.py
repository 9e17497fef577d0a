import numpy as np
import pytest

from webapp.datasets.insight.duplicates import duplicates


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
