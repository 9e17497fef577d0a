"""Signing in, and the pages that say what went wrong."""

import re

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache, caches
from django.template.loader import render_to_string
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

# And everything of accounts/ and shared/, and the admin's own sign-in page
OPEN = {"health/", "sign-in/<str:token>/"}
SAMPLES = {"int": "1", "str": "csv", "slug": "digits", "uuid": "00000000-0000-0000-0000-000000000000"}


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    """The routes of the whole site, the packages' own folders left out."""
    found = []
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            found.append(route)
        elif not route.startswith(("accounts/", "admin/")):
            found += routes(pattern.url_patterns, route)
    return found


def address(route: str) -> str:
    return "/" + re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], route)


CLOSED = sorted(
    route for route in set(routes(get_resolver().url_patterns)) - OPEN if not route.startswith("shared/")
)


@pytest.mark.parametrize("route", CLOSED)
def test_every_page_asks_a_stranger_to_sign_in(client: Client, db: None, route: str) -> None:
    for response in (client.get(address(route)), client.post(address(route))):
        assert response.status_code == 302
        assert response.url.startswith(reverse("account_login"))


@pytest.fixture
def fresh_limits(redis_server: str) -> None:
    """Forget the tries of earlier tests."""
    cache.clear()


@pytest.mark.usefixtures("fresh_limits")
def test_a_wrong_password_is_said_on_the_sign_in_page(client: Client, owner: User) -> None:
    answer = client.post(reverse("account_login"), {"login": owner.username, "password": "wrong"})
    page = answer.content.decode()
    assert "not correct" in page
    assert 'role="alert"' in page


@pytest.mark.usefixtures("fresh_limits")
def test_too_many_wrong_passwords_are_answered_with_patience(client: Client, owner: User) -> None:
    wrong = {"login": owner.username, "password": "wrong"}
    pages = [client.post(reverse("account_login"), wrong).content.decode() for _ in range(7)]
    assert "Too many failed login attempts" in pages[-1]


@pytest.mark.usefixtures("fresh_limits")
def test_a_missing_password_is_said_at_its_field(client: Client, owner: User) -> None:
    page = client.post(reverse("account_login"), {"login": owner.username}).content.decode()
    assert 'id="id_password_error"' in page
    assert 'aria-invalid="true"' in page


@pytest.mark.usefixtures("fresh_limits")
@pytest.mark.parametrize("login", ["owner", "owner@example.org"])
def test_a_person_signs_in_with_name_or_address(client: Client, owner: User, login: str) -> None:
    assert owner.username == "owner"
    answer = client.post(reverse("account_login"), {"login": login, "password": "the owner's password"})
    assert answer.url == "/"


def test_a_person_signs_in_while_redis_is_away(client: Client, owner: User, settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock"}}
    wrong = {"login": owner.username, "password": "wrong"}
    pages = [client.post(reverse("account_login"), wrong).content.decode() for _ in range(7)]
    assert "not correct" in pages[0]
    assert "Too many failed login attempts" in pages[-1]
    caches["default"].clear()
    answer = client.post(
        reverse("account_login"), {"login": owner.username, "password": "the owner's password"}
    )
    assert answer.url == "/"


def test_the_sign_in_page_tells_the_local_owner_where_the_link_is(client: Client, db: None) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert "make run" in page
    assert "manage.py link" in page


def test_strangers_see_the_way_to_an_account_only_when_it_is_open(
    client: Client, db: None, settings: Settings
) -> None:
    settings.HONE_SIGNUP = "closed"
    assert reverse("account_signup") not in client.get(reverse("account_login")).content.decode()
    assert "not open to new accounts" in client.get(reverse("account_signup")).content.decode()
    settings.HONE_SIGNUP = "open"
    assert reverse("account_signup") in client.get(reverse("account_login")).content.decode()
    assert "Make the account" in client.get(reverse("account_signup")).content.decode()


@pytest.mark.parametrize("page", ["account_login", "account_reset_password", "account_reset_password_done"])
def test_the_doors_of_the_laboratory_look_like_the_rest_of_it(client: Client, db: None, page: str) -> None:
    assert 'class="page page--narrow"' in client.get(reverse(page)).content.decode()


@pytest.mark.parametrize("page", ["account_change_password", "account_email", "account_reauthenticate"])
def test_the_pages_of_ones_account_look_like_the_rest(as_owner: Client, page: str) -> None:
    assert 'class="page page--narrow"' in as_owner.get(reverse(page)).content.decode()


def test_a_page_that_is_not_there_offers_the_way_back(as_owner: Client) -> None:
    answer = as_owner.get("/nothing/here/")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "There is nothing at this address" in page
    assert reverse("runs:list") in page


def test_a_form_without_its_token_is_refused_kindly(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post(reverse("account_logout"))
    assert answer.status_code == 403
    assert "The form has expired" in answer.content.decode()


@pytest.mark.parametrize("code", [400, 403, 404, 413, 429, 500])
def test_an_error_page_needs_neither_context_nor_database(code: int) -> None:
    page = render_to_string(f"{code}.html")
    assert "<h1>" in page
    assert 'href="/"' in page


def test_the_error_page_of_last_resort_needs_no_manifest(settings: Settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "webapp.pages.static.HashedFiles"},
    }
    assert "/static/hone/tokens.css" in render_to_string("500.html")


def test_pages_carry_a_strict_content_security_policy(client: Client, db: None) -> None:
    policy = client.get(reverse("account_login")).headers["Content-Security-Policy"]
    # Their order changes from process to process
    directives = policy.split("; ")
    assert "script-src 'self'" in directives
    assert "style-src 'self'" in directives
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
