"""A dataset taken away: the file as it came, and a version's parts as a network gets them."""

import csv
import io
import json
from collections.abc import Callable
from zipfile import ZipFile

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from tests.webapp.datasets.factories import a_version
from tests.webapp.datasets.sending import IRIS
from tests.webapp.serving import ServedClient
from webapp.datasets.models import Dataset, Version
from webapp.datasets.pages import downloads

Make = Callable[..., Dataset]


@pytest.fixture
def flowers(ready: Make) -> Dataset:
    return ready(IRIS, name="Flowers & more")


def body(response: HttpResponse) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def archive_of(version: Version, kind: downloads.Format) -> ZipFile:
    archive = ZipFile(io.BytesIO(b"".join(downloads.processed(version, kind))))
    assert archive.testzip() is None
    return archive


def rows_of(archive: ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read(name).decode())))


def written(features: np.ndarray, labels: np.ndarray, **facts: object) -> Version:
    """A version with just these arrays; half of the rows train."""
    n = len(features)
    parts = {"n_rows": n, "n_train": n // 2, "n_dev": n - n // 2, "n_test": 0}
    version = a_version(n_features=features[0].size, **(parts | facts))
    version.folder.mkdir(parents=True)
    np.save(version.folder / "features.npy", features)
    np.save(version.folder / "labels.npy", labels)
    return version


def test_the_file_comes_back_as_it_was_sent_and_is_never_shown(as_owner: Client, flowers: Dataset) -> None:
    response = as_owner.get(f"/datasets/{flowers.pk}/download/")
    assert body(response) == IRIS.encode()
    assert response["Content-Disposition"] == 'attachment; filename="table.csv"'
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Length"] == str(len(IRIS))


@pytest.mark.parametrize(
    "name", ['a"b\r\nSet-Cookie: x.csv', "Köln.csv", "../../etc/passwd", "evil.html", ""]
)
def test_no_file_name_leaves_its_header(as_owner: Client, flowers: Dataset, name: str) -> None:
    Dataset.objects.update(file_name=name)
    response = as_owner.get(f"/datasets/{flowers.pk}/download/")
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert not {"\r", "\n", "/"} & set(response["Content-Disposition"])
    assert "Set-Cookie" not in response.headers


async def test_a_download_streams_under_asgi_too(flowers: Dataset, owner: User) -> None:
    client = ServedClient()
    await client.aforce_login(owner)
    response = await client.get(f"/datasets/{flowers.pk}/download/")
    assert b"".join([piece async for piece in response.streaming_content]) == IRIS.encode()


test_a_download_streams_under_asgi_too = pytest.mark.django_db(transaction=True)(
    test_a_download_streams_under_asgi_too
)


def test_the_csv_archive_holds_the_parts_by_name(as_owner: Client, flowers: Dataset) -> None:
    response = as_owner.get(f"/datasets/{flowers.pk}/download/csv/")
    assert response["Content-Disposition"] == 'attachment; filename="flowers-more-version-1.zip"'
    archive = ZipFile(io.BytesIO(body(response)))
    names = ["recipe.json", "about.json", "train.csv", "dev.csv", "test.csv"]
    assert [name for name in archive.namelist() if name != "pipeline.json"] == names
    parts = {part: rows_of(archive, f"{part}.csv") for part in ("train", "dev", "test")}
    assert [len(rows) - 1 for rows in parts.values()] == [18, 6, 6]
    assert parts["train"][0] == ["sepal", "petal", "species"]
    features = np.load(flowers.current.folder / "features.npy")
    assert [float(cell) for cell in parts["dev"][1][:2]] == features[18].tolist()
    assert {row[2] for row in parts["train"][1:]} == {"setosa", "versicolor", "virginica"}
    about = json.loads(archive.read("about.json"))
    assert (about["task"], about["rows"]) == ("multiclass", {"train": 18, "dev": 6, "test": 6})


def test_numpy_reads_the_npz_archive_as_it_is(as_owner: Client, flowers: Dataset) -> None:
    response = as_owner.get(f"/datasets/{flowers.pk}/download/npz/?version=1")
    loaded = np.load(io.BytesIO(body(response)))
    features, labels = (np.load(flowers.current.folder / f"{name}.npy") for name in ("features", "labels"))
    for part, rows in {"train": slice(0, 18), "dev": slice(18, 24), "test": slice(24, 30)}.items():
        assert np.array_equal(loaded[f"{part}_features"], features[rows])
        assert np.array_equal(loaded[f"{part}_labels"], labels[rows])
        assert loaded[f"{part}_features"].dtype == np.float32


def test_missing_numbers_are_empty_cells_and_numbers_stay_exact(db: None) -> None:
    features = np.array([[1.5, np.nan], [0.1, 2]], np.float32)
    version = written(features, np.array([0.5, 1e-9]), task="regression", targets=["y"])
    archive = archive_of(version, "csv")
    assert rows_of(archive, "train.csv") == [["x0", "x1", "y"], ["1.5", "", "0.5"]]
    dev = rows_of(archive, "dev.csv")[1]
    assert (np.float32(dev[0]), float(dev[2])) == (np.float32(0.1), 1e-9)
    assert rows_of(archive, "test.csv") == [["x0", "x1", "y"]]


def test_many_labels_have_a_column_each(db: None) -> None:
    labels = np.array([[1, 0], [0, 1]], np.float32)
    facts = {"task": "multilabel", "classes": ["comedy", "drama"], "targets": ["comedy", "drama"]}
    archive = archive_of(written(np.zeros((2, 1), np.float32), labels, **facts), "csv")
    assert rows_of(archive, "train.csv")[0] == ["x0", "comedy", "drama"]
    assert [float(cell) for cell in rows_of(archive, "train.csv")[1]] == [0, 1, 0]


def test_pixels_stay_whole_numbers_and_keep_their_shape(db: None) -> None:
    pixels = np.arange(2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 3, 1)
    version = written(pixels, np.array([0, 1]), classes=["a", "b"], targets=["label"])
    assert rows_of(archive_of(version, "csv"), "train.csv")[1] == ["0", "1", "2", "3", "4", "5", "a"]
    loaded = np.load(io.BytesIO(b"".join(downloads.processed(version, "npz"))))
    assert loaded["dev_features"].shape == (1, 2, 3, 1)


def test_an_archive_comes_in_small_pieces(db: None) -> None:
    features = np.random.default_rng(0).random((40_000, 100), np.float32)
    version = written(features, np.zeros(40_000), task="regression", targets=["y"])
    largest = max(len(piece) for piece in downloads.processed(version, "npz"))
    assert largest < 2 * downloads.BLOCK_BYTES < features.nbytes


def test_a_pipeline_goes_along_where_there_is_one(flowers: Dataset) -> None:
    (flowers.current.folder / "pipeline.json").write_text('{"steps": []}')
    assert archive_of(flowers.current, "csv").read("pipeline.json") == b'{"steps": []}'


@pytest.mark.parametrize("part", ["download/", "download/csv/", "download/npz/"])
def test_another_persons_dataset_is_not_downloaded(as_outsider: Client, flowers: Dataset, part: str) -> None:
    assert as_outsider.get(f"/datasets/{flowers.pk}/{part}").status_code == 404


def test_what_is_not_there_is_not_downloaded(as_owner: Client, flowers: Dataset) -> None:
    assert as_owner.get(f"/datasets/{flowers.pk}/download/xlsx/").status_code == 404
    assert as_owner.get(f"/datasets/{flowers.pk}/download/csv/?version=2").status_code == 404
    Version.objects.update(state="parsing")
    assert as_owner.get(f"/datasets/{flowers.pk}/download/csv/").status_code == 404
    flowers.source.unlink()
    assert as_owner.get(f"/datasets/{flowers.pk}/download/").status_code == 404
