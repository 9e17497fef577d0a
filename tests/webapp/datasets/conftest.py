"""A home on a temporary disk, and short ways to send a file and to read it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.webapp.datasets.copies import Copy, keep, set_up
from tests.webapp.datasets.sending import Sender
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: object) -> Path:
    """A home of its own for every test."""
    settings.HONE_HOME = tmp_path
    return tmp_path


@pytest.fixture
def send(as_owner: Client) -> Sender:
    """Sends files as the page does, as the owner."""
    return Sender(as_owner)


@pytest.fixture
def dataset(send: Sender) -> Callable[..., Dataset]:
    """Makes a dataset of a CSV text: uploaded, and read as the worker reads it."""

    def make(text: str | bytes, **fields: str) -> Dataset:
        response = send(text, **fields)
        assert response.status_code == 201, response.content
        found = Dataset.objects.latest("pk")
        ingest(found.current_id)
        return Dataset.objects.get(pk=found.pk)

    return make


@pytest.fixture(scope="session")
def copies() -> dict[object, Copy]:
    """What was read already in this session, by what was sent."""
    return {}


@pytest.fixture
def ready(
    dataset: Callable[..., Dataset],
    owner: User,
    copies: dict[object, Copy],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Dataset]:
    """As `dataset`, for tests of what comes after: the same file is uploaded and read only once."""

    def make(text: str, **fields: str) -> Dataset:
        sent = (text, *sorted(fields.items()))
        if sent in copies:
            return set_up(copies[sent], owner)
        found = dataset(text, **fields)
        copies[sent] = keep(found, tmp_path_factory.mktemp("ready") / "dataset")
        return found

    return make
