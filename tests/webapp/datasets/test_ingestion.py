"""From an uploaded file to arrays: once, by one worker, to the end or not at all."""

import logging
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now

from tests.webapp.datasets.sending import IRIS, Sender
from webapp.datasets import ingestion, versions
from webapp.datasets.builtin import BUILTINS
from webapp.datasets.making import building
from webapp.datasets.models import LEASE, MAX_ATTEMPTS, Dataset, LeaseLostError, Version
from webapp.datasets.readers.options import Options
from webapp.datasets.recipe import Recipe

Make = Callable[..., Dataset]
# Large enough that only its head is looked at before the upload is accepted
LARGE = "a,label\n" + "1.25,yes\n2.50,no\n" * 600_000


def test_a_table_becomes_arrays_and_their_description(dataset: Make) -> None:
    found = dataset(IRIS, name="Flowers")
    version = found.current
    assert (version.state, version.target, version.task) == (
        "ready",
        "species",
        "multiclass",
    )
    assert (version.n_rows, version.n_features, version.n_outputs) == (30, 2, 3)
    assert version.classes == ["setosa", "versicolor", "virginica"]
    features = np.load(version.folder / "features.npy")
    assert (features.shape, features.dtype) == ((30, 2), np.float32)
    assert np.bincount(np.load(version.folder / "labels.npy")).tolist() == [10, 10, 10]
    assert sorted(path.name for path in found.folder.iterdir()) == ["source", "tables", "versions"]


def test_what_was_converted_is_told(dataset: Make) -> None:
    found = dataset("id,a,label\n" + "".join(f"{i},{i % 3},{'xy'[i % 2]}\n" for i in range(9)) + "9,1,\n")
    assert found.current.notes[:3] == [
        "Read as UTF-8 text separated by commas.",
        "Column “id” is not used: it numbers the rows or names them, so it says nothing about new ones.",
        "Left out 1 row without a value in the target column “label”.",
    ]
    assert found.current.n_rows == 9


def test_a_fault_beyond_the_head_fails_the_dataset_and_leaves_no_file(dataset: Make) -> None:
    found = dataset(LARGE + "1,2,3\n")
    assert found.current.state == "failed"
    assert found.current.problem["message"] == "Row 1,200,002 has 3 values, but the first row has 2."
    assert found.current.problem["row"] == 1_200_002
    assert found.current.problem["advice"]
    assert found.size == 0
    assert not found.folder.exists()


def test_a_large_table_is_read_to_its_end(dataset: Make) -> None:
    found = dataset(LARGE)
    assert (found.current.state, found.current.n_rows, found.current.task) == ("ready", 1_200_000, "binary")


def test_a_dataset_is_read_by_one_worker_only(send: Sender) -> None:
    send(IRIS)
    pk = Version.objects.get().pk
    assert Version.objects.claim(pk) is not None
    assert Version.objects.claim(pk) is None
    ingestion.ingest(pk)
    assert Dataset.objects.get().current.state == "parsing"


def test_a_worker_whose_lease_ran_out_cannot_write_any_more(send: Sender) -> None:
    send(IRIS)
    first = Version.objects.claim(Version.objects.get().pk)
    Version.objects.update(lease_until=Now() - timedelta(seconds=1))
    ingestion.ingest(first.pk)
    with pytest.raises(LeaseLostError):
        first.hold(50)
    with pytest.raises(LeaseLostError):
        first.renew()
    with pytest.raises(LeaseLostError):
        first.fail(ingestion.NO_MEMORY)
    assert Dataset.objects.get().current.state == "ready"


def test_a_message_that_comes_twice_does_nothing_the_second_time(dataset: Make) -> None:
    found = dataset(IRIS)
    ingestion.ingest(found.current_id)
    assert Dataset.objects.get().current.attempt == found.current.attempt == 1


def test_a_message_for_a_deleted_dataset_does_nothing(dataset: Make) -> None:
    ingestion.ingest(12345)


def test_a_lost_message_is_noticed_after_a_while(send: Sender, caplog: pytest.LogCaptureFixture) -> None:
    send(IRIS)
    pk = Version.objects.get().pk
    assert ingestion.reannounce() == []
    Version.objects.update(announced=Now() - timedelta(minutes=1))
    with caplog.at_level(logging.ERROR):  # no Redis answers here: that is no reason to end
        assert ingestion.reannounce() == [pk]
    assert ingestion.reannounce() == []


def test_a_dead_worker_is_noticed_when_its_lease_ends(send: Sender) -> None:
    send(IRIS)
    pk = Version.objects.get().pk
    Version.objects.claim(pk)
    Version.objects.update(announced=Now() - timedelta(hours=1))
    assert not Version.objects.stale().exists()
    Version.objects.update(lease_until=Now() - LEASE)
    assert Version.objects.stale().get().pk == pk


def test_a_file_that_kills_every_worker_is_given_up(send: Sender) -> None:
    send(IRIS)
    Version.objects.update(attempt=MAX_ATTEMPTS, lease_until=Now() - timedelta(seconds=1))
    ingestion.reannounce()
    found = Dataset.objects.get()
    assert found.current.state == "failed"
    assert "ended its worker process three times" in found.current.problem["message"]


def test_progress_is_told_while_a_file_is_read(send: Sender) -> None:
    send(IRIS)
    found = Version.objects.claim(Version.objects.get().pk)
    ingestion._progress(found, 0, 60)(0.5)
    assert Version.objects.get().percent == 30


@pytest.mark.parametrize("key", BUILTINS)
def test_a_built_in_dataset_is_what_its_card_says(key: str, db: None) -> None:
    about = BUILTINS[key]
    made = Dataset.objects.begin(Recipe(targets=(about.target,)), builtin=key, name=about.title)
    ingestion.ingest(made.current_id)
    version = Version.objects.get()
    assert (version.state, version.n_rows, version.n_features) == ("ready", about.rows, about.features)
    assert (version.task, version.target) == (about.task, about.target)


@pytest.mark.parametrize("key", ["moons", "circles", "spirals"])
def test_a_drawn_dataset_is_the_same_every_time(key: str) -> None:
    first, second = BUILTINS[key].make(), BUILTINS[key].make()
    assert first.equals(second)
    assert first["label"].value_counts()["count"].to_list() == [500, 500]


def test_a_new_target_makes_another_version_from_the_same_reading(dataset: Make, owner: User) -> None:
    found = dataset(IRIS)
    former = found.current
    version = versions.change(found, owner, Recipe(targets=("petal",)))
    assert Dataset.objects.get().current == former
    ingestion.ingest(version.pk)
    changed = Dataset.objects.get().current
    assert (changed.number, changed.state, changed.target) == (2, "ready", "petal")
    assert (changed.task, changed.classes) == ("regression", [])
    assert changed.notes[0] == former.notes[0]
    assert changed.table == former.table
    assert former.folder.exists()


def test_a_recipe_that_was_made_before_is_only_used_again(dataset: Make, owner: User) -> None:
    found = dataset(IRIS)
    former = found.current
    ingestion.ingest(versions.change(found, owner, Recipe(targets=("petal",))).pk)
    found = Dataset.objects.get()
    assert versions.change(found, owner, Recipe()) == former
    assert Dataset.objects.get().current == former
    assert found.versions.count() == 2


def test_a_version_that_fails_leaves_the_one_in_use_as_it_was(dataset: Make, owner: User) -> None:
    found = dataset(IRIS)
    version = versions.change(found, owner, Recipe(targets=("colour",)))
    ingestion.ingest(version.pk)
    version.refresh_from_db()
    assert version.state == "failed"
    assert "There is no column “colour”" in version.problem["message"]
    found.refresh_from_db()
    assert found.current.number == 1
    assert found.source.exists()
    assert not version.folder.exists()


def test_files_go_with_their_dataset(
    dataset: Make, owner: User, django_capture_on_commit_callbacks: object
) -> None:
    found = dataset(IRIS)
    folder = found.folder
    assert folder.exists()
    with django_capture_on_commit_callbacks(execute=True):
        owner.delete()
    assert not folder.exists()


def test_two_workers_may_read_the_same_file_at_once(
    dataset: Make, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = dataset(IRIS)
    other = Options(side=8)
    slow = versions.change(found, owner, Recipe(reading=other))
    quick = versions.change(found, owner, Recipe(reading=other, rare=3))
    read = building.read

    def overtaken(*args: object) -> object:
        monkeypatch.setattr(building, "read", read)
        ingestion.ingest(quick.pk)
        return read(*args)

    monkeypatch.setattr(building, "read", overtaken)
    ingestion.ingest(slow.pk)
    assert [version.state for version in found.versions.all()] == ["ready"] * 3


def test_of_two_versions_the_later_one_is_used_even_when_it_is_made_first(dataset: Make, owner: User) -> None:
    found = dataset(IRIS)
    slow = versions.change(found, owner, Recipe(rare=3))
    quick = versions.change(found, owner, Recipe(rare=4))
    for version in (quick, slow):
        ingestion.ingest(version.pk)
    assert Version.objects.get(pk=slow.pk).is_ready
    assert Dataset.objects.get().current == quick
