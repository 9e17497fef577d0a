"""The embedded Redis server."""

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from webapp.lab import redis
from webapp.lab.errors import CannotStartError


def test_the_socket_lies_in_the_home() -> None:
    assert redis.socket_path(Path("/srv/hone")) == Path("/srv/hone/redis/redis.sock")


@pytest.mark.parametrize("home", ["/srv/" + "deep/" * 30, "/srv/my lab", "/srv/a?b#c%20", "/srv/é"])
def test_a_home_too_deep_or_odd_for_a_socket_gets_a_short_path_of_its_own(home: str) -> None:
    path = redis.socket_path(Path(home))
    assert len(os.fsencode(path)) <= redis.SOCKET_BYTES
    assert path == redis.socket_path(Path(home))
    assert path != redis.socket_path(Path(home) / "other")
    assert not path.is_relative_to(home)


def test_the_server_of_a_deep_home_answers_in_a_folder_nobody_else_can_enter(tmp_path: Path) -> None:
    home = tmp_path / ("deep" * 30)
    path = redis.socket_path(home)
    server = subprocess.Popen(redis.command(home), stdout=subprocess.DEVNULL)
    try:
        client = Redis.from_url(f"unix://{path}", retry_on_error=[ConnectionError, FileNotFoundError])
        from tests.lab_process import wait_until

        wait_until(lambda: redis.answers(path), 10, "Redis")
        settings = client.config_get("*")
        client.close()
    finally:
        server.kill()
        server.wait()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "redis").stat().st_mode) == 0o700
    assert settings["port"] == "0"
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["appendonly"] == "yes"
    path.unlink()
    path.parent.rmdir()


def test_a_folder_that_is_a_link_to_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trap").symlink_to(tmp_path)
    with pytest.raises(CannotStartError, match="belongs to someone else"):
        redis.private_folder(tmp_path / "trap")


def test_the_server_on_the_path_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "redis-server").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis.binary() == str(tmp_path / "redis-server")


def test_without_any_server_the_message_says_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(redis, "find_spec", lambda _name: None)
    with pytest.raises(CannotStartError, match=r"apt-get install redis-server.*REDIS_URL"):
        redis.binary()


def test_a_socket_nobody_listens_at_does_not_answer(tmp_path: Path) -> None:
    assert not redis.answers(tmp_path / "none.sock")
