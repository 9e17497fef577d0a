"""The websocket: real Redis, real database, several viewers in one process."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter

from tests.webapp.runs.factories import a_user, write_chunks
from tests.webapp.runs.live.watching import Page, append
from webapp.runs.cockpit.commands import issue
from webapp.runs.live import feed
from webapp.runs.live.bell import ring
from webapp.runs.live.consumers import TRY_AGAIN
from webapp.runs.live.routing import websocket_urlpatterns
from webapp.runs.models import Run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


async def test_a_viewer_gets_all_there_is_and_then_what_comes(run):
    page = Page(run, run.owner)
    assert await page.open()
    await page.read_until(3)
    await append(run, [1.0, 0.5])
    ring(run.pk)
    await page.read_until(5)
    assert page.steps == [1, 2, 3, 4, 5]
    await page.close()


async def test_a_viewer_that_comes_back_gets_only_what_it_lacks(run):
    page = Page(run, run.owner, seen=(1, 1))
    await page.open()
    await page.read_until(3)
    assert page.steps == [3]
    await page.close()


async def test_viewers_who_come_at_different_times_all_see_each_step_once(run):
    early, late = Page(run, run.owner), Page(run, run.owner)
    await early.open()
    await early.read_until(3)
    await append(run, [1.0])
    await late.open()
    await append(run, [0.5])
    ring(run.pk)
    await asyncio.gather(early.read_until(5), late.read_until(5))
    assert early.steps == late.steps == [1, 2, 3, 4, 5]
    await asyncio.gather(early.close(), late.close())


async def test_all_viewers_of_a_run_are_served_by_one_read(run, monkeypatch):
    pages = [Page(run, run.owner) for _ in range(5)]
    for page in pages:
        await page.open()
        await page.read_until(3)
    reads = []
    real = feed.read

    async def counted(*arguments):
        reads.append(arguments)
        return await real(*arguments)

    monkeypatch.setattr(feed, "read", counted)
    await append(run, [1.0])
    ring(run.pk)
    await asyncio.gather(*(page.read_until(4) for page in pages))
    assert len(reads) == 1
    await asyncio.gather(*(page.close() for page in pages))


async def test_a_lost_wake_up_costs_a_moment_and_no_point(run, monkeypatch):
    monkeypatch.setattr(feed, "LOOK_SECONDS", 0.2)
    page = Page(run, run.owner)
    await page.open()
    await page.read_until(3)
    await append(run, [1.0])  # and nobody rings
    await page.read_until(4)
    assert page.steps == [1, 2, 3, 4]
    await page.close()


async def test_a_socket_that_was_idle_for_30_seconds_lives(run, monkeypatch):
    monkeypatch.setattr(feed, "LOOK_SECONDS", 3600)
    page = Page(run, run.owner)
    await page.open()
    await page.read_until(3)
    await asyncio.sleep(31)
    await append(run, [1.0])
    ring(run.pk)
    await page.read_until(4)
    await page.close()


async def test_the_page_hears_of_a_new_state_that_brings_no_points(run):
    page = Page(run, run.owner)
    await page.open()
    await page.read()
    await sync_to_async(issue)(run, run.owner, "stop")
    ring(run.pk)
    while page.state != "stopping":
        await page.read()
    await page.close()


async def test_a_new_attempt_starts_the_curve_anew(run):
    page = Page(run, run.owner)
    await page.open()
    await page.read_until(3)
    run.attempt = 2
    await sync_to_async(write_chunks)(run, [[9.0]])
    await run.asave()
    ring(run.pk)
    while (message := await page.message())["attempt"] == 1:
        assert message["series"]["steps"]["step"] == []
    assert (message["attempt"], message["after"]) == (2, 0)
    assert message["series"]["steps"]["cost"] == [9.0]
    await page.close()


async def test_the_feed_ends_with_its_last_viewer(run):
    page = Page(run, run.owner)
    await page.open()
    assert run.pk in feed.Feed.running
    await page.close()
    assert run.pk not in feed.Feed.running


async def test_a_viewer_who_comes_while_the_last_one_leaves_is_served_all_the_same(run, monkeypatch):
    early, late = Page(run, run.owner), Page(run, run.owner)
    await early.open()
    await early.read_until(3)
    real, reading, left = feed.read, asyncio.Event(), asyncio.Event()

    async def slow(*arguments):
        reading.set()
        await left.wait()
        return await real(*arguments)

    monkeypatch.setattr(feed, "read", slow)
    opened = asyncio.create_task(late.open())
    await reading.wait()
    await early.close()
    left.set()
    assert await opened
    await late.read_until(3)
    await append(run, [1.0])
    ring(run.pk)
    await late.read_until(4)
    assert late.steps == [1, 2, 3, 4]
    await late.close()


async def test_viewers_connect_anew_when_their_feed_breaks(run, monkeypatch, caplog):
    page = Page(run, run.owner)
    await page.open()
    await page.read_until(3)
    monkeypatch.setattr(feed, "encode", lambda _: 1 / 0)
    ring(run.pk)
    while (output := await page.socket.receive_output(timeout=5))["type"] == "websocket.send":
        pass
    assert (output["type"], output["code"]) == ("websocket.close", TRY_AGAIN)
    assert run.pk not in feed.Feed.running
    assert "ZeroDivisionError" in caplog.text
    await page.close()


async def test_viewers_are_let_go_when_the_run_is_deleted(run):
    page = Page(run, run.owner)
    await page.open()
    await page.read()
    pk = run.pk
    await run.adelete()
    ring(pk)
    while (output := await page.socket.receive_output(timeout=5))["type"] == "websocket.send":
        assert json.loads(output["text"])["series"]["steps"]["step"] == []
    assert output["type"] == "websocket.close"
    await page.close()


@pytest.mark.parametrize("who", ["a stranger", "nobody"])
async def test_the_socket_of_another_users_run_is_closed(run, who):
    from django.contrib.auth.models import AnonymousUser

    user = AnonymousUser() if who == "nobody" else await sync_to_async(a_user)("stranger")
    assert not await Page(run, user).open()


async def test_a_run_that_does_not_exist_closes_the_socket(run):
    missing = Run(pk=run.pk + 1)
    assert not await Page(missing, run.owner).open()


@pytest.mark.parametrize(
    "query",
    [
        "attempt=x&after=1",
        "attempt=1",
        "after=-5&attempt=1",
        "attempt=9&after=9",
        "attempt=1&after=9",
        f"attempt=1&after={10**30}",
        b"attempt=1&after=\xff",
    ],
)
async def test_a_cursor_that_makes_no_sense_gets_the_whole_history(run, query):
    page = Page(run, run.owner, query=query)
    await page.open()
    await page.read_until(3)
    assert page.steps == [1, 2, 3]
    await page.close()


@pytest.mark.parametrize("path", ["/ws/nowhere/", "/ws/runs/x/", "/"])
async def test_a_socket_to_an_address_that_is_not_there_is_closed(path):
    socket = ApplicationCommunicator(URLRouter(websocket_urlpatterns), {"type": "websocket", "path": path})
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(timeout=5))["type"] == "websocket.close"
