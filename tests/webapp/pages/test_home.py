from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run
from webapp.runs.cockpit.commands import issue

HOME = "/"


def test_home_asks_a_stranger_to_sign_in(client: Client, db: None) -> None:
    assert client.get(HOME).url == f"{reverse('account_login')}?next=/"


def test_home_shows_a_newcomer_three_steps_and_a_dataset_one_click_away(as_owner: Client) -> None:
    page = as_owner.get(HOME).content.decode()
    for step in ("Choose data", "Configure a network", "Watch it learn"):
        assert step in page
    assert f'action="{reverse("datasets:builtin", args=["digits"])}"' in page


def test_home_shows_whoever_returns_their_runs_and_datasets(as_owner: Client, owner: User) -> None:
    run = a_run(owner=owner, name="Two layers", state="finished", best_dev_error=0.0312)
    page = as_owner.get(HOME).content.decode()
    assert "Two layers" in page
    assert "3.12 %" in page
    assert run.get_absolute_url() in page
    assert run.dataset.name in page
    assert "badge--finished" in page


def test_home_says_that_a_run_was_asked_to_stop(as_owner: Client, owner: User) -> None:
    issue(a_run(owner=owner, state="running"), owner, "stop")
    assert "badge--stopping" in as_owner.get(HOME).content.decode()


def test_home_shows_nothing_of_anybody_else(as_outsider: Client, owner: User) -> None:
    a_run(owner=owner, name="A secret run", version=a_version(owner=owner, name="A secret table"))
    assert "secret" not in as_outsider.get(HOME).content.decode()


def test_home_escapes_the_names_people_give(as_owner: Client, owner: User) -> None:
    a_run(owner=owner, name="<script>alert(1)</script>")
    assert "<script>alert" not in as_owner.get(HOME).content.decode()


@pytest.mark.parametrize("n_runs", [1, 30])
def test_home_asks_the_database_as_often_for_many_runs_as_for_one(
    as_owner: Client, owner: User, n_runs: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    version = a_version(owner=owner)
    for _ in range(n_runs):
        a_run(owner=owner, version=version)
    with django_assert_max_num_queries(4):
        as_owner.get(HOME)


def test_staff_find_the_administration_and_others_do_not(
    signed_in: Callable[[User], Client], owner: User, member: User
) -> None:
    owner.is_staff = True
    owner.save()
    assert "Administration" in signed_in(owner).get(HOME).content.decode()
    assert "Administration" not in signed_in(member).get(HOME).content.decode()


def test_signing_out_takes_a_post(as_owner: Client) -> None:
    assert "Sign out?" in as_owner.get(reverse("account_logout")).content.decode()
    assert as_owner.get(HOME).status_code == 200
    as_owner.post(reverse("account_logout"))
    assert as_owner.get(HOME).status_code == 302
