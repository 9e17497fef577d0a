"""The wake-up tells every web process that a run has news; it carries none, so losing one is harmless."""

import asyncio
import logging
from contextlib import suppress
from time import monotonic

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

LONGEST = 0.2  # seconds that a wake-up may take
QUIET = 2.0  # seconds without a try after one that took longer
AWAY = 1.0  # seconds until an ear tries anew to hear a Redis that is away


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
            self.loop.run_until_complete(self._ring())
        except TimeoutError:
            self.quiet_until = monotonic() + QUIET

    async def _ring(self) -> None:
        async with asyncio.timeout(LONGEST):
            await ring_once(self.pk)

    def close(self) -> None:
        """Let the connection go."""
        self.loop.run_until_complete(get_channel_layer().flush())
        self.loop.close()


class Ear:
    """Hears the wake-ups of one run within an event loop; those that come in a crowd count as one."""

    def __init__(self, pk: int) -> None:
        self.group = group(pk)
        self.layer = get_channel_layer()
        self.rung = asyncio.Event()
        self.listening = asyncio.create_task(self._listen(), name=f"ear for run {pk}")

    async def wait(self, seconds: float) -> None:
        """Until a wake-up has come since the last wait ended, `seconds` at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.rung.wait(), seconds)
        self.rung.clear()

    async def close(self) -> None:
        """Hear no more."""
        self.listening.cancel()
        await asyncio.wait({self.listening})

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                logger.debug("Redis is away: %s", error)
            await asyncio.sleep(AWAY)

    async def _hear(self) -> None:
        channel = await self.layer.new_channel()
        try:
            await self.layer.group_add(self.group, channel)
            self.rung.set()  # what happened before the ear was open must be looked at now
            while True:
                await self.layer.receive(channel)  # which gives the channel up when it is cancelled
                self.rung.set()
        finally:
            with suppress(RedisError, OSError):
                await self.layer.group_discard(self.group, channel)
