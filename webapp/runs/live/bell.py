"""The wake-up tells every web process that a run has news; it carries none, so losing one is harmless.

Redis's publish and subscribe, which also tells whoever rings how many hear it.
"""

import asyncio
import logging
from contextlib import suppress
from functools import lru_cache
from time import monotonic

from django.conf import settings
from redis import Redis
from redis import asyncio as beside
from redis.asyncio.retry import Retry as RetryBeside
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

LONGEST = 0.2  # seconds that a wake-up may take
QUIET = 2.0  # seconds without a try after one that failed
AWAY = 1.0  # seconds until an ear tries anew to hear a Redis that is away


def channel(pk: int) -> str:
    """Where it is told that run `pk` has news."""
    return f"run.{pk}"


def ring(pk: int) -> int | None:
    """Wake the viewers of run `pk`: how many processes heard it, None when Redis is away."""
    try:
        return _redis(settings.REDIS_URL).publish(channel(pk), "")
    except (RedisError, OSError) as error:
        logger.debug("Nobody heard of run %s: %s", pk, error)
        return None


@lru_cache(maxsize=1)
def _redis(url: str) -> Redis:
    """A kept connection: runs ring several times a second. One more try for one that Redis closed, but none
    for a Redis that does not answer: training waits meanwhile."""
    waits = {"socket_timeout": LONGEST, "socket_connect_timeout": LONGEST}
    return Redis.from_url(url, retry=Retry(NoBackoff(), 1, (LostError,)), **waits)


class Bell:
    """Rings often for one run: less than 0.2 ms each."""

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.quiet_until = 0.0
        self.is_heard = True  # as far as is known

    def ring(self) -> None:
        """Wake the viewers; a Redis that does not answer is left alone a while: pages look by themselves."""
        if monotonic() < self.quiet_until:
            return
        heard = ring(self.pk)
        if heard is None:
            self.quiet_until = monotonic() + QUIET
        else:
            self.is_heard = heard > 0


class Ear:
    """Hears the wake-ups of one run within an event loop; those that come in a crowd count as one."""

    def __init__(self, pk: int) -> None:
        self.channel = channel(pk)
        # By itself a socket that is silent for 5 s would be closed
        self.redis = beside.Redis.from_url(
            settings.REDIS_URL, socket_timeout=None, retry=RetryBeside(NoBackoff(), 0)
        )
        self.rung = asyncio.Event()
        self.listening = asyncio.create_task(self._listen(), name=f"ear for {self.channel}")

    async def wait(self, seconds: float) -> None:
        """Until a wake-up has come since the last wait ended, `seconds` at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.rung.wait(), seconds)
        self.rung.clear()

    async def close(self) -> None:
        """Hear no more."""
        self.listening.cancel()
        await asyncio.wait({self.listening})
        await self.redis.aclose()

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                logger.debug("Redis is away: %s", error)
            await asyncio.sleep(AWAY)

    async def _hear(self) -> None:
        async with self.redis.pubsub() as subscription:
            await subscription.subscribe(self.channel)
            # The first message says that the ear is open: what happened before must be looked at then
            async for _ in subscription.listen():
                self.rung.set()
