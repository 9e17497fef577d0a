"""Limits on what comes in: for each file, each person and the laboratory; each refusal says what is left."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.webapp.datasets.factories import a_dataset
from tests.webapp.datasets.sending import IRIS, Sender
from webapp.datasets.incoming import quotas
from webapp.datasets.models import Quota, Upload

MEGABYTE = 1 << 20


def refusal(send: Sender, size: int) -> str:
    response = send.start(size)
    assert response.status_code == 413
    return str(response.json()["errors"]["file"])


def test_a_file_over_the_limit_is_refused_before_it_is_sent(send: Sender, settings: object) -> None:
    settings.HONE_MAX_UPLOAD_BYTES = MEGABYTE
    message = refusal(send, MEGABYTE + 1)
    assert "at most 1.0\xa0MB can be uploaded. Leave out rows or columns" in message
    assert not Upload.objects.exists()


def test_a_file_over_the_quota_is_refused_with_what_is_left(
    send: Sender, owner: User, settings: object
) -> None:
    settings.HONE_USER_QUOTA_BYTES = 3 * MEGABYTE
    a_dataset(owner=owner, name="large", size=MEGABYTE)
    assert send.start(MEGABYTE).status_code == 201
    message = refusal(send, MEGABYTE + 1)
    assert "only 1.0\xa0MB of your quota of 3.0\xa0MB are left. Delete datasets" in message
    assert "Unfinished uploads hold 1.0\xa0MB" in message


def test_a_person_may_have_a_quota_of_their_own(send: Sender, owner: User, member: User) -> None:
    Quota.objects.create(user=owner, megabytes=2)
    Quota.objects.create(user=member, megabytes=0)
    assert "your quota of 2.0\xa0MB" in refusal(send, 2 * MEGABYTE + 1)
    assert send.start(2 * MEGABYTE).status_code == 201
    assert quotas.of(member).left == 0


def test_the_admin_gives_a_person_a_quota(owner: User) -> None:
    admin = Client()
    admin.force_login(User.objects.create_superuser("admin", password="admin"))
    assert admin.get("/admin/datasets/quota/add/").status_code == 200
    admin.post("/admin/datasets/quota/add/", {"user": owner.pk, "megabytes": 5})
    assert quotas.of(owner).limit == 5 * MEGABYTE
    assert "0\xa0bytes" in admin.get("/admin/datasets/quota/").content.decode()


def test_the_laboratory_as_a_whole_has_a_quota(
    send: Sender, owner: User, member: User, settings: object
) -> None:
    settings.HONE_TOTAL_QUOTA_BYTES = 3 * MEGABYTE
    a_dataset(owner=member, size=2 * MEGABYTE)
    message = refusal(send, MEGABYTE + 1)
    assert "only 1.0\xa0MB of the laboratory's 3.0\xa0MB are left. Delete datasets" in message
    assert send.start(MEGABYTE).status_code == 201
    assert quotas.of(owner).largest == 0


def test_the_laboratory_counts_the_same_content_once(owner: User, member: User) -> None:
    for user, sha256 in ((owner, "a"), (member, "a"), (member, "b"), (member, ""), (owner, "")):
        a_dataset(owner=user, size=100, sha256=sha256)
    Upload.objects.create(owner=owner, file_name="x", size=7)
    assert quotas.used_by_all() == 4 * 100 + 7
    assert quotas.of(owner).used == 207


def test_without_a_total_only_ones_own_quota_counts(owner: User, settings: object) -> None:
    settings.HONE_TOTAL_QUOTA_BYTES = 0
    allowance = quotas.of(owner)
    assert allowance.total_left is None
    assert allowance.largest == settings.HONE_MAX_UPLOAD_BYTES


def test_a_file_that_the_disk_has_no_room_for_is_refused(send: Sender, settings: object) -> None:
    settings.HONE_MAX_UPLOAD_BYTES = settings.HONE_USER_QUOTA_BYTES = 1 << 60
    assert "disk is too full for this file. Ask its admin to make room." in refusal(send, 1 << 59)


def test_the_page_shows_what_is_used_and_what_the_laboratory_has_left(
    as_owner: Client, owner: User, settings: object
) -> None:
    settings.HONE_USER_QUOTA_BYTES = 10 * MEGABYTE
    settings.HONE_TOTAL_QUOTA_BYTES = 5 * MEGABYTE
    a_dataset(owner=owner, size=2 * MEGABYTE)
    page = as_owner.get("/datasets/new/").content.decode()
    assert "2.0\xa0MB of 10.0\xa0MB used" in page
    assert "the laboratory has 3.0\xa0MB left" in page
    assert "At most 3.0\xa0MB" in page


@pytest.mark.parametrize("size", [1, len(IRIS)])
def test_an_upload_that_fits_exactly_is_accepted(send: Sender, settings: object, size: int) -> None:
    settings.HONE_USER_QUOTA_BYTES = settings.HONE_TOTAL_QUOTA_BYTES = size
    assert send.start(size).status_code == 201
