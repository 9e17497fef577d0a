"""A home on a temporary disk, and short ways to send a file and to read it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

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
