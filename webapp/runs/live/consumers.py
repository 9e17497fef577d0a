"""The websocket of the run page: whoever may see the run joins its feed."""

import asyncio
import json
from contextlib import suppress
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from webapp.runs.history.reading import Cursor
from webapp.runs.live.feed import Feed
from webapp.runs.live.viewer import Viewer
from webapp.runs.models import Run
from webapp.runs.sharing.readers import may_see

GUARD_SECONDS = 5.0  # between two looks whether a link is still good
TRY_AGAIN = 4000  # close code: connect anew with your cursor
NOT_TAKEN = 1008  # close code of the standard: against the rules of this socket
MOST_ERRORS = 3  # messages that are answered before the socket is closed
ERROR = json.dumps(
    {
        "error": "This socket only tells the news of a run and takes no messages. "
        "What you have seen goes into its address: ?attempt=2&after=117. "
        "Commands go to the run's page: POST /runs/<number>/command/."
    }
)


class RunConsumer(AsyncWebsocketConsumer):
    """Sends one run's news; takes nothing but the cursor in the address, `?attempt=2&after=117`.

    Whoever is no owner needs the token of a link: `&share=`.
    """

    viewer: Viewer | None = None
    sender: asyncio.Task[None] | None = None
    guard: asyncio.Task[None] | None = None
    token = ""
    errors = 0

    async def connect(self) -> None:
        self.token = self._asked().get("share", [""])[0]
        await self.join(self.scope["url_route"]["kwargs"]["pk"])

    async def join(self, pk: int) -> None:
        """Join the feed of run `pk`, or close."""
        self.pk = pk
        if not await self._may_see():
            await self.close()
            return
        await self.accept()
        try:
            self.viewer = await Feed.join(self.pk, self._cursor())
        except Run.DoesNotExist:
            await self.close(TRY_AGAIN)
            return
        self.sender = asyncio.create_task(self._send_all(self.viewer))
        if self.token:
            self.guard = asyncio.create_task(self._watch())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.errors += 1
        await self.send(ERROR)
        if self.errors == MOST_ERRORS:
            self._leave()
            await self.close(NOT_TAKEN)

    async def disconnect(self, code: int) -> None:
        self._leave()

    def _leave(self) -> None:
        if self.viewer is not None:
            Feed.leave(self.pk, self.viewer)
        for task in (self.sender, self.guard):
            if task is not None:
                task.cancel()
        self.viewer = self.sender = self.guard = None

    async def _send_all(self, viewer: Viewer) -> None:
        with suppress(OSError, RuntimeError):  # the socket has gone; `disconnect` is on its way
            while (text := await viewer.next()) is not None:
                await self.send(text)
            await self.close(TRY_AGAIN)

    async def _watch(self) -> None:
        """Close when the link through which this is seen was revoked."""
        while await self._may_see():
            await asyncio.sleep(GUARD_SECONDS)
        await self.close()

    @database_sync_to_async
    def _may_see(self) -> bool:
        run = Run.objects.present().filter(pk=self.pk).only("owner", "deleted").first()
        return run is not None and may_see(self.scope["user"], run, self.token)

    def _asked(self) -> dict[str, list[str]]:
        return parse_qs(self.scope["query_string"].decode(errors="replace"))

    def _cursor(self) -> Cursor:
        asked = self._asked()
        try:
            return Cursor(*(max(0, int(asked[name][0])) for name in ("attempt", "after")))
        except (KeyError, ValueError):
            return Cursor()


class Nowhere(AsyncWebsocketConsumer):
    """Closes what asks for an address that is not there."""

    async def connect(self) -> None:
        await self.close()
