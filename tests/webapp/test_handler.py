"""How a request goes through Django under ASGI."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from webapp.handler import Handler

gate = SimpleNamespace(entered=threading.Event(), opened=threading.Event())


@login_not_required
def fail(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault")


@login_not_required
def wait(_request: HttpRequest) -> HttpResponse:
    gate.entered.set()
    gate.opened.wait(20)
    return HttpResponse("waited")


@login_not_required
def stream(_request: HttpRequest) -> StreamingHttpResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one, "
        yield b"two"

    return StreamingHttpResponse(pieces())


urlpatterns = [path("fail/", fail), path("wait/", wait), path("stream/", stream)]


@pytest.fixture(autouse=True)
def pages(settings) -> Iterator[None]:
    settings.ROOT_URLCONF = __name__
    gate.entered.clear()
    gate.opened.clear()
    yield
    gate.opened.set()


async def asked(address: str) -> ApplicationCommunicator:
    headers = [(b"host", b"localhost")]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": address, "query_string": b""}
    browser = ApplicationCommunicator(Handler(), scope | {"headers": headers})
    await browser.send_input({"type": "http.request", "body": b""})
    return browser


async def answer(browser: ApplicationCommunicator) -> tuple[int, bytes]:
    """The status and the whole body."""
    start, body, more = await browser.receive_output(), b"", True
    while more:
        piece = await browser.receive_output()
        body, more = body + piece.get("body", b""), piece.get("more_body", False)
    await browser.wait()
    return start["status"], body


async def test_a_request_with_all_its_middleware_is_answered_in_one_go(monkeypatch):
    crossed, cross = [], SyncToAsync.__call__

    async def noted(self, *arguments, **named):
        crossed.append(getattr(self.func, "__name__", ""))
        return await cross(self, *arguments, **named)

    monkeypatch.setattr(SyncToAsync, "__call__", noted)
    assert await answer(await asked("/stream/")) == (200, b"one, two")
    assert crossed.count("get_response") == 1
    assert not [name for name in crossed if name.startswith("process_")]


async def test_a_fault_in_a_view_is_an_answer(caplog):
    status, body = await answer(await asked("/fail/"))
    assert status == 500
    assert b"a fault" not in body
    assert "Internal Server Error: /fail/" in caplog.text


async def test_who_leaves_before_the_answer_gets_none_and_holds_nobody_up():
    gone = await asked("/wait/")
    assert await asyncio.to_thread(gate.entered.wait, 10)
    await gone.send_input({"type": "http.disconnect"})
    assert await answer(await asked("/stream/")) == (200, b"one, two")
    gate.opened.set()
    await gone.wait(timeout=10)
    assert await gone.receive_nothing()
