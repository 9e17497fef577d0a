"""What happens before the parts start: the port, the home, the database and the static files."""

import socket
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.lab_process import free_port
from webapp.lab import claim, prepare
from webapp.lab.address import accept_host, address_of, is_local, listen
from webapp.lab.errors import CannotStartError


def test_the_wanted_port_is_taken_when_it_is_free() -> None:
    port = free_port()
    with listen("127.0.0.1", port) as listener:
        assert listener.getsockname() == ("127.0.0.1", port)


def test_the_next_port_is_taken_when_somebody_listens_everywhere() -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        with listen("127.0.0.1", port) as listener:
            assert listener.getsockname()[1] > port


def test_an_address_of_another_machine_is_refused_with_what_to_do() -> None:
    with pytest.raises(CannotStartError, match=r"No free port on 192.0.2.1 from 65500 on.*--port.*--host"):
        listen("192.0.2.1", 65500)


@pytest.mark.parametrize(
    ("host", "address", "local"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", True),
        ("localhost", "http://localhost:8000", True),
        ("0.0.0.0", "http://127.0.0.1:8000", True),
        ("::", "http://[::1]:8000", True),
        ("192.168.1.5", "http://192.168.1.5:8000", False),
        ("lab.example.org", "http://lab.example.org:8000", False),
    ],
)
def test_the_address_is_one_a_browser_here_can_open(host: str, address: str, local: bool) -> None:
    assert address_of(host, 8000) == address
    assert is_local(host) == local


def test_the_site_answers_to_the_host_it_was_told_to_listen_at(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost")
    accept_host("192.168.1.5")
    accept_host("0.0.0.0")
    assert settings.ALLOWED_HOSTS == ["localhost", "192.168.1.5"]


def test_a_home_is_claimed_by_one_lab_only(tmp_path: Path) -> None:
    with claim.claimed(tmp_path):
        with pytest.raises(CannotStartError, match="is just starting"), claim.claimed(tmp_path):
            pass
        claim.publish(tmp_path, address="http://127.0.0.1:8000")
        assert claim.running(tmp_path)["address"] == "http://127.0.0.1:8000"
        with pytest.raises(CannotStartError, match=r"at http://127\.0\.0\.1:8000"), claim.claimed(tmp_path):
            pass
    assert claim.running(tmp_path) is None
    with claim.claimed(tmp_path):
        assert claim.running(tmp_path) is None


def test_a_note_that_was_left_behind_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "lab.lock").touch()
    claim.note(tmp_path).write_text('{"address": "http://127.0.0.1:1", "pid": 1}')
    assert claim.running(tmp_path) is None


def test_static_files_are_collected_when_a_source_changed_and_only_then(
    tmp_path: Path, settings: Any
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a {}")
    settings.HONE_HOME = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    assert prepare.collect() == "The static files are collected."
    assert prepare.collect() is None
    (source / "a.css").write_text("a { color: red }")
    assert prepare.collect() == "The static files are collected."
    assert (tmp_path / "static" / "a.css").read_text() == "a { color: red }"


@pytest.mark.django_db
def test_a_database_that_is_up_to_date_is_left_alone() -> None:
    assert prepare.migrate() is None


def test_the_health_page_needs_no_session_and_no_database(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "sessionid" not in answer.cookies
    assert "no-store" in answer["Cache-Control"]
