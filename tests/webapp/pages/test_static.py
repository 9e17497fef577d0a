"""Static files, asked for as the web server does."""

import logging
import warnings

import pytest
from django.conf import settings

from tests.webapp.serving import ServedClient

NAME = "served.txt"


@pytest.fixture
def static_file():
    path = settings.STATIC_ROOT / NAME
    path.write_text("0123456789" * 1000)
    yield f"/{settings.STATIC_URL.strip('/')}/{NAME}"
    path.unlink()


async def test_a_static_file_is_served_whole_and_without_a_warning(static_file, caplog):
    with caplog.at_level(logging.WARNING), warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = await ServedClient().get(static_file)
    assert (answer.status_code, len(answer.content)) == (200, 10_000)
    assert answer["Content-Type"].startswith("text/plain")
    assert not answer.streaming
    assert not caplog.records


async def test_a_part_of_a_static_file_is_served_as_asked(static_file):
    answer = await ServedClient().get(static_file, headers={"range": "bytes=5-7"})
    assert (answer.status_code, answer.content) == (206, b"567")


async def test_a_browser_that_has_a_static_file_is_told_so(static_file):
    date = (await ServedClient().get(static_file))["Last-Modified"]
    answer = await ServedClient().get(static_file, headers={"if-modified-since": date})
    assert (answer.status_code, answer.content) == (304, b"")
    assert "Content-Type" not in answer
