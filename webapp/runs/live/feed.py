"""One run's news within one web process: one read and one encoding for all its viewers.

A feed lives while somebody watches. It waits for the run's wake-ups, reads what lies beyond its cursor and
hands the same text to every viewer. It also looks by itself every few seconds, so that a wake-up lost
anywhere (Redis restarted, a worker killed) costs a moment and never a point.
"""

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from django.db import Error, connection

from webapp.runs.history.reading import Cursor, News, news
from webapp.runs.live.bell import Ear
from webapp.runs.models import Run
from webapp.runs.pages.presentation import strip

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # between two looks when no wake-up comes; also the page's sign of life
OUTBOX_SIZE = 100  # messages a slow viewer may lag behind before it has to connect anew

# One thread with a connection that is kept: opening one anew took nearly half the time of a read.
READER = ThreadPoolExecutor(1, thread_name_prefix="feed")


class Told(NamedTuple):
    """A message as text, and where its reader stands then."""

    cursor: Cursor
    text: str


async def read(pk: int, seen: Cursor, until: Cursor | None = None) -> Told:
    """`news`, read and encoded beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(READER, _read, pk, seen, until)


def _read(pk: int, seen: Cursor, until: Cursor | None) -> Told:
    try:
        found = news(pk, seen, until)
        return Told(found.cursor, encode(found))
    except Error:
        connection.close()  # the next read opens another
        raise


class Viewer:
    """Where one page's messages wait to be sent; None among them means that no more will come."""

    def __init__(self) -> None:
        self.outbox: asyncio.Queue[str | None] = asyncio.Queue(OUTBOX_SIZE)

    def hand(self, text: str) -> bool:
        """Hand over one message; False when the viewer lags too far behind and was let go."""
        if self.outbox.full():
            self.dismiss()
            return False
        self.outbox.put_nowait(text)
        return True

    def dismiss(self) -> None:
        """No more will come: the page connects anew and catches up."""
        while not self.outbox.empty():
            self.outbox.get_nowait()
        self.outbox.put_nowait(None)


class Feed:
    """The viewers of one run in this process, all of them at the same cursor."""

    running: dict[int, "Feed"] = {}

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.viewers: set[Viewer] = set()
        self.cursor = Cursor()
        self.lock = asyncio.Lock()
        self.task = asyncio.create_task(self._follow(), name=f"feed of run {pk}")

    @classmethod
    async def join(cls, pk: int, seen: Cursor) -> Viewer:
        """A viewer that gets all beyond `seen` first and then whatever comes."""
        viewer = Viewer()
        try:
            while True:
                feed = cls.running.get(pk) or cls.running.setdefault(pk, cls(pk))
                async with feed.lock:
                    found = await feed._level_with(seen)
                    # Meanwhile the last viewer may have left, and the feed have ended
                    if cls.running.get(pk) is feed:
                        viewer.hand(found.text)
                        feed.viewers.add(viewer)
                        return viewer
        except BaseException:
            cls.leave(pk, viewer)
            raise

    @classmethod
    def leave(cls, pk: int, viewer: Viewer) -> None:
        """Forget a viewer; with the last one the feed ends."""
        feed = cls.running.get(pk)
        if feed is not None:
            feed.viewers.discard(viewer)
            if not feed.viewers:
                del cls.running[pk]
                feed.task.cancel()

    async def _level_with(self, seen: Cursor) -> Told:
        """What a newcomer lacks to stand where the feed's viewers stand."""
        while self.viewers:
            await self._look()
            found = await read(self.pk, seen, self.cursor)
            if found.cursor == self.cursor:
                return found
        found = await read(self.pk, seen)
        self.cursor = found.cursor
        return found

    async def _follow(self) -> None:
        ear = Ear(self.pk)
        try:
            while True:
                await ear.wait(LOOK_SECONDS)
                async with self.lock:
                    await self._look()
        except Run.DoesNotExist:
            self._close()
        except Exception:
            logger.exception("The feed of run %s ended; its viewers connect anew", self.pk)
            self._close()
        finally:
            await ear.close()

    async def _look(self) -> None:
        if not self.viewers:
            return
        try:
            found = await read(self.pk, self.cursor)
        except Error:
            logger.exception("The history of run %s could not be read; trying again", self.pk)
            return
        self.cursor = found.cursor
        self.viewers = {viewer for viewer in self.viewers if viewer.hand(found.text)}

    def _close(self) -> None:
        for viewer in self.viewers:
            viewer.dismiss()
        self.viewers = set()
        self.running.pop(self.pk, None)


def encode(found: News) -> str:
    """The message as the page takes it; see `live.js`."""
    message = {
        "attempt": found.cursor.attempt,
        "after": found.after.sequence,
        "cursor": found.cursor.sequence,
        "series": found.series,
        "thinned": found.thinned,
        "strip": strip(found.run),
        "live": found.run.is_live,
        "revision": found.run.revision,
        "snapshots": found.run.snapshots.newest_step(),
    }
    return json.dumps(message, separators=(",", ":"), allow_nan=False)
