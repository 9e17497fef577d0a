"""The parts of a dataset's page that are looked at: columns, charts, split, and older versions of them."""

import io
import json
from collections.abc import Callable

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from tests.webapp.datasets.factories import a_dataset
from tests.webapp.datasets.sending import IRIS
from tests.webapp.runs.factories import a_run
from webapp.datasets import versions
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset
from webapp.datasets.pages import presentation
from webapp.datasets.pages.column_listing import ColumnListing
from webapp.datasets.readers.options import Options
from webapp.datasets.recipe import Recipe

Make = Callable[..., Dataset]


@pytest.fixture
def flowers(ready: Make) -> Dataset:
    return ready(IRIS, name="Flowers")


@pytest.fixture
def twice(flowers: Dataset, owner: User) -> Dataset:
    """A dataset whose second version, another target, is in use."""
    ingest(versions.change(flowers, owner, Recipe(targets=("petal",))).pk)
    return Dataset.objects.get()


def shown(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_columns_show_their_figures_and_levels(as_owner: Client, flowers: Dataset) -> None:
    page = shown(as_owner, f"/datasets/{flowers.pk}/columns/")
    assert 'class="sparkline"' in page
    assert "versicolor" in page
    assert "1 to 3 of 3 columns" in page


def test_columns_are_searched_chosen_and_sorted_by_the_address(as_owner: Client, dataset: Make) -> None:
    found = dataset("Age,b,c,y\n" + "1,,3,u\n2,5,4,v\n7,,6,u\n" * 3)
    listing = as_owner.get(f"/datasets/{found.pk}/columns/?q=age").context["listing"]
    assert [column["name"] for column in listing.page] == ["Age"]
    listing = as_owner.get(f"/datasets/{found.pk}/columns/?only=missing").context["listing"]
    assert [column["name"] for column in listing.page] == ["b"]
    listing = as_owner.get(f"/datasets/{found.pk}/columns/?sort=-missing&page=9").context["listing"]
    assert next(iter(listing.page))["name"] == "b"
    assert "No column matches" in shown(as_owner, f"/datasets/{found.pk}/columns/?q=nothing")
    assert shown(as_owner, f"/datasets/{found.pk}/columns/?sort=x&only=x&page=x")


def test_many_columns_come_a_page_at_a_time() -> None:
    columns = [{"name": f"c{i}", "kind": "numeric", "missing": 0, "distinct": 9} for i in range(1000)]
    listing = ColumnListing(columns, {"page": "10"})
    assert [len(listing.page), listing.page[-1]["name"]] == [100, "c999"]


def test_htmx_gets_the_table_of_columns_alone(as_owner: Client, flowers: Dataset) -> None:
    page = as_owner.get(f"/datasets/{flowers.pk}/columns/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert 'id="columns"' in page


def test_explore_draws_every_figure(as_owner: Client, flowers: Dataset) -> None:
    page = shown(as_owner, f"/datasets/{flowers.pk}/explore/")
    for key in ("strengths", "projection", "parts", "correlations", "column"):
        assert f'data-figure="{key}-figure"' in page
        assert f'id="{key}-figure"' in page


def test_explore_draws_the_column_that_is_asked_for(as_owner: Client, flowers: Dataset) -> None:
    page = shown(as_owner, f"/datasets/{flowers.pk}/explore/?column=petal")
    assert "Distribution of petal" in page
    assert "petal in each class" in page
    assert "Distribution of" in shown(as_owner, f"/datasets/{flowers.pk}/explore/?column=nonsense")


def test_explore_of_a_version_that_was_not_studied_says_where_to_look(
    as_owner: Client, flowers: Dataset
) -> None:
    (flowers.current.folder / "insight.json").unlink()
    assert "Nothing to draw" in shown(as_owner, f"/datasets/{flowers.pk}/explore/")


def test_images_are_shown_by_class(as_owner: Client, as_outsider: Client) -> None:
    as_owner.post("/datasets/builtin/digits/")
    digits = Dataset.objects.get()
    ingest(digits.current_id)
    page = shown(as_owner, f"/datasets/{digits.pk}/explore/")
    assert page.count('class="gallery__sheet"') == 10
    for address in (f"/datasets/{digits.pk}/gallery/0/", f"/datasets/{digits.pk}/thumbnail/"):
        answer = as_outsider.get(address)
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")
    assert as_owner.get(f"/datasets/{digits.pk}/gallery/10/").status_code == 404


def test_the_split_shows_sizes_ratios_and_the_reason(as_owner: Client, flowers: Dataset) -> None:
    page = shown(as_owner, f"/datasets/{flowers.pk}/split/")
    assert "18 rows" in page
    assert "60%" in page
    assert "With 30 rows, 60% train and 20% each tune and judge" in page
    assert "Dev and test look alike" in page
    (flowers.current.folder / "check.json").unlink()
    assert "have not been compared" in shown(as_owner, f"/datasets/{flowers.pk}/split/")


def test_the_split_tells_what_the_comparison_of_the_parts_found(as_owner: Client, flowers: Dataset) -> None:
    check = {"comparisons": [{"alike": True, "words": "Dev and test look alike."}], "advice": "Go on."}
    (flowers.current.folder / "check.json").write_text(json.dumps(check))
    page = shown(as_owner, f"/datasets/{flowers.pk}/split/")
    assert "Dev and test look alike." in page
    assert "Go on." in page


def test_a_sealed_test_part_tells_who_opened_it(as_owner: Client, flowers: Dataset, owner: User) -> None:
    assert "The test part is sealed: never opened." in shown(as_owner, f"/datasets/{flowers.pk}/split/")
    run = a_run(owner=owner, version=flowers.current, name="a bold run", state="finished", test_error=0.1)
    run.open(owner)
    assert "sealed: opened once" in shown(as_owner, flowers.get_absolute_url())
    run.open(owner)
    page = shown(as_owner, f"/datasets/{flowers.pk}/split/")
    assert "sealed: opened 2 times" in page
    assert f'<a href="{run.get_absolute_url()}">a bold run</a>' in page


def test_an_opening_is_counted_still_when_its_run_is_gone(
    as_owner: Client, flowers: Dataset, owner: User
) -> None:
    run = a_run(owner=owner, version=flowers.current, state="finished", test_error=0.1)
    run.open(owner)
    run.delete()
    page = shown(as_owner, f"/datasets/{flowers.pk}/split/")
    assert "sealed: opened once" in page
    assert "1 more by others" in page
    assert a_run(owner=owner, version=flowers.current).spent == 1


def test_openings_by_others_are_counted_and_not_named(
    as_owner: Client, as_member: Client, member: User
) -> None:
    as_owner.post("/datasets/builtin/moons/")
    moons = Dataset.objects.get()
    ingest(moons.current_id)
    run = a_run(owner=member, version=moons.current, name="secret", state="finished", test_error=0.1)
    run.open(member)
    page = shown(as_owner, f"/datasets/{moons.pk}/split/")
    assert "opened once" in page
    assert "secret" not in page
    assert "secret" in shown(as_member, f"/datasets/{moons.pk}/split/")


@pytest.mark.parametrize("part", ["", "columns/", "explore/", "split/"])
def test_an_older_version_is_shown_under_a_banner(as_owner: Client, twice: Dataset, part: str) -> None:
    page = shown(as_owner, f"/datasets/{twice.pk}/{part}?version=1")
    assert "You are looking at version 1; version 2 is in use." in page
    assert f'href="/datasets/{twice.pk}/split/?version=1"' in page
    assert "You are looking at" not in shown(as_owner, f"/datasets/{twice.pk}/{part}")
    assert "You are looking at" not in shown(as_owner, f"/datasets/{twice.pk}/{part}?version=2")


@pytest.mark.parametrize("number", ["3", "0", "-1", "x", "1e3", "99999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(as_owner: Client, twice: Dataset, number: str) -> None:
    assert as_owner.get(f"/datasets/{twice.pk}/?version={number}").status_code == 404


def test_a_version_being_made_leaves_the_one_in_use_on_the_page(
    as_owner: Client, flowers: Dataset, owner: User
) -> None:
    versions.change(flowers, owner, Recipe(targets=("petal",)))
    page = shown(as_owner, flowers.get_absolute_url())
    assert "Version 2: Waiting for a worker" in page
    assert "Version 1 stays in use until then" in page
    assert "First rows" in page
    for part in ("", "columns/", "explore/", "split/"):
        assert "Version 2 is being made" in shown(as_owner, f"/datasets/{flowers.pk}/{part}?version=2")


def test_a_version_that_failed_is_told_and_the_one_in_use_stays(
    as_owner: Client, flowers: Dataset, owner: User
) -> None:
    ingest(versions.change(flowers, owner, Recipe(targets=("colour",))).pk)
    page = shown(as_owner, flowers.get_absolute_url())
    assert "Version 2 could not be made: There is no column “colour”." in page
    assert "Version 1 stays in use" in page
    assert "There is no column “colour”." in shown(as_owner, f"/datasets/{flowers.pk}/?version=2")


@pytest.mark.parametrize("channels", [1, 3])
def test_the_list_shows_a_small_picture_of_images(as_owner: Client, owner: User, channels: int) -> None:
    found = a_dataset(owner=owner, image_shape=[40, 20, channels])
    found.current.table.mkdir(parents=True)
    np.save(found.current.table / "images.npy", np.full((2, 40, 20, channels), 7, np.uint8))
    address = f"/datasets/{found.pk}/thumbnail/?version=1"
    assert f'src="{address}"' in shown(as_owner, "/datasets/")
    response = as_owner.get(address)
    assert response["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(response.content)).size == (16, 32)


def test_a_small_picture_has_another_address_once_another_version_is_in_use(
    as_owner: Client, owner: User
) -> None:
    found = a_dataset(owner=owner, image_shape=[4, 4, 1])
    small = found.current.successor(owner, Recipe(reading=Options(side=2)))
    small.image_shape, small.state = [2, 2, 1], "ready"
    small.save()
    for version, side in ((found.current, 4), (small, 2)):
        version.table.mkdir(parents=True)
        np.save(version.table / "images.npy", np.full((1, side, side, 1), 7, np.uint8))
    addresses = [found.thumbnail_url]
    versions.use(found, owner, small)
    addresses.append(Dataset.objects.get().thumbnail_url)
    answers = [as_owner.get(address) for address in (*addresses, f"/datasets/{found.pk}/thumbnail/")]
    sides = [Image.open(io.BytesIO(answer.content)).width for answer in answers]
    assert sides == [4, 2, 2]
    kept = [answer["Cache-Control"] for answer in answers]
    assert kept == ["private, max-age=86400", "private, max-age=86400", "private, no-cache"]


def test_a_small_picture_of_a_version_that_is_not_there_is_not_found(as_owner: Client, owner: User) -> None:
    found = a_dataset(owner=owner, image_shape=[4, 4, 1])
    assert as_owner.get(f"/datasets/{found.pk}/thumbnail/?version=2").status_code == 404


def test_a_table_has_no_picture(as_owner: Client, as_outsider: Client, flowers: Dataset) -> None:
    assert "thumbnail" not in shown(as_owner, "/datasets/")
    assert as_owner.get(f"/datasets/{flowers.pk}/thumbnail/").status_code == 404
    assert as_outsider.get(f"/datasets/{flowers.pk}/thumbnail/").status_code == 404


def test_labels_in_columns_of_their_own_are_counted(dataset: Callable[..., Dataset], owner: User) -> None:
    rows = "".join(f"{i},{i % 7},{int(i % 2 == 0)},{int(i % 4 == 0)}\n" for i in range(80))
    found = dataset(f"a,b,hot,wet\n{rows}")
    version = versions.change(found, owner, Recipe(targets=("hot", "wet")))
    ingest(version.pk)
    version.refresh_from_db()
    assert presentation.balance(version) == (["hot", "wet"], [40, 20])
