from http import HTTPStatus

import pytest
from django.urls import reverse

from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run, a_user, write_chunks
from webapp.runs.models import Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def ada(client):
    client.force_login(a_user("ada"))
    return client


@pytest.fixture
def stranger(client):
    client.force_login(a_user("stranger"))
    return client


@pytest.mark.parametrize("name", ["detail", "series", "open", "delete"])
def test_another_users_run_is_not_there(stranger, name):
    address = reverse(f"runs:{name}", args=[a_run().pk])
    answer = stranger.post(address) if name not in ("detail", "series") else stranger.get(address)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert Run.objects.count() == 1


def test_the_page_of_a_run_shows_its_strip_and_configuration(ada):
    answer = ada.get(a_run(name="first try", epoch=2).get_absolute_url())
    text = answer.text
    assert "first try" in text
    assert "2 of 3" in text
    assert "4 ReLU" in text


def test_a_run_that_ended_says_why(ada):
    run = a_run(state="diverged", reason="Lower the learning rate.")
    assert "Lower the learning rate." in ada.get(run.get_absolute_url()).text


def test_a_run_that_has_ended_can_be_deleted(ada):
    run = a_run(state="finished")
    write_chunks(run, [[1.0]])
    assert ada.post(reverse("runs:delete", args=[run.pk])).url == reverse("runs:list")
    assert not Run.objects.present().exists()


def test_a_live_run_is_not_deleted(ada):
    run = a_run()
    answer = ada.post(reverse("runs:delete", args=[run.pk]), follow=True)
    assert "Stop it first" in answer.text
    assert Run.objects.exists()


def test_the_test_error_is_sealed_until_it_is_opened_and_each_opening_is_counted(ada):
    run = a_run(state="finished", test_error=0.125)
    page = ada.get(run.get_absolute_url()).text
    assert "12.5" not in page
    assert "Open the seal" in page
    assert "was looked at 0 times" in page
    ada.post(reverse("runs:open", args=[run.pk]))
    page = ada.get(run.get_absolute_url()).text
    assert "12.50" in page
    assert "Opened by\n      ada on" in page
    assert "was looked at 1 time so far" in page
    other = a_run(state="finished", test_error=0.25, version=run.version)
    page = ada.get(other.get_absolute_url()).text
    assert "25.00" not in page
    assert "was looked at 1 time so far" in page


def test_the_seal_of_a_live_run_cannot_be_opened(ada):
    run = a_run(state="running", test_error=0.125)
    ada.post(reverse("runs:open", args=[run.pk]))
    assert not run.openings.exists()
    assert "12.5" not in ada.get(run.get_absolute_url()).text


def test_the_page_is_loaded_anew_once_its_seal_is_open(ada):
    run = a_run(state="finished", test_error=0.125)
    answer = ada.post(reverse("runs:open", args=[run.pk]), headers={"hx-request": "true"})
    assert answer["HX-Refresh"] == "true"
    assert ada.post(reverse("runs:open", args=[run.pk]))["Location"] == f"{run.get_absolute_url()}#test"


def test_a_seal_is_not_opened_by_following_a_link(ada):
    run = a_run(state="finished", test_error=0.125)
    assert ada.get(reverse("runs:open", args=[run.pk])).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_the_list_of_a_newcomer_says_what_to_do(ada):
    assert "Configure your first network" in ada.get(reverse("runs:list")).text


def test_the_list_shows_ones_own_runs_only(ada):
    a_run(name="mine")
    a_run(name="theirs", owner=a_user("stranger"))
    text = ada.get(reverse("runs:list")).text
    assert "mine" in text
    assert "theirs" not in text


def names(answer):
    return [row["run"].name for row in answer.context["listing"].rows]


def test_the_list_searches_filters_and_sorts_by_its_address(ada):
    data = a_version(name="wine")
    a_run(name="b", state="finished", best_dev_error=0.2, version=data)
    a_run(name="a", state="finished", best_dev_error=0.1)
    a_run(name="c", state="failed")
    address = reverse("runs:list")
    assert names(ada.get(address, {"sort": "best"})) == ["a", "b", "c"]
    assert names(ada.get(address, {"sort": "-name"})) == ["c", "b", "a"]
    assert names(ada.get(address, {"q": "WINE"})) == ["b"]
    assert names(ada.get(address, {"state": "failed"})) == ["c"]


@pytest.mark.parametrize(
    "query", ["?sort=owner__password", "?state=flying", "?page=99", "?page=x", "?sort=-"]
)
def test_an_address_that_makes_no_sense_still_shows_the_list(ada, query):
    a_run(name="mine")
    assert names(ada.get(reverse("runs:list") + query)) == ["mine"]


def test_the_table_refreshes_itself_only_while_a_run_is_live(ada):
    run = a_run(state="finished")
    assert "every 2s" not in ada.get(reverse("runs:list")).text
    Run.objects.filter(pk=run.pk).update(state="running")
    refreshed = ada.get(reverse("runs:list"), headers={"HX-Request": "true"})
    assert "every 2s" in refreshed.text
    assert "<html" not in refreshed.text


def test_the_number_of_queries_does_not_grow_with_the_list(ada, django_assert_max_num_queries):
    for index in range(12):
        a_run(name=f"run {index}")
    with django_assert_max_num_queries(9):
        ada.get(reverse("runs:list"))


def test_a_dataset_number_of_any_length_is_not_found(as_owner):
    assert as_owner.get("/runs/new/?dataset=" + "9" * 5000).status_code == 404


@pytest.mark.parametrize("address", ["/runs/", "/datasets/"])
def test_a_search_leaves_out_what_no_database_can_look_for(as_owner, address):
    assert as_owner.get(f"{address}?q=a%00b").context["listing"].q == "ab"


def test_a_run_deleted_from_its_page_leads_to_the_whole_list(ada):
    run = a_run(state="finished")
    answer = ada.post(f"{run.get_absolute_url()}delete/", headers={"hx-request": "true"})
    assert answer["HX-Redirect"] == "/runs/"
    assert not Run.objects.present().exists()
