"""The wake-up tells every web process that a run has news; it carries none, so losing one is harmless."""

import asyncio
import logging
from time import monotonic
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

LONGEST = 0.2  # seconds that a wake-up may take
QUIET = 2.0  # seconds without a try after one that took longer


def group(pk: int) -> str:
    """The group that hears of run `pk`."""
    return f"run.{pk}"


async def ring_once(pk: int) -> None:
    """Wake the viewers of run `pk`."""
    try:
        await get_channel_layer().group_send(group(pk), {"type": "news"})
    except (RedisError, OSError) as error:
        logger.debug("Nobody heard of run %s: %s", pk, error)


def ring(pk: int) -> None:
    """Wake the viewers of run `pk` from a view or a command."""
    async_to_sync(ring_once)(pk)


class Bell:
    """Rings often for one run, over a connection that is kept: about 0.1 ms each."""

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.loop = asyncio.new_event_loop()
        self.quiet_until = 0.0

    def ring(self) -> None:
        """Wake the viewers, without waiting for a Redis that does not answer: pages look by themselves."""
        if monotonic() < self.quiet_until:
            return
        try:
            self.loop.run_until_complete(asyncio.wait_for(ring_once(self.pk), LONGEST))
        except TimeoutError:
            self.quiet_until = monotonic() + QUIET

    def close(self) -> None:
        """Let the connection go."""
        self.loop.run_until_complete(get_channel_layer().flush())
        self.loop.close()


class Ear:
    """Hears the wake-ups of one run within an event loop."""

    def __init__(self, pk: int) -> None:
        self.group = group(pk)
        self.layer = get_channel_layer()
        self.channel: str | None = None
        self.heard: asyncio.Task[Any] | None = None

    async def wait(self, seconds: float) -> None:
        """Until a wake-up comes, `seconds` at most; without Redis, a second.

        Not at all the first time: what happened before the ear was open must be looked at now.
        """
        try:
            if self.channel is None:
                await self._open()
                return
            if self.heard is None:
                self.heard = asyncio.create_task(self.layer.receive(self.channel))
            await asyncio.wait({self.heard}, timeout=seconds)
            if self.heard.done():
                self.heard.result()
                self.heard = None
        except (RedisError, OSError):
            await self.close()
            await asyncio.sleep(1)

    async def close(self) -> None:
        """Hear no more."""
        channel, heard = self.channel, self.heard
        self.channel = self.heard = None
        if heard is not None:
            heard.cancel()  # which also gives the channel up
            await asyncio.wait({heard})
        if channel is not None:
            try:
                await self.layer.group_discard(self.group, channel)
            except (RedisError, OSError) as error:
                logger.debug("Redis is away: %s", error)

    async def _open(self) -> None:
        channel = await self.layer.new_channel()
        await self.layer.group_add(self.group, channel)
        self.channel = channel
