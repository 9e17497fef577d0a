"""The other ways in: pasting, drawing and generating; and the way out of one that is being read."""

import json
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.webapp.datasets.factories import a_dataset
from tests.webapp.datasets.sending import IRIS, Sender
from webapp.datasets import ingestion
from webapp.datasets.generators import GENERATORS
from webapp.datasets.incoming import sources
from webapp.datasets.models import Dataset, LeaseLostError, Version

POINTS = [[i / 10, -i / 10, i % 3] for i in range(10)]


def body(response: HttpResponse) -> str:
    return response.content.decode()


def made(response: HttpResponse) -> Dataset:
    """The dataset that a form led to, read as a worker reads it."""
    assert response.status_code == 302, body(response)
    dataset = Dataset.objects.latest("pk")
    assert response.url == dataset.get_absolute_url()
    ingestion.ingest(dataset.current_id)
    return Dataset.objects.get(pk=dataset.pk)


@pytest.mark.parametrize("way", ["", "paste/", "draw/", "generate/", "generate/moons/?noise=0.4"])
def test_every_way_in_has_a_page_with_what_is_left(as_owner: Client, way: str) -> None:
    page = as_owner.get(f"/datasets/new/{way}")
    assert page.status_code == 200
    assert "0\xa0bytes of 10.0\xa0GB used" in body(page)
    assert 'aria-current="page"' in body(page)


# Pasting


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_pasted_table_becomes_a_dataset(as_owner: Client, separator: str) -> None:
    text = "\r\n" + IRIS.replace(",", separator).replace("\n", "\r\n") + "\r\n\r\n"
    dataset = made(as_owner.post("/datasets/new/paste/", {"text": text, "name": "Flowers"}))
    version = dataset.current
    assert (version.state, version.target, version.n_rows) == ("ready", "species", 30)
    assert dataset.file_name == ("Flowers.tsv" if separator == "\t" else "Flowers.csv")
    assert dataset.size == dataset.source.stat().st_size


def test_a_pasted_table_may_name_its_target(as_owner: Client) -> None:
    dataset = made(as_owner.post("/datasets/new/paste/", {"text": IRIS, "target": "petal"}))
    assert dataset.current.target == "petal"
    assert dataset.name == "Pasted table"


REFUSED = {
    "nothing": ({"text": ""}, "Paste a table first."),
    "blank lines": ({"text": "\r\n\r\n"}, "Paste a table first."),
    "a header alone": ({"text": "a,b,label"}, "a header in row 1 but no rows"),
    "a short row": ({"text": "a,b,c\n1,2,3\n4,5\n6,7,8"}, "Row 3 has 2 values, but the first row has 3"),
    "another target": ({"text": IRIS, "target": "colour"}, "There is no column “colour”."),
    "too much": ({"text": IRIS + "1.5,2.5,setosa\n" * 80_000}, "at most 1.0\xa0MB can be pasted"),
    "a NUL": ({"text": "a,b\n1,\0\n"}, "Null characters are not allowed"),
    "a long name": ({"text": IRIS, "name": "x" * 201}, "at most 200 characters"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_paste_is_refused_and_nothing_typed_is_lost(as_owner: Client, home: Path, case: str) -> None:
    sent, message = REFUSED[case]
    response = as_owner.post("/datasets/new/paste/", {"name": "My table", **sent})
    assert response.status_code == 422
    assert message in body(response)
    assert sent["text"].strip()[:1000] in body(response)
    assert 'value="My table"' in body(response) or "name" in sent
    assert not Dataset.objects.exists()
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_paste_over_the_quota_is_refused(as_owner: Client, settings: object) -> None:
    settings.HONE_USER_QUOTA_BYTES = 100
    response = as_owner.post("/datasets/new/paste/", {"text": IRIS})
    assert response.status_code == 422
    assert "only 100\xa0bytes of your quota of 100\xa0bytes are left" in body(response)


# Drawing


def test_drawn_points_become_a_dataset(as_owner: Client) -> None:
    dataset = made(as_owner.post("/datasets/new/draw/", {"points": json.dumps(POINTS), "name": "Mine"}))
    version = dataset.current
    assert (dataset.name, version.target, version.classes) == ("Mine", "label", ["A", "B", "C"])
    assert dataset.source.read_text().splitlines()[:3] == [
        "x1,x2,label",
        "0.0000,0.0000,A",
        "0.1000,-0.1000,B",
    ]


BAD_POINTS = {
    "": "Draw some points first.",
    "[]": "These are 0 points; draw at least 10 and at most 5,000.",
    json.dumps(POINTS[:9]): "These are 9 points",
    json.dumps(POINTS * 501): "These are 5,010 points",
    json.dumps([[0, 0, 1]] * 10): "All points are of one class",
    "no json": "These points cannot be read.",
    "[" * 100_000: "These points cannot be read.",
    json.dumps([[2, 0, 0], *POINTS]): "These points cannot be read.",
    json.dumps([[0, 0, 6], *POINTS]): "These points cannot be read.",
    json.dumps([[0, 0, -1], *POINTS]): "These points cannot be read.",
    json.dumps([[0, 0], *POINTS]): "These points cannot be read.",
    "[[NaN, 0, 0]]": "These points cannot be read.",
    "[[1e999, 0, 0]]": "These points cannot be read.",
    '{"a": 1}': "These points cannot be read.",
}


@pytest.mark.parametrize("points", BAD_POINTS, ids=range(len(BAD_POINTS)))
def test_points_that_are_none_are_refused(as_owner: Client, points: str) -> None:
    response = as_owner.post("/datasets/new/draw/", {"points": points})
    assert response.status_code == 422
    assert BAD_POINTS[points] in body(response)
    assert not Dataset.objects.exists()


def test_refused_points_come_back_to_the_page(as_owner: Client) -> None:
    response = as_owner.post("/datasets/new/draw/", {"points": "[[0.5, 0.25, 1]]"})
    assert 'name="points" value="[[0.5, 0.25, 1]]"' in body(response)


# Generating


@pytest.mark.parametrize("kind", GENERATORS)
def test_a_generated_table_becomes_a_dataset_that_says_how_it_was_made(as_owner: Client, kind: str) -> None:
    dataset = made(as_owner.post(f"/datasets/new/generate/{kind}/", {"n": "60", "seed": "7"}))
    generator = GENERATORS[kind](n=60, seed=7)
    version = dataset.current
    assert (version.state, version.n_rows, version.target) == ("ready", 60, generator.answer)
    assert dataset.file_name == generator.file_name
    assert "seed 7" in dataset.description
    assert (version.task == "regression") == (kind in ("plane", "waves"))


@pytest.mark.parametrize("kind", GENERATORS)
def test_the_fewest_rows_a_generator_makes_can_be_read(as_owner: Client, kind: str) -> None:
    assert made(as_owner.post(f"/datasets/new/generate/{kind}/", {"n": "10"})).current.state == "ready"


def test_htmx_gets_the_preview_alone_or_what_is_wrong(as_owner: Client) -> None:
    address = "/datasets/new/generate/blobs/"
    page = body(as_owner.get(address, {"classes": "5"}, headers={"HX-Request": "true"}))
    assert page.startswith('<div class="generator__preview" id="blobs-preview"')
    assert page.count("<circle") == 400
    assert 'class="point point--4"' in page
    page = body(as_owner.get(address, {"classes": "11"}, headers={"HX-Request": "true"}))
    assert "Classes must be a whole number from 2 to 10." in page
    assert "<circle" not in page


def test_a_knob_out_of_bounds_is_refused_with_the_others_kept(as_owner: Client) -> None:
    response = as_owner.post("/datasets/new/generate/moons/", {"n": "5", "noise": "0.33"})
    assert response.status_code == 422
    assert "Rows must be a whole number from 10 to 1,000,000." in body(response)
    assert 'value="0.33"' in body(response)
    assert not Dataset.objects.exists()


def test_a_generated_table_over_the_quota_is_refused(as_owner: Client, settings: object, home: Path) -> None:
    settings.HONE_USER_QUOTA_BYTES = 1000
    response = as_owner.post("/datasets/new/generate/moons/", {"n": "1000"})
    assert response.status_code == 422
    assert "of your quota" in body(response)
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_an_unknown_generator_is_not_there(as_owner: Client) -> None:
    assert as_owner.get("/datasets/new/generate/stars/").status_code == 404
    assert as_owner.post("/datasets/new/generate/stars/").status_code == 404


# Cancelling


def test_a_dataset_that_waits_can_be_cancelled_and_leaves_no_file(as_owner: Client, send: Sender) -> None:
    send(IRIS)
    dataset = Dataset.objects.get()
    assert "Cancel" in body(as_owner.get(dataset.get_absolute_url()))
    response = as_owner.post(f"/datasets/{dataset.pk}/cancel/")
    assert response.url == dataset.get_absolute_url()
    assert Version.objects.get().problem["message"] == "Reading was cancelled."
    assert not dataset.folder.exists()
    assert Dataset.objects.get().size == 0


def test_a_reader_that_was_cancelled_lets_go(as_owner: Client, send: Sender) -> None:
    send(IRIS)
    version = Version.objects.claim(Version.objects.get().pk)
    as_owner.post(f"/datasets/{version.dataset_id}/cancel/")
    assert version.dataset.source.exists(), "its reader still reads it"
    with pytest.raises(LeaseLostError):
        version.hold(50)


def test_what_is_ready_cannot_be_cancelled(as_owner: Client, send: Sender) -> None:
    dataset = made_by(send)
    as_owner.post(f"/datasets/{dataset.pk}/cancel/")
    assert Dataset.objects.get().current.state == "ready"
    assert dataset.source.exists()


def made_by(send: Sender) -> Dataset:
    send(IRIS)
    ingestion.ingest(Version.objects.get().pk)
    return Dataset.objects.get()


def test_another_persons_dataset_cannot_be_cancelled(as_outsider: Client, send: Sender) -> None:
    send(IRIS)
    assert as_outsider.post(f"/datasets/{Dataset.objects.get().pk}/cancel/").status_code == 404
    assert Version.objects.get().state == "parsing"


def test_a_built_in_dataset_cannot_be_cancelled(as_owner: Client) -> None:
    dataset = a_dataset(builtin="iris", state="parsing")
    assert as_owner.post(f"/datasets/{dataset.pk}/cancel/").status_code == 404


def test_a_source_that_cannot_be_written_leaves_nothing(owner: object, home: Path) -> None:
    def write(path: Path) -> None:
        path.write_text(IRIS)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        sources.bring(owner, write, name="x")
    assert [path for path in home.rglob("*") if path.is_file()] == []
