"""What a run trains on: split by its seed, and nothing learnt from the rows it is judged by."""

from collections.abc import Callable

import numpy as np
import pytest

from engine import Spec, split_indices
from webapp.datasets.models import Dataset
from webapp.datasets.preparation import heads_for, impute, prepare

Make = Callable[..., Dataset]
ROWS = 60
NUMBERS = "a,b,c,price\n" + "".join(f"{i % 7},{'' if i % 9 == 0 else i * i},5,{i}.5\n" for i in range(ROWS))
CLASSES = "a,b,label\n" + "".join(f"{i % 7},{'' if i % 9 == 0 else i},{'xyz'[i % 3]}\n" for i in range(ROWS))


def spec(head: str, **fields: object) -> Spec:
    return Spec.model_validate({"layers": [{"units": 4}], "head": head, **fields})


def store(dataset: Dataset, features: np.ndarray, labels: np.ndarray) -> None:
    np.save(dataset.folder / "features.npy", features)
    np.save(dataset.folder / "labels.npy", labels)


@pytest.mark.parametrize(("text", "head"), [(NUMBERS, "squared_error"), (CLASSES, "softmax")])
def test_other_dev_and_test_rows_do_not_change_what_training_sees(
    text: str, head: str, dataset: Make
) -> None:
    found = dataset(text)
    wanted = spec(head, seed=3)
    before = prepare(found, wanted)
    features, labels = np.load(found.folder / "features.npy"), np.load(found.folder / "labels.npy")
    parts = split_indices(ROWS, wanted.split, wanted.seed, None if head == "squared_error" else labels)
    judged = np.concatenate([parts.dev, parts.test])
    features[judged] = 1e6
    if head == "squared_error":
        labels[judged] = -1e6
    store(found, features, labels)
    after = prepare(found, wanted)
    np.testing.assert_array_equal(before.x_train, after.x_train)
    np.testing.assert_array_equal(before.y_train, after.y_train)
    assert before.target_scale == after.target_scale
    assert not np.array_equal(before.x_dev, after.x_dev)


def test_training_inputs_have_mean_0_and_deviation_1_and_constants_are_0(dataset: Make) -> None:
    data = prepare(dataset(NUMBERS), spec("squared_error"))
    assert data.x_train.dtype == np.float32
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(data.x_train.std(axis=0), [1, 1, 0], atol=1e-5)
    assert np.isfinite(data.x_dev).all()


def test_a_regression_error_can_be_told_in_the_targets_unit(dataset: Make) -> None:
    found = dataset(NUMBERS)
    data = prepare(found, spec("squared_error"))
    labels = np.load(found.folder / "labels.npy")
    train = labels[split_indices(ROWS, spec("squared_error").split, 0).train]
    assert data.target_scale == pytest.approx(train.std())
    np.testing.assert_allclose(data.y_train * data.target_scale + train.mean(), train, rtol=1e-5)


def test_inputs_stay_as_they_are_when_nothing_normalises_them(dataset: Make) -> None:
    data = prepare(dataset(NUMBERS), spec("squared_error", normalise="none"))
    assert set(np.unique(data.x_train[:, 2])) == {5}


def test_classes_keep_their_shares_in_every_part(dataset: Make) -> None:
    data = prepare(dataset(CLASSES), spec("softmax"))
    assert np.bincount(data.y_train).tolist() == [12, 12, 12]
    assert np.bincount(data.y_dev).tolist() == [4, 4, 4]


def test_the_same_seed_gives_the_same_arrays_and_another_seed_others(dataset: Make) -> None:
    found = dataset(CLASSES)
    first, again, other = (prepare(found, spec("softmax", seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.x_train, again.x_train)
    assert not np.array_equal(first.x_train, other.x_train)


@pytest.mark.parametrize(("head", "n_outputs"), [("sigmoid", 1), ("softmax", 2)])
def test_a_binary_task_fits_both_of_its_heads(head: str, n_outputs: int, dataset: Make) -> None:
    found = dataset("a,label\n" + "1,no\n2,yes\n" * 20)
    assert head in heads_for(found.task)
    wanted = spec(head)
    data = prepare(found, wanted)
    data.check_head(wanted)
    assert data.n_outputs == n_outputs


def test_float64_is_prepared_in_float64(dataset: Make) -> None:
    data = prepare(dataset(NUMBERS), spec("squared_error", precision="float64"))
    assert (data.x_train.dtype, data.y_train.dtype) == (np.float64, np.float64)


def test_missing_numbers_become_the_mean_of_the_training_part() -> None:
    train = np.array([[1, np.nan], [3, np.nan], [np.nan, np.nan]], dtype=np.float32)
    dev = np.array([[np.nan, 7]], dtype=np.float32)
    impute(train, dev)
    np.testing.assert_array_equal(train, [[1, 0], [3, 0], [2, 0]])
    np.testing.assert_array_equal(dev, [[2, 7]])
