"""What an admin can find out about datasets, and do to them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.webapp.datasets.factories import a_dataset
from tests.webapp.datasets.sending import IRIS, Sender
from webapp.datasets import integrity
from webapp.datasets.incoming import content
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import AuditEntry, Dataset, Quota, Version
from webapp.lab import overview
from webapp.runs.models import Run

Make = Callable[..., Dataset]
LIST = "/admin/datasets/dataset/"


@pytest.fixture
def as_admin(signed_in: Callable[[User], Client], db: None) -> Client:
    return signed_in(User.objects.create_superuser("admin", password="admin"))


def act(client: Client, action: str, *datasets: Dataset) -> None:
    chosen = {"action": action, "_selected_action": [dataset.pk for dataset in datasets]}
    assert client.post(LIST, chosen).status_code == 302


def noted() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("what", "name"))


def test_only_staff_sees_the_administration(as_owner: Client) -> None:
    assert as_owner.get(LIST).status_code == 302


def test_a_dataset_is_found_by_name_owner_and_checksum(as_admin: Client, owner: User) -> None:
    a_dataset(owner=owner, name="Flowers", sha256="ab" * 32)
    a_dataset(owner=owner, name="Stones", sha256="cd" * 32)
    for asked in ("flow", "abab"):
        page = as_admin.get(LIST, {"q": asked}).text
        assert "Flowers" in page
        assert "Stones" not in page
    assert "Stones" in as_admin.get(LIST, {"q": "owner"}).text


def test_a_dataset_in_quarantine_is_not_trained_on_until_it_is_released(
    as_admin: Client, as_owner: Client, owner: User
) -> None:
    dataset = a_dataset(owner=owner, name="Doubtful")
    act(as_admin, "quarantine_them", dataset)
    assert "Doubtful" not in as_owner.get("/runs/new/").text
    assert not Dataset.objects.get().is_trainable
    assert "Doubtful" in as_admin.get(LIST, {"quarantined": "yes"}).text
    act(as_admin, "release_them", dataset)
    assert Dataset.objects.get().is_trainable
    assert noted() == [("quarantined", "Doubtful"), ("released", "Doubtful")]


def test_a_dataset_is_handed_over_and_that_is_noted(as_admin: Client, owner: User, member: User) -> None:
    dataset = a_dataset(owner=owner, name="Flowers")
    change = {"name": "Flowers", "owner": member.pk, "description": "", "quarantine": ""}
    assert as_admin.post(f"{LIST}{dataset.pk}/change/", change).status_code == 302
    assert Dataset.objects.get().owner == member
    entry = AuditEntry.objects.get()
    assert (entry.who.username, entry.what, entry.detail) == ("admin", "set owner", "member")


def test_reading_again_makes_a_new_version_of_the_same_recipe(as_admin: Client, dataset: Make) -> None:
    found = dataset(IRIS, target="petal")
    act(as_admin, "read_again", found)
    newest = found.newest
    assert (newest.number, newest.state) == (2, "parsing")
    ingest(newest.pk)
    assert Dataset.objects.get().current.number == 2
    assert Dataset.objects.get().current.targets == ["petal"]


def test_while_a_file_is_read_again_the_pages_show_the_old_reading(
    as_admin: Client, as_owner: Client, dataset: Make
) -> None:
    found = dataset(IRIS)
    act(as_admin, "read_again", found)
    assert as_owner.get(f"/datasets/{found.pk}/").status_code == 200
    found.source.write_text("damaged")
    ingest(found.newest.pk)
    assert found.newest.state == "failed"
    assert as_owner.get(f"/datasets/{found.pk}/").status_code == 200


def test_reading_again_looks_at_the_file_not_at_the_old_reading(as_admin: Client, dataset: Make) -> None:
    found = dataset(IRIS)
    act(as_admin, "read_again", found)
    found.source.write_text(IRIS + "4.5,1.25,setosa\n")
    ingest(found.newest.pk)
    assert found.newest.n_rows == 31


def test_of_what_failed_and_left_no_file_nothing_is_read_again(as_admin: Client, owner: User) -> None:
    failed = a_dataset(owner=owner, state="failed")
    act(as_admin, "read_again", failed)
    assert failed.versions.count() == 1


def test_a_dataset_cannot_lose_its_owner_for_then_everybody_would_see_it(
    as_admin: Client, owner: User
) -> None:
    found = a_dataset(owner=owner)
    page = as_admin.post(f"{LIST}{found.pk}/change/", {"name": "free", "owner": "", "description": ""})
    assert page.status_code == 200
    assert Dataset.objects.get().owner == owner


def test_a_built_in_dataset_is_handed_to_nobody(as_admin: Client, owner: User) -> None:
    found = a_dataset(builtin="digits")
    as_admin.post(f"{LIST}{found.pk}/change/", {"name": "mine", "owner": owner.pk, "description": ""})
    assert (Dataset.objects.get().name, Dataset.objects.get().owner) == ("mine", None)


def test_a_dataset_that_runs_use_is_not_deleted(as_admin: Client, owner: User) -> None:
    dataset = a_dataset(owner=owner)
    Run.objects.create(owner=owner, version=dataset.current, spec={}, name="needs it")
    page = as_admin.post(f"{LIST}{dataset.pk}/delete/", {"post": "yes"})
    assert "needs it" in page.text
    assert Dataset.objects.exists()


def test_deleting_is_noted_and_the_note_stays(as_admin: Client, owner: User) -> None:
    dataset = a_dataset(owner=owner, name="Old")
    as_admin.post(f"{LIST}{dataset.pk}/delete/", {"post": "yes"})
    assert not Dataset.objects.exists()
    assert ("deleted", "Old") in noted()
    assert "Old" in as_admin.get("/admin/datasets/auditentry/").text


def test_files_that_are_whole_pass_the_check(dataset: Make) -> None:
    found = dataset(IRIS)
    integrity.verify(found.pk)
    assert AuditEntry.objects.get(what="checked").detail == "all files are intact"
    assert Dataset.objects.get().quarantine == ""


def test_a_changed_file_is_found_and_kept_from_training(dataset: Make) -> None:
    found = dataset(IRIS)
    Dataset.objects.update(sha256=content.digest(found.source))
    found.source.write_text(IRIS.replace("setosa", "secosa", 1))
    integrity.verify(found.pk)
    assert "has changed since it came in" in AuditEntry.objects.get(what="checked").detail
    assert not Dataset.objects.get().is_trainable


@pytest.mark.parametrize("torn", ["features.npy", "labels.npy"])
def test_a_torn_array_is_found(torn: str, dataset: Make) -> None:
    found = dataset(IRIS)
    path = found.current.folder / torn
    path.write_bytes(path.read_bytes()[:-8])
    assert list(integrity.faults_of(found)) == [f"{torn} of version 1 is missing or torn"]


def test_an_empty_array_is_found(dataset: Make) -> None:
    found = dataset(IRIS)
    (found.current.folder / "labels.npy").write_bytes(b"")
    assert list(integrity.faults_of(found)) == ["labels.npy of version 1 is missing or torn"]


def test_nothing_is_missing_of_a_dataset_that_failed_and_kept_no_file(owner: User) -> None:
    assert list(integrity.faults_of(a_dataset(owner=owner, state="failed"))) == []


def test_an_array_of_another_shape_is_found(dataset: Make) -> None:
    found = dataset(IRIS)
    Version.objects.update(n_rows=31)
    assert "features.npy of version 1 has the shape (30, 2), not (31, 2)" in list(integrity.faults_of(found))


def test_a_quota_of_ones_own_replaces_the_usual_one(as_admin: Client, owner: User, send: Sender) -> None:
    assert as_admin.post("/admin/datasets/quota/add/", {"user": owner.pk, "megabytes": 1}).status_code == 302
    assert Quota.bytes_for(owner) == 1 << 20
    assert send.start((1 << 20) + 1).status_code == 413
    assert "1.0\xa0MB" in as_admin.get("/admin/datasets/quota/").text


def test_the_first_page_shows_storage_queue_and_workers(as_admin: Client, owner: User) -> None:
    dataset = a_dataset(owner=owner, size=3 << 20, sha256="a" * 64)
    a_dataset(owner=owner, size=3 << 20, sha256="a" * 64)  # the same content, stored once
    Run.objects.create(owner=owner, version=dataset.current, spec={}, name="waits")
    page = as_admin.get("/admin/")
    shown = page.context["overview"]
    assert shown["storage"].files == 3 << 20
    assert shown["queue"][0][:2] == ("Runs that wait", 1)
    assert shown["workers"] == []
    assert "No worker answers" in page.text
    assert shown["people"][0]["user"] == owner


def test_who_stores_most_is_one_question_to_the_database(
    db: None, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for number in range(3):
        user = User.objects.create(username=f"user{number}")
        for size in (1, number):
            a_dataset(owner=user, size=size)
    with django_assert_num_queries(1):
        found = [(one["user"].username, one["bytes"]) for one in overview.people()]
    assert found == [("user2", 3), ("user1", 2), ("user0", 1)]


def test_the_audit_is_nobodys_to_change(as_admin: Client, owner: User) -> None:
    AuditEntry.note(owner, "deleted", a_dataset(owner=owner))
    entry = AuditEntry.objects.get()
    assert as_admin.post(f"/admin/datasets/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert as_admin.post(f"/admin/datasets/auditentry/{entry.pk}/change/", {"what": "x"}).status_code == 403


def test_the_picture_of_a_table_is_not_there(as_owner: Client, owner: User) -> None:
    assert as_owner.get(a_dataset(owner=owner).thumbnail_url).status_code == 404
