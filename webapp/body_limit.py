"""Refuses the body of a request that is too large before Django writes all of it to the disk."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.template.loader import render_to_string

MAX_BYTES = 9 << 20  # a file comes in pieces of at most 8 MB

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class BodyLimit:
    """Around an ASGI application: 413 by Content-Length at once, else as soon as too much has come."""

    def __init__(self, app: App, max_bytes: int = MAX_BYTES) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if announced(scope) > self.max_bytes:
            await refuse(send)
            return
        left = self.max_bytes

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            # The application gives up as when the browser has gone, and says nothing
            return message if left >= 0 else {"type": "http.disconnect"}

        await self.app(scope, counted, send)
        if left < 0:
            await refuse(send)


def announced(scope: Message) -> int:
    """The Content-Length of a request, 0 without one."""
    value = dict(scope["headers"]).get(b"content-length", b"")
    return int(value[:20]) if value.isdigit() else 0


async def refuse(send: Send) -> None:
    """Answer 413, and close the connection: the rest of the body is not read."""
    body = render_to_string("413.html").encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
