"""The laboratory as a person meets it: real processes, started, disturbed and stopped.

A start takes seconds, so the tests of this file share one laboratory and go through its life in order.
"""

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.lab_process import Lab, free_port, wait_until
from webapp.lab import health, redis

PARTS = ("redis", "web", "worker-training", "worker-ingestion", "reaper")
SECONDS = 60.0


@pytest.fixture(scope="module")
def taken() -> Iterator[int]:
    """A port somebody else listens at, with a free one after it."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, taken: int) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("life") / "home", "--port", str(taken))
    yield lab.start()
    if not lab.has_ended():
        lab.stop()


def get(lab: Lab, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(lab.address).netloc, timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def port_of(lab: Lab) -> int:
    return urlsplit(lab.address).port or 0


def whole_tree(lab: Lab) -> list[psutil.Process]:
    """The lab, its parts, the processes of its workers and its guardian."""
    assert lab.process is not None
    return [psutil.Process(lab.process.pid), *lab.children(recursive=True)]


def assert_nothing_is_left(processes: list[psutil.Process], lab: Lab) -> None:
    _, left = psutil.wait_procs(processes, timeout=10)
    assert not [process for process in left if process.status() != psutil.STATUS_ZOMBIE]
    strangers = [process.pid for process in psutil.process_iter() if uses(process, lab.home)]
    assert not strangers


def uses(process: psutil.Process, home: Path) -> bool:
    try:
        return process.environ().get("HONE_HOME") == str(home)
    except psutil.Error:
        return False


def test_a_taken_port_is_said_and_the_next_free_one_is_used(life: Lab, taken: int) -> None:
    assert f"Port {taken} is taken; using {port_of(life)}." in life.log
    assert port_of(life) > taken
    assert get(life, "/health/").status == 200


def test_every_part_runs_and_the_workers_step_back_for_the_page(life: Lab) -> None:
    found = {name: life.part(name) for name in PARTS}
    assert all(found.values()), found
    assert found["web"].nice() < found["worker-training"].nice()


def test_the_log_says_the_address_and_nothing_disturbing(life: Lab) -> None:
    assert f"lab              | Hone is at {life.address}" in life.log
    assert not [word for word in ("Traceback", "WARNING", "ERROR") if word in life.log], life.log


def test_the_printed_link_works_once(life: Lab) -> None:
    path = urlsplit(life.sign_in_link).path
    assert get(life, path, **{"X-Forwarded-For": "127.0.0.1"}).status == 403
    first = get(life, path)
    assert first.status == 302
    assert "sessionid" in (first.getheader("Set-Cookie") or "")
    assert get(life, path).status == 410


def test_a_fresh_link_is_printed_on_request(life: Lab) -> None:
    link = life.try_manage("link").stdout.strip()
    assert link.startswith(f"{life.address}/sign-in/")
    assert get(life, urlsplit(link).path).status == 302


def test_a_second_lab_in_the_same_home_is_refused_and_told_where_the_first_is(life: Lab) -> None:
    second = life.try_manage("lab", "--port", str(free_port()))
    assert second.returncode == 1
    assert f"already running in {life.home} at {life.address}" in second.stderr
    assert "Traceback" not in second.stderr
    assert get(life, "/health/").status == 200


def test_a_part_that_dies_comes_back(life: Lab) -> None:
    before = {name: life.part(name) for name in PARTS}
    pool = before["worker-training"].children()
    guardian = next(child for child in life.children() if child.pid not in {p.pid for p in before.values()})
    for process in (*before.values(), guardian):
        process.kill()
    gone, _ = psutil.wait_procs(pool, timeout=10)
    assert len(gone) == len(pool) > 0
    wait_until(lambda: returned(life, before), SECONDS, f"the return of the parts\n{life.log}")
    wait_until(lambda: life.log.count("is back.") >= len(PARTS), SECONDS, f"the word of it\n{life.log}")
    assert "redis ended (SIGKILL); starting again" in life.log
    assert get(life, "/health/").status == 200
    assert redis.answers(redis.socket_path(life.home))


def returned(lab: Lab, before: dict[str, psutil.Process]) -> bool:
    now = {name: lab.part(name) for name in PARTS}
    return all(now[name] and now[name].pid != before[name].pid for name in PARTS)


def test_kill_9_leaves_no_process_behind(life: Lab) -> None:
    tree = whole_tree(life)
    assert len(tree) > len(PARTS) + 2
    os.kill(tree[0].pid, signal.SIGKILL)
    life.process.wait()
    assert_nothing_is_left(tree, life)


def test_a_link_for_a_lab_that_is_gone_is_refused(life: Lab) -> None:
    answer = life.try_manage("link")
    assert answer.returncode == 1
    assert f"No lab answers in {life.home}" in answer.stderr


def test_the_next_start_works_after_kill_9_and_forgot_nothing(life: Lab) -> None:
    assert redis.socket_path(life.home).exists()
    life.start()
    assert get(life, "/health/").status == 200
    assert "The database is up to date." not in life.log


def test_ctrl_c_stops_everything_within_10_seconds(life: Lab) -> None:
    tree = whole_tree(life)
    began = time.monotonic()
    assert life.stop(signal.SIGINT) == 0
    assert time.monotonic() - began < 10
    assert_nothing_is_left(tree, life)
    assert life.log.rstrip().endswith("Stopped.")
    assert not (life.home / "lab.json").exists()


def test_a_health_check_of_nothing_says_so() -> None:
    assert not health.answers("127.0.0.1", free_port())


def test_the_note_of_a_running_lab_is_whole(lab: Lab) -> None:
    facts = json.loads((lab.home / "lab.json").read_text())
    assert facts == {"pid": lab.process.pid, "address": lab.address}
