"""Accounts with passwords, as a hosted laboratory uses them."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server", "no_limits_yet")]

PERSON = {
    "username": "nina",
    "email": "nina@example.org",
    "password1": "kx81-lorry",
    "password2": "kx81-lorry",
}


@pytest.fixture
def no_limits_yet(redis_server: str) -> None:
    """Forget the tries of earlier tests."""
    from django.core.cache import cache

    cache.clear()


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_the_pages_of_who_is_not_signed_in_are_open(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ["account_change_password", "account_email", "account_reauthenticate"])
def test_the_pages_of_an_account_ask_to_sign_in(client: Client, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["account_change_password", "account_email", "account_logout"])
def test_the_pages_of_an_account_work_for_its_person(as_member: Client, name: str) -> None:
    assert as_member.get(reverse(name)).status_code == 200


def test_everything_else_asks_to_sign_in_and_comes_back(client: Client) -> None:
    answer = client.get("/runs/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/runs/"


def test_signing_in_with_a_password(client: Client, member: User) -> None:
    form = {"login": member.username, "password": "the member's password"}
    answer = client.post("/accounts/login/?next=/datasets/", form)
    assert answer.status_code == 302
    assert answer["Location"] == "/datasets/"


def test_a_wrong_password_is_refused_at_the_form(client: Client, member: User) -> None:
    answer = client.post("/accounts/login/", {"login": member.username, "password": "guess"})
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_guessing_passwords_is_slowed_down(client: Client, member: User) -> None:
    for _ in range(12):
        answer = client.post("/accounts/login/", {"login": member.username, "password": "guess"})
    assert "Too many" in answer.text or answer.status_code == 429
    right = client.post("/accounts/login/", {"login": member.username, "password": "the member's password"})
    assert "_auth_user_id" not in client.session, right


def test_signing_out(as_member: Client) -> None:
    assert as_member.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in as_member.session


def test_strangers_cannot_make_an_account_by_default(client: Client) -> None:
    answer = client.post("/accounts/signup/", PERSON)
    assert answer.status_code == 200
    assert not User.objects.exists()


def test_strangers_can_make_an_account_when_the_lab_is_open(client: Client, settings: Any) -> None:
    settings.HONE_SIGNUP = "open"
    answer = client.post("/accounts/signup/", PERSON)
    assert answer.status_code == 302
    assert not User.objects.get(username="nina").is_staff
    assert "_auth_user_id" in client.session


def test_an_owner_without_a_password_can_set_one(client: Client) -> None:
    from webapp.accounts.links import new_link, owner

    client.get(new_link(owner()))
    form = {"password1": "kx81-lorry-9", "password2": "kx81-lorry-9"}
    assert client.post(reverse("account_set_password"), form).status_code == 302
    assert owner().check_password("kx81-lorry-9")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client, member: User) -> None:
    client.post("/accounts/login/", {"login": member.username, "password": "the member's password"})
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_admin_uses_the_same_sign_in_page(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_the_admin_is_closed_to_who_is_not_staff(as_member: Client) -> None:
    answer = as_member.get("/admin/", follow=True)
    assert answer.status_code == 403


def test_the_admin_looks_after_people(admin_client: Client, member: User) -> None:
    Group.objects.create(name="students")
    for page in ("auth/user/", f"auth/user/{member.pk}/change/", "auth/user/add/", "auth/group/"):
        assert admin_client.get(f"/admin/{page}").status_code == 200
    assert admin_client.get(f"/admin/auth/user/{member.pk}/password/").status_code == 200
    form = {
        "username": "nina",
        "usable_password": "true",
        "password1": "kx81-lorry",
        "password2": "kx81-lorry",
    }
    assert admin_client.post("/admin/auth/user/add/", form).status_code == 302
    assert User.objects.get(username="nina").check_password("kx81-lorry")


def test_an_edit_after_the_session_ended_leads_to_the_sign_in_page_and_back(client: Client) -> None:
    page = "http://testserver/runs/new/?dataset=4"
    headers = {"hx-request": "true", "hx-current-url": page}
    answer = client.post(reverse("runs:new-edit"), headers=headers)
    assert answer["HX-Redirect"] == "/accounts/login/?next=/runs/new/%3Fdataset%3D4"


@pytest.mark.parametrize(
    ("referer", "back"),
    [("http://testserver/runs/3/", "/runs/3/"), ("http://elsewhere.example/x/", "/"), ("", "/")],
)
def test_a_button_pressed_after_the_session_ended_leads_back_to_its_page(
    client: Client, referer: str, back: str
) -> None:
    answer = client.post(reverse("runs:delete", args=[3]), headers={"referer": referer})
    assert answer["Location"] == f"/accounts/login/?next={back}"
