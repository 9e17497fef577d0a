"""The websocket through the lab's real web server: sizes, origins, and clients that do what no page does."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from uvicorn.main import main
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from webapp.lab.address import listen
from webapp.lab.serve import LONGEST_MESSAGE, Server, Socket, configured
from webapp.runs.live.bell import ring
from webapp.runs.live.consumers import MOST_ERRORS, NOT_TAKEN, TRY_AGAIN
from webapp.runs.live.feed import Feed
from webapp.runs.live.viewer import BYTES
from webapp.runs.models import Run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

WRITE_BUFFER = 1 << 16  # bytes that a transport takes before it asks to wait


class Site:
    """The lab's web server, in this event loop."""

    def __init__(self, **changes: float) -> None:
        self.listener = listen("127.0.0.1", 8300)
        self.port = self.listener.getsockname()[1]
        self.server = Server(configured(**changes))

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Site"]:
        serving = asyncio.create_task(self.server.serve([self.listener]))
        try:
            yield self
        finally:
            self.server.should_exit = True
            await serving
            self.listener.close()

    async def socket(self, run: Run, query: str = "", origin: str | None = None) -> ClientConnection:
        """A websocket of the run's owner."""
        client = Client()
        await sync_to_async(client.force_login)(run.owner)
        cookie = f"sessionid={client.cookies['sessionid'].value}"
        return await connect(
            f"ws://127.0.0.1:{self.port}/ws/runs/{run.pk}/{query}",
            origin=origin or f"http://127.0.0.1:{self.port}",
            additional_headers={"Cookie": cookie},
            proxy=None,
            ping_interval=None,
        )


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site().open() as site:
        yield site


async def message(socket: ClientConnection):
    return json.loads(await asyncio.wait_for(socket.recv(), 10))


async def code_at_the_end(socket: ClientConnection) -> int | None:
    """The close code, whatever comes before it."""
    with suppress(ConnectionClosed):
        while True:
            await message(socket)
    return socket.close_code


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def is_well(site: Site, run: Run) -> bool:
    """Whether somebody who comes now gets the whole run."""
    async with await site.socket(run) as socket:
        return (await message(socket))["series"]["steps"]["step"] == [1, 2, 3]


@pytest.mark.parametrize("sent", ["", "{", '{"stop": true}', b"", b"\x00\xff", "x" * LONGEST_MESSAGE])
async def test_whatever_a_client_sends_is_answered_with_what_the_socket_is_for(site, run, sent):
    async with await site.socket(run) as socket:
        assert (await message(socket))["cursor"] == 2
        await socket.send(sent)
        while "error" not in (answer := await message(socket)):
            pass
        assert "only tells the news of a run" in answer["error"]
        ring(run.pk)
    assert await is_well(site, run)


async def test_who_goes_on_sending_is_shown_the_door(site, run):
    async with await site.socket(run) as socket:
        for _ in range(MOST_ERRORS + 5):
            await socket.send("more")
        assert await code_at_the_end(socket) == NOT_TAKEN
    await eventually(lambda: not Feed.running)
    assert await is_well(site, run)


@pytest.mark.parametrize("sent", ["x" * (LONGEST_MESSAGE + 1), b"x" * (LONGEST_MESSAGE + 1)])
async def test_a_message_that_is_too_long_closes_the_socket(site, run, sent):
    async with await site.socket(run) as socket:
        await socket.send(sent)
        assert await code_at_the_end(socket) == 1009  # "message too big"
    assert await is_well(site, run)


async def test_a_huge_message_is_not_read(site, run):
    async with await site.socket(run) as socket:
        with suppress(ConnectionClosed):
            await socket.send("x" * (64 << 20))
        await asyncio.wait_for(socket.wait_closed(), 10)
    assert await is_well(site, run)


async def test_bytes_that_are_no_address_harm_nobody(site, run):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    writer.write(b"GET /ws/runs/1/?after=\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n" + upgrade + b"\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    assert b" 101 " not in answer[:20]
    writer.close()
    assert await is_well(site, run)


@pytest.mark.parametrize(
    "query",
    ["?attempt=%00&after=%ff", "?" + "a=1&" * 2000, "?attempt=" + "9" * 5000 + "&after=1", "?%", "?=&=&"],
)
async def test_nonsense_in_the_address_gets_the_whole_history(site, run, query):
    async with await site.socket(run, query) as socket:
        assert (await message(socket))["series"]["steps"]["step"] == [1, 2, 3]


async def test_a_page_of_another_site_is_refused(site, run):
    with pytest.raises(InvalidStatus) as refused:
        await site.socket(run, origin="http://elsewhere.example")
    assert refused.value.response.status_code == 403


async def test_a_stalled_viewer_costs_bounded_memory_and_is_cut_off(run):
    async with Site(ws_ping_interval=0.5, ws_ping_timeout=0.5).open() as site:
        socket = await site.socket(run)
        await message(socket)
        socket.transport.pause_reading()
        (viewer,) = Feed.running[run.pk].viewers
        (connection,) = site.server.server_state.connections
        text = "x" * (BYTES // 8)
        async with asyncio.timeout(10):
            while viewer.hand(text):  # until the kernel's buffers are full, too
                assert connection.transport.get_write_buffer_size() <= WRITE_BUFFER + len(text) + 16
                assert viewer.size <= BYTES
                await asyncio.sleep(0)
        assert viewer.size == 0
        await eventually(lambda: not site.server.server_state.connections)
        await eventually(lambda: not Feed.running)
        socket.transport.abort()


async def test_a_viewer_that_reads_on_after_it_was_let_go_is_told_to_connect_anew(site, run):
    async with await site.socket(run) as socket:
        await message(socket)
        (viewer,) = Feed.running[run.pk].viewers
        viewer.dismiss()
        assert await code_at_the_end(socket) == TRY_AGAIN


def test_the_container_serves_websockets_as_the_lab_does():
    container = (settings.BASE_DIR / "Dockerfile").read_text()
    options = re.search(r'WEBSOCKETS="(.+)"', container)[1]
    asked = main.make_context("uvicorn", ["webapp.asgi:application", *options.split()]).params
    config = configured(ws="webapp.lab.serve:Socket")
    names = ("ws", "ws_max_size", "ws_per_message_deflate")
    assert {name: asked[name] for name in names} == {name: getattr(config, name) for name in names}
    assert f"{Socket.__module__}:{Socket.__name__}" == config.ws
