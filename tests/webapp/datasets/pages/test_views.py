"""The pages of datasets, and who may see and change what."""

import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.webapp.datasets.factories import a_dataset
from tests.webapp.datasets.sending import IRIS, Sender
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset, Version

Make = Callable[..., Dataset]


@pytest.fixture
def flowers(ready: Make) -> Dataset:
    return ready(IRIS, name="Flowers")


def shown(client: Client, url: str, status: int = 200, **kwargs: object) -> str:
    response = client.get(url, **kwargs)
    assert response.status_code == status
    return response.content.decode()


def test_an_empty_list_says_what_to_do(as_owner: Client) -> None:
    page = shown(as_owner, "/datasets/")
    assert "No datasets yet" in page
    assert "/datasets/new/" in page


def test_the_list_shows_size_task_and_state(as_owner: Client, flowers: Dataset) -> None:
    page = shown(as_owner, "/datasets/")
    assert f'data-href="/datasets/{flowers.pk}/"' in page
    assert "multiclass" in page
    assert "badge--ready" in page


def test_the_list_is_searched_and_sorted_by_its_address(as_owner: Client, owner: User) -> None:
    for name, rows in (("wine", 3), ("digits", 1), ("wide wine", 2)):
        a_dataset(owner=owner, name=name, n_rows=rows)
    names = [dataset.name for dataset in as_owner.get("/datasets/?q=WINE&sort=rows").context["listing"].page]
    assert names == ["wide wine", "wine"]
    assert "No dataset matches" in shown(as_owner, "/datasets/?q=nothing")
    assert shown(as_owner, "/datasets/?sort=nonsense&page=99")


def test_htmx_gets_the_table_alone(as_owner: Client, flowers: Dataset) -> None:
    page = shown(as_owner, "/datasets/", headers={"HX-Request": "true"})
    assert page.startswith('<div id="datasets"') or "<html" not in page


def test_the_new_page_offers_every_built_in_dataset(as_owner: Client) -> None:
    page = shown(as_owner, "/datasets/new/")
    for title in ("Digits", "Breast cancer", "Wine", "Iris", "Diabetes", "Moons", "Circles", "Spirals"):
        assert f"<strong>{title}</strong>" in page
    assert "1,797 rows · 64 features · multiclass" in page
    assert "JavaScript is needed" in page


def test_a_ready_dataset_shows_rows_columns_balance_and_the_way_on(
    as_owner: Client, flowers: Dataset
) -> None:
    page = shown(as_owner, flowers.get_absolute_url())
    assert f'href="/runs/new/?dataset={flowers.pk}"' in page
    assert "4.5" in page
    assert 'data-figure="balance-figure"' in page
    assert page.count("<tr>") == 1 + 20


def test_missing_cells_are_shown_as_missing(as_owner: Client, dataset: Make) -> None:
    found = dataset("a,b,y\n" + "1,,x\n2,3,z\n" * 4)
    assert '<td class="num muted">missing</td>' in shown(as_owner, found.get_absolute_url())


def test_a_cell_is_never_taken_for_html(as_owner: Client, dataset: Make) -> None:
    found = dataset("a,<b>y</b>\n" + "<script>alert(1)</script>,u\nx,v\n" * 4, target="")
    page = shown(as_owner, found.get_absolute_url())
    assert "<script>alert" not in page
    assert "<b>y" not in page


def test_while_it_is_read_the_page_shows_progress_and_asks_again(as_owner: Client, send: Sender) -> None:
    found = Dataset.objects.get(pk=send(IRIS).json()["url"].strip("/").split("/")[-1])
    page = shown(as_owner, found.get_absolute_url())
    assert "Waiting for a worker" in page
    assert 'hx-trigger="every 1s"' in page
    asking = {"HX-Request": "true", "HX-Target": "progress"}
    assert "HX-Refresh" not in as_owner.get(found.get_absolute_url(), headers=asking).headers
    ingest(found.current_id)
    assert as_owner.get(found.get_absolute_url(), headers=asking).headers["HX-Refresh"] == "true"


def test_a_failed_dataset_says_what_is_wrong_and_how_to_mend_it(as_owner: Client, owner: User) -> None:
    problem = {"message": "Row 7 has 2 values.", "advice": "Give every row 3 values."}
    failed = a_dataset(owner=owner, name="broken", state="failed", problem=problem)
    page = shown(as_owner, failed.get_absolute_url())
    assert "Row 7 has 2 values." in page
    assert "Give every row 3 values." in page
    assert "Upload again" in page


def test_a_wide_table_shows_its_first_columns_and_the_target(as_owner: Client, dataset: Make) -> None:
    header = ",".join([*(f"c{i}" for i in range(300)), "label"])
    found = dataset(header + "\n" + "".join(f"{i}.5," * 300 + f"{i % 2}\n" for i in range(4)))
    page = shown(as_owner, found.get_absolute_url())
    assert "201 more columns are not shown here" in page
    assert ">label <span" in page


def test_the_parts_lead_to_each_other_and_say_where_one_is(as_owner: Client, flowers: Dataset) -> None:
    for part in ("", "columns/", "explore/", "split/", "versions/", "settings/"):
        page = shown(as_owner, f"{flowers.get_absolute_url()}{part}")
        assert f'href="/datasets/{flowers.pk}/{part}" aria-current="page"' in page
        assert page.count('aria-current="page"') == 1


def test_the_overview_tells_what_was_found_about_the_data(as_owner: Client, flowers: Dataset) -> None:
    finding = {
        "severity": "high",
        "what": "10 rows are there twice.",
        "why": "They leak.",
        "fix": "Drop them.",
    }
    (flowers.current.folder / "insight.json").write_text(json.dumps({"findings": [finding]}))
    assert "10 rows are there twice." in shown(as_owner, flowers.get_absolute_url())


def test_archived_datasets_are_out_of_the_list_until_they_are_asked_for(
    as_owner: Client, owner: User
) -> None:
    a_dataset(owner=owner, name="old wine", archived=True)
    a_dataset(owner=owner, name="young wine")
    page = shown(as_owner, "/datasets/")
    assert "old wine" not in page
    assert "1 archived" in page
    assert "old wine" in shown(as_owner, "/datasets/?archived=1")


def test_the_list_is_narrowed_to_a_tag(as_owner: Client, owner: User) -> None:
    for name, tags in (("a", ["lesson", "my course"]), ("b", ["lesson"]), ("c", ["lessons"])):
        a_dataset(owner=owner, name=name, tags=tags)
    assert names_of(as_owner, "tag:lesson") == ["a", "b"]
    assert names_of(as_owner, 'tag:"My Course" tag:lesson') == ["a"]
    assert names_of(as_owner, "b tag:lesson") == ["b"]
    assert names_of(as_owner, "tag:nothing") == []


def names_of(client: Client, q: str) -> list[str]:
    listing = client.get("/datasets/", {"q": q, "sort": "name"}).context["listing"]
    return [dataset.name for dataset in listing.page]


@pytest.mark.parametrize("part", ["", "columns/", "explore/", "split/", "versions/", "settings/", "edit/"])
def test_another_persons_dataset_is_not_there(as_outsider: Client, flowers: Dataset, part: str) -> None:
    assert as_outsider.get(f"{flowers.get_absolute_url()}{part}").status_code == 404
    assert "Flowers" not in shown(as_outsider, "/datasets/")


@pytest.mark.parametrize("url", ["/datasets/", "/datasets/new/", "/datasets/1/"])
def test_a_stranger_is_asked_to_sign_in(client: Client, db: None, url: str) -> None:
    assert client.get(url).status_code == 302


def test_a_built_in_dataset_is_made_once_and_seen_by_everybody(as_owner: Client, as_outsider: Client) -> None:
    first = as_owner.post("/datasets/builtin/moons/")
    second = as_outsider.post("/datasets/builtin/moons/")
    made = Dataset.objects.get()
    assert first.url == second.url == made.get_absolute_url()
    ingest(made.current_id)
    assert "Train a network" in shown(as_outsider, made.get_absolute_url())
    assert as_owner.post("/datasets/builtin/moons/").url == made.get_absolute_url()
    assert Dataset.objects.get().current.state == "ready"


def test_a_built_in_dataset_that_failed_is_tried_again(as_owner: Client) -> None:
    as_owner.post("/datasets/builtin/moons/")
    Version.objects.update(state="failed", attempt=3)
    as_owner.post("/datasets/builtin/moons/")
    ingest(Dataset.objects.get().current_id)
    assert Dataset.objects.get().current.state == "ready"


def test_an_unknown_built_in_dataset_is_not_there(as_owner: Client) -> None:
    assert as_owner.post("/datasets/builtin/mnist/").status_code == 404


def test_the_admin_lists_and_shows_datasets_and_uploads(flowers: Dataset, send: Sender) -> None:
    send.start(100, "waiting.csv")
    admin = Client()
    admin.force_login(User.objects.create_superuser("admin", password="admin"))
    assert "Flowers" in shown(admin, "/admin/datasets/dataset/?q=flow")
    assert "table.csv" in shown(admin, f"/admin/datasets/dataset/{flowers.pk}/change/")
    assert "waiting.csv" in shown(admin, "/admin/datasets/upload/")
    assert admin.get("/admin/datasets/dataset/add/").status_code == 403
