"""The upload protocol: announced, in pieces, resumable, within the quota, nobody else's business."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from tests.webapp.datasets.factories import a_dataset
from tests.webapp.datasets.sending import IRIS, Sender
from webapp.datasets.incoming import uploads
from webapp.datasets.models import Dataset, Upload
from webapp.datasets.readers.options import Options
from webapp.datasets.recipe import Recipe

MEGABYTE = 1 << 20


@pytest.fixture
def begun(send: Sender) -> str:
    """The address of an upload of IRIS of which ten bytes have arrived."""
    url: str = send.start(len(IRIS)).json()["url"]
    send.piece(url, 0, IRIS[:10].encode())
    return url


def test_a_file_in_pieces_becomes_a_dataset_that_waits_for_its_reader(send: Sender, begun: str) -> None:
    assert send.piece(begun, 10, IRIS[10:].encode()).json() == {"offset": len(IRIS)}
    response = send.finish(begun, name="Flowers")
    dataset = Dataset.objects.get()
    assert response.status_code == 201
    assert response.json() == {"url": f"/datasets/{dataset.pk}/"}
    assert (dataset.name, dataset.current.state, dataset.size) == ("Flowers", "parsing", len(IRIS))
    assert dataset.source.read_text() == IRIS
    assert not Upload.objects.exists()


def test_a_dataset_without_a_name_is_called_as_its_file(send: Sender) -> None:
    send(IRIS, file_name="../../my flowers.csv")
    assert Dataset.objects.get().name == "my flowers"


@pytest.mark.parametrize("offset", [0, 9, 11])
def test_a_piece_at_a_wrong_offset_is_answered_with_the_right_one(
    send: Sender, begun: str, offset: int
) -> None:
    response = send.piece(begun, offset, b"x")
    assert response.status_code == 409
    assert response.headers["Upload-Offset"] == "10"
    assert response.json() == {"offset": 10}


@pytest.mark.parametrize("method", ["head", "get"])
def test_the_offset_is_told_to_go_on_after_a_break(as_owner: Client, begun: str, method: str) -> None:
    assert getattr(as_owner, method)(begun).headers["Upload-Offset"] == "10"


def test_a_piece_without_an_offset_is_refused(as_owner: Client, begun: str) -> None:
    assert as_owner.patch(begun, b"x", content_type="application/octet-stream").status_code == 400


def test_an_offset_that_is_no_offset_is_refused(as_owner: Client, begun: str) -> None:
    headers = {"Upload-Offset": "9" * 5000}
    answer = as_owner.patch(begun, b"x", content_type="application/octet-stream", headers=headers)
    assert answer.status_code == 400


def test_a_piece_for_an_upload_that_has_just_been_cancelled_is_not_found(send: Sender, begun: str) -> None:
    Upload.objects.get().path.unlink()
    assert send.piece(begun, 0, b"x").status_code == 404


def test_a_folder_left_by_a_dataset_that_was_never_committed_is_no_obstacle(
    send: Sender, owner: User, home: Path
) -> None:
    last = a_dataset(owner=owner, name="last").pk
    (home / "datasets" / str(last + 1)).mkdir(parents=True)
    assert send(IRIS).status_code == 201


def test_a_cancelled_upload_leaves_nothing(
    as_owner: Client, begun: str, home: Path, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert as_owner.delete(begun).status_code == 204
    assert not Upload.objects.exists()
    assert not list((home / "uploads").iterdir())
    assert as_owner.get(begun).status_code == 404


def test_more_bytes_than_announced_are_refused_and_not_kept(send: Sender, begun: str) -> None:
    assert send.piece(begun, 10, IRIS.encode()).status_code == 413
    assert Upload.objects.get().offset == 10


def test_an_unfinished_file_cannot_be_finished(send: Sender, begun: str) -> None:
    response = send.finish(begun)
    assert response.status_code == 409
    assert response.json() == {"offset": 10}


@pytest.mark.parametrize(("size", "status"), [("0", 422), ("-1", 422), ("much", 422), ("", 422)])
def test_a_senseless_size_is_refused(as_owner: Client, size: str, status: int) -> None:
    response = as_owner.post("/datasets/uploads/", {"file_name": "a.csv", "size": size})
    assert response.status_code == status
    assert response.json()["errors"]


def test_a_name_that_is_too_long_keeps_the_file(send: Sender) -> None:
    url = send.start(len(IRIS)).json()["url"]
    send.piece(url, 0, IRIS.encode())
    response = send.finish(url, name="x" * 201)
    assert response.status_code == 422
    assert "200 characters" in response.json()["errors"]["name"]
    assert send.finish(url, name="x").status_code == 201


def test_choices_about_reading_go_into_the_recipe(send: Sender, as_owner: Client) -> None:
    url = send.start(len(IRIS)).json()["url"]
    send.piece(url, 0, IRIS.encode())
    chosen = {
        "side": "32",
        "colour": "grey",
        "inputs": "x",
        "answers": "y",
        "sheet": "Data",
        "target": "species",
    }
    assert as_owner.post(f"{url}finish/", chosen).status_code == 201
    recipe = Dataset.objects.get().current.choices
    assert recipe.reading == Options(side=32, colour="grey", inputs="x", answers="y", sheet="Data")
    assert recipe.targets == ("species",)


def test_without_choices_a_file_is_read_the_usual_way(send: Sender) -> None:
    send(IRIS)
    assert Dataset.objects.get().current.choices == Recipe()


@pytest.mark.parametrize(
    ("field", "value"),
    [("side", "0"), ("side", "257"), ("side", "wide"), ("colour", "blue"), ("sheet", "x" * 201)],
)
def test_a_senseless_choice_about_reading_is_refused_at_its_field(
    send: Sender, as_owner: Client, field: str, value: str
) -> None:
    url = send.start(len(IRIS)).json()["url"]
    send.piece(url, 0, IRIS.encode())
    response = as_owner.post(f"{url}finish/", {field: value})
    assert response.status_code == 422
    assert list(response.json()["errors"]) == [field]
    assert send.finish(url).status_code == 201


def test_an_upload_needs_the_csrf_token(owner: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert strict.post("/datasets/uploads/", {"file_name": "a.csv", "size": 9}).status_code == 403


@pytest.mark.parametrize("method", ["get", "head", "patch", "delete"])
def test_another_persons_upload_is_not_there(as_outsider: Client, begun: str, method: str) -> None:
    assert getattr(as_outsider, method)(begun).status_code == 404
    assert as_outsider.post(f"{begun}finish/").status_code == 404
    assert Upload.objects.get().offset == 10


def test_an_unfinished_upload_stays_for_a_day_and_is_on_the_page(
    as_owner: Client, as_outsider: Client, send: Sender, begun: str
) -> None:
    Upload.objects.update(touched=Now() - uploads.FORGOTTEN + timedelta(minutes=1))
    send.start(5, "another.csv")
    page = as_owner.get("/datasets/new/").content.decode()
    assert f'data-unfinished="{begun}"' in page
    assert "another.csv" in page
    assert begun not in as_outsider.get("/datasets/new/").content.decode()


def test_how_much_of_an_unfinished_upload_is_there_is_shown(as_owner: Client, send: Sender) -> None:
    url = send.start(200, "half.csv").json()["url"]
    send.piece(url, 0, b"x" * 90)
    assert "45% of 200\xa0bytes" in as_owner.get("/datasets/new/").content.decode()


def test_forgotten_uploads_of_anybody_go(begun: str) -> None:
    Upload.objects.update(touched=Now() - uploads.FORGOTTEN - timedelta(seconds=1))
    uploads.clean_up()
    assert not Upload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_uploads_that_begin_at_the_same_time_share_one_quota(
    owner: User, home: Path, settings: object
) -> None:
    settings.HONE_USER_QUOTA_BYTES = MEGABYTE
    together = Barrier(4)

    def begin(_: int) -> bool:
        together.wait(10)
        try:
            uploads.start(owner, "a.csv", MEGABYTE)
        except uploads.TooLargeError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin, range(4))) == 1


def test_what_killed_processes_left_behind_goes_after_a_day(home: Path, db: None) -> None:
    old, fresh = home / "check-old", home / "source-fresh"
    for folder in (old, fresh):
        folder.mkdir()
    os.utime(old, (0, 0))
    uploads.clean_up()
    assert not old.exists()
    assert fresh.exists()


def test_inputs_that_a_killed_worker_did_not_finish_go_after_a_day(home: Path, db: None) -> None:
    version = home / "datasets" / "1" / "versions" / "2"
    version.mkdir(parents=True)
    names = ("features.npy", "scaled-standardise-float32.npy", "old.tmp", "fresh.tmp")
    for name in names:
        (version / name).touch()
    for name in names[:3]:
        os.utime(version / name, (0, 0))
    uploads.clean_up()
    assert {path.name for path in version.iterdir()} == {*names} - {"old.tmp"}


def test_what_others_remove_meanwhile_does_not_disturb_the_cleaning(home: Path, db: None) -> None:
    (home / "datasets").mkdir()
    enough = Event()

    def come_and_go(folder: Path, work: str) -> None:
        while not enough.is_set():
            (folder / work).mkdir(parents=True)
            shutil.rmtree(folder)

    with ThreadPoolExecutor(2) as pool:
        others = [
            pool.submit(come_and_go, home / "check-1", "table"),
            pool.submit(come_and_go, home / "datasets" / "1", "work-1"),
        ]
        try:
            for _ in range(200):
                uploads.clean_up()
        finally:
            enough.set()
    assert [other.result() for other in others] == [None, None]
