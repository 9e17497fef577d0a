"""The same bytes are stored once; each dataset that has them stays whole without the others."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.webapp.datasets.sending import IRIS, Sender
from webapp.datasets import ingestion
from webapp.datasets.incoming import content, sources
from webapp.datasets.models import Dataset, Version

Make = Callable[..., Dataset]


@pytest.fixture
def for_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is as a large one: what it holds is left to the worker to find out."""
    monkeypatch.setattr(sources, "WHOLE", 1)


def inode(dataset: Dataset) -> int:
    return dataset.source.stat().st_ino


def test_a_dataset_knows_the_checksum_of_its_file(dataset: Make) -> None:
    assert dataset(IRIS).sha256 == hashlib.sha256(IRIS.encode()).hexdigest()


@pytest.mark.usefixtures("for_the_worker")
def test_of_a_large_file_the_worker_finds_it_out(send: Sender) -> None:
    send(IRIS)
    assert Dataset.objects.get().sha256 == ""
    ingestion.ingest(Version.objects.get().pk)
    found = Dataset.objects.get()
    assert found.current.state == "ready"
    assert found.sha256 == hashlib.sha256(IRIS.encode()).hexdigest()


def test_the_share_done_is_told_up_to_the_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(5 << 20))
    told: list[float] = []
    content.digest(tmp_path / "file", told.append)
    assert told == [0.2, 0.4, 0.6, 0.8, 1.0]


@pytest.mark.usefixtures("for_the_worker")
def test_a_large_file_twice_is_one_file_on_the_disk(dataset: Make) -> None:
    assert inode(dataset(IRIS)) == inode(dataset(IRIS))


def test_the_same_file_twice_is_one_file_on_the_disk(dataset: Make) -> None:
    first, second = dataset(IRIS), dataset(IRIS, file_name="other.csv")
    assert inode(first) == inode(second)
    assert second.source.read_text() == IRIS
    assert not (second.folder / "same").exists()
    assert first.current.state == second.current.state == "ready"


def test_files_of_different_people_are_shared_too_but_nobody_is_told(
    dataset: Make, as_member: Client
) -> None:
    first = dataset(IRIS)
    assert Sender(as_member)(IRIS).status_code == 201
    second = Dataset.objects.latest("pk")
    assert inode(first) == inode(second)
    assert second.twin is None
    assert "already" not in as_member.get(second.get_absolute_url()).content.decode()


def test_another_file_of_the_same_size_is_another_file(dataset: Make) -> None:
    first, second = dataset(IRIS), dataset(IRIS.replace("4.5", "4.6"))
    assert first.size == second.size
    assert inode(first) != inode(second)


def test_who_has_the_file_already_is_told_with_a_link(as_owner: Client, dataset: Make) -> None:
    first = dataset(IRIS, name="Iris")
    assert "already" not in as_owner.get(first.get_absolute_url()).content.decode()
    second = dataset(IRIS)
    page = as_owner.get(second.get_absolute_url()).content.decode()
    assert f'You have this file already as <a href="{first.get_absolute_url()}">“Iris”</a>' in page


@pytest.mark.parametrize("gone", [0, 1])
def test_deleting_one_leaves_the_other_whole(
    dataset: Make, gone: int, django_capture_on_commit_callbacks: object
) -> None:
    both = [dataset(IRIS), dataset(IRIS)]
    kept = both[1 - gone]
    with django_capture_on_commit_callbacks(execute=True):
        both[gone].delete()
    assert kept.source.read_text() == IRIS
    assert Dataset.objects.get() == kept


def test_a_disk_without_links_keeps_two_files(dataset: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError("links are not supported")

    first = dataset(IRIS)
    monkeypatch.setattr(os, "link", link)
    second = dataset(IRIS)
    assert inode(first) != inode(second)
    assert second.source.read_text() == IRIS


def test_a_twin_whose_file_is_gone_is_no_twin(dataset: Make, owner: User) -> None:
    first = dataset(IRIS)
    first.source.unlink()
    second = dataset(IRIS)
    assert second.source.read_text() == IRIS
