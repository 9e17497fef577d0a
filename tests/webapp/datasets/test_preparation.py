"""What a run trains on: the parts of a version, and nothing learnt from the rows it is judged by."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import Spec
from engine.heads import HEADS
from webapp.datasets.models import Dataset, Version
from webapp.datasets.preparation import estimate_for, heads_for, inputs, is_mapped, prepare, train_rows

Make = Callable[..., Dataset]
ROWS = 60
NUMBERS = "a,b,c,price\n" + "".join(f"{i % 7},{i * i},{i % 5},{i}.5\n" for i in range(ROWS))
TAGS = "a,b,tags\n" + "".join(f"{i % 7},{i},{('x;y', 'y;z', 'z;x')[i % 3]}\n" for i in range(ROWS))
CLASSES = "a,b,label\n" + "".join(f"{i % 7},{i},{'xyz'[i % 3]}\n" for i in range(ROWS))


def spec(head: str, **fields: object) -> Spec:
    return Spec.model_validate({"layers": [{"units": 4}], "head": head, **fields})


def judged(version: Version) -> slice:
    return slice(version.n_train, None)


@pytest.mark.parametrize(("text", "head"), [(NUMBERS, "squared_error"), (CLASSES, "softmax")])
def test_other_dev_and_test_rows_do_not_change_what_training_sees(
    text: str, head: str, dataset: Make
) -> None:
    version = dataset(text).current
    before = prepare(version, spec(head))
    for name in ("features.npy", "labels.npy"):
        array = np.load(version.folder / name)
        array[judged(version)] = -1e6 if name == "features.npy" else 0
        np.save(version.folder / name, array)
    after = prepare(version, spec(head))
    np.testing.assert_array_equal(before.x_train, after.x_train)
    np.testing.assert_array_equal(before.y_train, after.y_train)
    assert before.target_scale == after.target_scale
    assert not np.array_equal(before.x_dev, after.x_dev)


def test_training_inputs_have_mean_0_and_deviation_1(dataset: Make) -> None:
    data = prepare(dataset(NUMBERS).current, spec("squared_error"))
    assert data.x_train.dtype == np.float32
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(data.x_train.std(axis=0), 1, atol=1e-5)
    assert np.isfinite(data.x_dev).all()


def test_a_regression_error_can_be_told_in_the_targets_unit(dataset: Make) -> None:
    version = dataset(NUMBERS).current
    data = prepare(version, spec("squared_error"))
    train = np.load(version.folder / "labels.npy")[train_rows(version)]
    assert data.target_scale == pytest.approx(train.std())
    np.testing.assert_allclose(data.y_train * data.target_scale + train.mean(), train, rtol=1e-5)


def test_inputs_stay_as_they_are_when_nothing_normalises_them(dataset: Make) -> None:
    data = prepare(dataset(NUMBERS).current, spec("squared_error", normalise="none"))
    assert set(np.unique(data.x_train[:, 2])) == {0, 1, 2, 3, 4}


def test_a_network_trains_on_several_labels_per_row(dataset: Make) -> None:
    version = dataset(TAGS).current
    head = heads_for(version.task)[0]
    data = prepare(version, spec(head))
    assert data.y_train.shape == (version.n_train, 3)
    assert data.y_train.sum(axis=1).tolist() == [2] * version.n_train
    HEADS[head]().check_answers("y_train", data.y_train, 3)


def test_classes_keep_their_shares_in_every_part(dataset: Make) -> None:
    data = prepare(dataset(CLASSES).current, spec("softmax"))
    assert np.bincount(data.y_train).tolist() == [12, 12, 12]
    assert np.bincount(data.y_dev).tolist() == [4, 4, 4]


@pytest.mark.parametrize(("head", "n_outputs"), [("sigmoid", 1), ("softmax", 2)])
def test_a_binary_task_fits_both_of_its_heads(head: str, n_outputs: int, dataset: Make) -> None:
    version = dataset("a,label\n" + "1,no\n2,yes\n" * 20).current
    assert head in heads_for(version.task)
    wanted = spec(head)
    data = prepare(version, wanted)
    data.check_head(wanted)
    assert data.n_outputs == n_outputs


def test_float64_is_prepared_in_float64(dataset: Make) -> None:
    data = prepare(dataset(NUMBERS).current, spec("squared_error", precision="float64"))
    assert (data.x_train.dtype, data.y_train.dtype) == (np.float64, np.float64)


def test_inputs_too_large_for_memory_are_read_from_the_disk_and_are_the_same(
    dataset: Make, settings: object
) -> None:
    version = dataset(NUMBERS).current
    wanted = spec("squared_error")
    held, needed = inputs(version, wanted), estimate_for(version, wanted).memory_bytes
    settings.HONE_RUN_MEMORY_BYTES = 8
    assert is_mapped(version, wanted)
    mapped = inputs(version, wanted)
    for one, other in zip(held, mapped, strict=True):
        assert isinstance(other, np.memmap)
        np.testing.assert_array_equal(one, other)
    assert estimate_for(version, wanted).memory_bytes < needed
    assert not list(Path(version.folder).glob("*.tmp"))
