"""Large answers a piece at a time, in bounded memory, under WSGI and ASGI alike; always as a file to keep."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header


def attachment(
    request: HttpRequest, pieces: Iterator[bytes], file_name: str, size: int | None = None
) -> StreamingHttpResponse:
    """An answer that browsers save and never show, whatever its bytes are."""
    # Given a plain iterator, Django under ASGI would collect all of it first
    body = _asynchronous(pieces) if isinstance(request, ASGIRequest) else pieces
    headers = {
        "Content-Disposition": content_disposition_header(True, file_name),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    if size is not None:
        headers["Content-Length"] = str(size)
    return StreamingHttpResponse(body, content_type="application/octet-stream", headers=headers)


async def _asynchronous(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
