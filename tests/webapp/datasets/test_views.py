"""The pages of datasets, and who may see and change what."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from engine import Spec
from tests.webapp.datasets.factories import a_dataset
from tests.webapp.datasets.sending import IRIS, Sender
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset, Version
from webapp.runs.models import Run

Make = Callable[..., Dataset]
POSTS = ("name", "target", "delete")


@pytest.fixture
def flowers(dataset: Make) -> Dataset:
    return dataset(IRIS, name="Flowers")


def run_on(dataset: Dataset, name: str = "first run") -> Run:
    spec = Spec.model_validate({"layers": [{"units": 4}], "head": "softmax"})
    return Run.objects.create(
        owner=dataset.owner, version=dataset.current, spec=spec.model_dump(mode="json"), name=name
    )


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
    assert 'class="sparkline"' in page
    assert page.count("<tr>") == 1 + 20 + 1 + 3


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
    header = ",".join(["label", *(f"c{i}" for i in range(300))])
    found = dataset(header + "\n" + "".join(f"{i % 2}" + f",{i}.5" * 300 + "\n" for i in range(4)))
    page = shown(as_owner, found.get_absolute_url())
    assert "201 more columns are not shown here" in page
    assert "201 more columns. <a href" in page
    assert ">c299" in shown(as_owner, found.get_absolute_url() + "?columns=all")


def test_a_dataset_is_renamed(as_owner: Client, flowers: Dataset) -> None:
    as_owner.post(f"/datasets/{flowers.pk}/name/", {"name": "Lilies"})
    flowers.refresh_from_db()
    assert flowers.name == "Lilies"


@pytest.mark.parametrize("name", ["", " ", "x" * 201])
def test_a_senseless_name_is_refused_at_its_field(as_owner: Client, flowers: Dataset, name: str) -> None:
    response = as_owner.post(f"/datasets/{flowers.pk}/name/", {"name": name})
    assert response.status_code == 422
    assert "field__error" in response.content.decode()
    flowers.refresh_from_db()
    assert flowers.name == "Flowers"


def test_another_target_is_read_again(as_owner: Client, flowers: Dataset) -> None:
    assert as_owner.post(f"/datasets/{flowers.pk}/target/", {"target": "petal"}).status_code == 302
    assert flowers.newest.state == "parsing"
    ingest(flowers.newest.pk)
    flowers = Dataset.objects.get()
    assert (flowers.current.number, flowers.current.target) == (2, "petal")


def test_a_constant_target_is_refused_at_its_field_and_changes_nothing(
    as_owner: Client, dataset: Make
) -> None:
    found = dataset("a,b,y\n" + "1,5,x\n2,5,z\n" * 4)
    response = as_owner.post(f"/datasets/{found.pk}/target/", {"target": "b"})
    assert response.status_code == 422
    assert "“b” has the same value in every row" in response.content.decode()
    found.current.refresh_from_db()
    assert (found.current.state, found.current.target) == ("ready", "y")


def test_a_target_that_is_not_there_is_refused(as_owner: Client, flowers: Dataset) -> None:
    response = as_owner.post(f"/datasets/{flowers.pk}/target/", {"target": "colour"})
    assert response.status_code == 422
    assert "There is no column “colour”" in response.content.decode()


def test_a_run_keeps_its_version_when_the_target_changes(as_owner: Client, flowers: Dataset) -> None:
    run = run_on(flowers)
    as_owner.post(f"/datasets/{flowers.pk}/target/", {"target": "petal"})
    ingest(flowers.newest.pk)
    run.refresh_from_db()
    assert (run.version.number, run.version.target) == (1, "species")
    assert run.version.folder.exists()


def test_a_dataset_is_deleted_with_its_files(
    as_owner: Client, flowers: Dataset, home: Path, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert as_owner.post(f"/datasets/{flowers.pk}/delete/").status_code == 302
    assert not Dataset.objects.exists()
    assert not list((home / "datasets").iterdir())


def test_a_dataset_that_runs_use_is_not_deleted_and_they_are_named(
    as_owner: Client, flowers: Dataset
) -> None:
    run_on(flowers, "wide network")
    response = as_owner.post(f"/datasets/{flowers.pk}/delete/")
    assert response.status_code == 409
    assert "1 run uses this dataset: “wide network”" in response.content.decode()
    assert Dataset.objects.get().folder.exists()


def test_another_persons_dataset_is_not_there(as_outsider: Client, flowers: Dataset) -> None:
    assert as_outsider.get(flowers.get_absolute_url()).status_code == 404
    for action in POSTS:
        assert as_outsider.post(f"/datasets/{flowers.pk}/{action}/", {"name": "mine"}).status_code == 404
    assert "Flowers" not in shown(as_outsider, "/datasets/")
    flowers.refresh_from_db()
    assert (flowers.name, flowers.current.state) == ("Flowers", "ready")


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


def test_nobody_changes_a_built_in_dataset(as_owner: Client) -> None:
    as_owner.post("/datasets/builtin/moons/")
    made = Dataset.objects.get()
    ingest(made.current_id)
    assert "Rename or delete" not in shown(as_owner, made.get_absolute_url())
    for action in POSTS:
        assert as_owner.post(f"/datasets/{made.pk}/{action}/", {"name": "mine"}).status_code == 404


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
