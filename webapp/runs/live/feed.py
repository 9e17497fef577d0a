"""One run's news within one web process: one read and one encoding for all its viewers.

A feed lives while somebody watches. It waits for the run's wake-ups, reads what lies beyond its cursor and
hands the same text to every viewer. It also looks by itself every second, so that a wake-up lost anywhere
(Redis away, a worker killed) costs a moment and never a point.

Its pace follows the load: the longer it takes to read, encode and send to all, the longer it rests.
"""

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import NamedTuple

from django.db import Error, connection

from webapp.runs.history.reading import Cursor, News, news
from webapp.runs.live.bell import Ear
from webapp.runs.live.viewer import Viewer
from webapp.runs.models import Run
from webapp.runs.pages.presentation import strip

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between two looks at a run that can change, when no wake-up comes
SIGN_SECONDS = 5.0  # between two messages when nothing changes: the page's sign of life
FASTEST, SLOWEST = 0.1, 0.35  # seconds from the beginning of one round to that of the next
BREATH = 2.0  # times as long as a round took, until the next one begins

# One thread with a connection that is kept: opening one anew took nearly half the time of a read.
READER = ThreadPoolExecutor(1, thread_name_prefix="feed")


class Told(NamedTuple):
    """A message as text, and where its reader stands then."""

    cursor: Cursor
    text: str
    live: bool  # whether the run can still change


def rest(took: float) -> float:
    """Seconds to wait after a round that took so many."""
    return max(0.0, min(max(FASTEST, BREATH * took), SLOWEST) - took)


async def read(pk: int, seen: Cursor, until: Cursor | None = None) -> Told:
    """`news`, read and encoded beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(READER, _read, pk, seen, until)


def _read(pk: int, seen: Cursor, until: Cursor | None) -> Told:
    try:
        found = news(pk, seen, until)
        return Told(found.cursor, encode(found), found.run.is_live)
    except Error:
        connection.close()  # the next read opens another
        raise


class Feed:
    """The viewers of one run in this process, all of them at the same cursor."""

    running: dict[int, "Feed"] = {}

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.viewers: set[Viewer] = set()
        self.cursor = Cursor()
        self.told: Told | None = None
        self.told_at = monotonic()
        self.greeting: tuple[Cursor, Told] | None = None
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
        """What a newcomer lacks to stand where the viewers stand; a crowd that lacks the same shares it."""
        while self.viewers:
            if self.greeting is not None and self.greeting[0] == seen:
                return self.greeting[1]
            found = await read(self.pk, seen, self.cursor)
            if found.cursor == self.cursor:
                self.greeting = seen, found
                return found
            await self._look()
        found = await read(self.pk, seen)
        self.cursor = found.cursor
        return found

    async def _follow(self) -> None:
        ear = Ear(self.pk)
        try:
            while True:
                await ear.wait(SIGN_SECONDS if self.told and not self.told.live else LOOK_SECONDS)
                began = monotonic()
                async with self.lock:
                    await self._look()
                await self._all_sent()
                await asyncio.sleep(rest(monotonic() - began))
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
        if found != self.told or monotonic() >= self.told_at + SIGN_SECONDS:
            self._tell(found)

    def _tell(self, found: Told) -> None:
        self.told, self.told_at, self.cursor, self.greeting = found, monotonic(), found.cursor, None
        self.viewers = {viewer for viewer in self.viewers if viewer.hand(found.text)}

    async def _all_sent(self) -> None:
        """Until every viewer that can take the message has it: the event loop takes its turns in order."""
        for _ in range(2):  # a turn in which the senders write, and one in which the sockets do
            await asyncio.sleep(0)

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
