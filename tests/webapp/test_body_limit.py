"""The limit on bodies, around an application that reads them as Django does."""

from django.template.loader import render_to_string

from webapp.asgi import application
from webapp.body_limit import MAX_BYTES, BodyLimit
from webapp.datasets.incoming.uploads import PIECE_BYTES

LIMIT = 10


class Reader:
    """Reads the whole body and answers 200; gives up, without a word, when the browser has gone."""

    def __init__(self) -> None:
        self.read = b""

    async def __call__(self, scope, receive, send) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.read += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def status(app, pieces: list[bytes], **headers: bytes) -> int:
    """The status of the one answer to a body that comes in `pieces`."""
    coming = [
        {"type": "http.request", "body": piece, "more_body": left > 0}
        for left, piece in reversed(list(enumerate(reversed(pieces))))
    ]
    sent = []

    async def receive():
        return coming.pop(0)

    async def send(message):
        sent.append(message)

    names = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    await app({"type": "http", "method": "POST", "path": "/", "headers": names}, receive, send)
    (start,) = (message for message in sent if message["type"] == "http.response.start")
    return start["status"]


async def test_a_body_up_to_the_limit_is_read_whole():
    reader = Reader()
    assert await status(BodyLimit(reader, LIMIT), [b"12345", b"67890"], content_length=b"10") == 200
    assert reader.read == b"1234567890"


async def test_a_body_announced_as_too_large_is_refused_before_it_is_read():
    reader = Reader()
    assert await status(BodyLimit(reader, LIMIT), [b"12345"], content_length=b"11") == 413
    assert reader.read == b""


async def test_a_body_that_does_not_say_its_length_is_counted_and_refused():
    reader = Reader()
    assert await status(BodyLimit(reader, LIMIT), [b"12345", b"67890", b"1", b"more"]) == 413
    assert reader.read == b"1234567890"


async def test_the_site_refuses_a_body_larger_than_a_piece_of_a_file():
    assert PIECE_BYTES < MAX_BYTES
    assert await status(application, [b""], content_length=str(MAX_BYTES + 1).encode()) == 413
    pieces = [bytes(1 << 20)] * ((MAX_BYTES >> 20) + 1)
    assert await status(application, pieces) == 413


def test_the_refusal_tells_the_limit_and_the_way_for_larger_files():
    page = render_to_string("413.html")
    assert f"A form may send {MAX_BYTES >> 20} MB." in page
    assert 'href="/datasets/new/"' in page
    assert "uploads it in pieces" in page
