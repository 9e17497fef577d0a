"""One-time sign-in links."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from webapp.accounts.links import ADDRESS, new_link, owner
from webapp.accounts.models import LIFETIME, SignInLink

pytestmark = pytest.mark.django_db


@pytest.fixture
def link() -> str:
    return new_link(owner())


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_link_signs_the_owner_in_and_leads_home(client: Client, link: str) -> None:
    answer = client.get(link)
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert client.session["_auth_user_id"] == str(owner().pk)
    assert "no-store" in answer["Cache-Control"]


def test_a_link_is_the_address_of_the_view() -> None:
    assert ADDRESS.format(token="abc") == reverse("accounts:link", args=["abc"])


def test_the_owner_may_do_everything_and_has_no_password() -> None:
    assert owner().is_superuser
    assert owner().is_staff
    assert not owner().has_usable_password()
    assert User.objects.count() == 1


def test_the_owner_keeps_a_password_it_has_set() -> None:
    person = owner()
    person.set_password("a better one")
    person.save()
    assert owner().check_password("a better one")


def test_a_link_works_once(client: Client, link: str) -> None:
    client.get(link)
    second = Client()
    answer = second.get(link)
    assert answer.status_code == 410
    assert "manage.py link" in answer.text
    assert not is_signed_in(second)


def test_opening_a_used_link_again_leads_home_who_is_signed_in(client: Client, link: str) -> None:
    client.get(link)
    answer = client.get(link)
    assert answer.status_code == 302
    assert is_signed_in(client)


def test_only_one_of_two_at_the_same_time_is_signed_in(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = link.rstrip("/").rsplit("/", 1)[1]
    manager = SignInLink.objects
    found = manager.select_related("user").get()
    assert manager.consume(token) == found.user
    # The second one had read the row before the first one took it
    monkeypatch.setattr(type(manager), "find", lambda *_: found)
    assert manager.consume(token) is None


def test_an_expired_link_is_refused_and_cleared_away(client: Client, link: str) -> None:
    SignInLink.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert client.get(link).status_code == 410
    assert not is_signed_in(client)
    SignInLink.objects.issue(owner())
    assert SignInLink.objects.count() == 1
    assert SignInLink.objects.get().expires <= timezone.now() + LIFETIME


def test_a_link_that_never_was_is_refused(client: Client) -> None:
    answer = client.get("/sign-in/guessed/")
    assert answer.status_code == 410
    assert "works once" in answer.text


@pytest.mark.parametrize("address", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
def test_a_link_works_from_this_machine(client: Client, link: str, address: str) -> None:
    client.get(link, REMOTE_ADDR=address)
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "address", ["192.168.1.20", "10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "", "unknown"]
)
def test_a_link_is_refused_from_another_machine_and_stays_good(
    client: Client, link: str, address: str
) -> None:
    answer = client.get(link, REMOTE_ADDR=address)
    assert answer.status_code == 403
    assert "machine that runs the laboratory" in answer.text
    assert not is_signed_in(client)
    client.get(link)
    assert is_signed_in(client)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_link_is_refused_through_a_proxy_on_this_machine(client: Client, link: str, header: str) -> None:
    assert client.get(link, headers={header: "127.0.0.1"}).status_code == 403
    assert not is_signed_in(client)


def test_looking_whether_a_link_is_there_does_not_use_it_up(client: Client, link: str) -> None:
    client.head(link)
    assert not is_signed_in(client)
    client.get(link)
    assert is_signed_in(client)


def test_a_link_cannot_be_posted_to(client: Client, link: str) -> None:
    assert client.post(link).status_code == 405


def test_the_link_of_a_closed_account_is_refused(client: Client) -> None:
    person = User.objects.create_user("omar", is_active=False)
    assert client.get(new_link(person)).status_code == 410
    assert not is_signed_in(client)


def test_the_database_holds_no_link_that_could_be_used(link: str) -> None:
    token = link.rstrip("/").rsplit("/", 1)[1]
    stored = SignInLink.objects.get()
    assert token not in str(vars(stored))
    assert token not in str(stored)
