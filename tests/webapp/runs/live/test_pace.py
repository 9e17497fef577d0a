"""How often a feed looks and tells: its rounds follow the load, and who has nothing new to tell is silent."""

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.lab_process import wait_until
from tests.webapp.runs.live.watching import Page, append
from webapp.lab import redis
from webapp.lab.process import TETHER
from webapp.runs.live import bell, feed
from webapp.runs.live.bell import Ear, ring
from webapp.runs.live.feed import FASTEST, SLOWEST, rest

REDIS = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def reads(monkeypatch) -> list[tuple]:
    """The arguments of every read of a feed."""
    real, asked = feed.read, []

    async def counted(*arguments):
        asked.append(arguments)
        return await real(*arguments)

    monkeypatch.setattr(feed, "read", counted)
    return asked


@pytest.mark.parametrize("took", [0.0, 0.001, 0.02, 0.049])
def test_a_quick_feed_makes_ten_rounds_a_second(took):
    assert took + rest(took) == pytest.approx(FASTEST)
    assert 1 / FASTEST == 10


@pytest.mark.parametrize("took", [0.06, 0.1, 0.15])
def test_a_feed_that_has_much_to_do_rests_as_long_as_it_worked(took):
    assert rest(took) == pytest.approx(took)


@pytest.mark.parametrize("took", [0.2, 0.3, 0.35])
def test_every_viewer_gets_two_messages_a_second_all_the_same(took):
    assert took + rest(took) == pytest.approx(SLOWEST)
    assert 1 / SLOWEST > 2


def test_a_feed_that_cannot_keep_up_does_not_wait_besides():
    assert rest(3.0) == 0


class TestRounds:
    pytestmark = REDIS

    async def test_wake_ups_that_come_in_a_crowd_are_told_in_few_rounds(self, run, reads):
        page = Page(run, run.owner)
        await page.open()
        await page.read_until(3)
        began = monotonic()
        for _ in range(40):
            ring(run.pk)
        await append(run, [1.0])
        ring(run.pk)
        await page.read_until(4)
        assert len(reads) <= (monotonic() - began) / FASTEST + 3
        await page.close()

    async def test_each_chunk_is_told_in_a_round_of_its_own_when_there_is_time(self, run):
        page = Page(run, run.owner)
        await page.open()
        await page.read_until(3)
        for step in range(4, 14):
            await append(run, [1.0])
            ring(run.pk)
            await page.read_until(step)
            assert page.steps == list(range(1, step + 1))
        await page.close()

    async def test_a_run_in_which_nothing_happens_is_looked_at_and_not_told(
        self,
        run,
        reads,
        monkeypatch,
    ):
        monkeypatch.setattr(feed, "LOOK_SECONDS", 0.01)
        monkeypatch.setattr(feed, "SIGN_SECONDS", 3600)
        page = Page(run, run.owner)
        await page.open()
        await page.read()
        await page.read()  # the first look
        looked = len(reads)
        while len(reads) < looked + 3:
            assert await page.socket.receive_nothing(timeout=0.05)
        await append(run, [1.0])
        await page.read_until(4)
        await page.close()

    async def test_a_silent_feed_gives_a_sign_of_life(self, run, monkeypatch):
        monkeypatch.setattr(feed, "LOOK_SECONDS", 0.01)
        monkeypatch.setattr(feed, "SIGN_SECONDS", 0.05)
        page = Page(run, run.owner)
        await page.open()
        for _ in range(5):
            await page.read()
        await page.close()

    async def test_newcomers_who_lack_the_same_are_served_by_one_read(self, run, reads, monkeypatch):
        monkeypatch.setattr(feed, "LOOK_SECONDS", 3600)
        early = Page(run, run.owner)
        await early.open()
        await early.read()
        await early.read()  # the first look
        crowd = [Page(run, run.owner) for _ in range(5)]
        for page in crowd:
            await page.open()
            await page.read_until(3)
        assert len([asked for asked in reads if len(asked) == 3]) == 1
        await append(run, [1.0])
        ring(run.pk)
        for page in [early, *crowd]:
            await page.read_until(4)
            assert page.steps == [1, 2, 3, 4]
            await page.close()


def test_a_redis_that_does_not_answer_is_rung_once(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/redis.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{tmp_path}/redis.sock")
        silent.listen()
        silent.setblocking(False)
        assert ring(1) is None
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # a second try would hold training up for as long again
            silent.accept()


async def test_an_ear_waits_no_longer_because_redis_is_away(monkeypatch, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/redis.sock"
    monkeypatch.setattr(bell, "AWAY", 0.01)
    ear = Ear(1)
    for _ in range(5):
        await asyncio.wait_for(ear.wait(0.02), 10)
    assert not ear.listening.done()
    await ear.close()


async def test_an_ear_hears_again_when_redis_is_back(settings, tmp_path):
    settings.REDIS_URL = f"unix://{redis.socket_path(tmp_path)}"
    with redis_in(tmp_path):
        ear = Ear(1)
        await ear.wait(10)
    with redis_in(tmp_path):
        async with asyncio.timeout(20):
            while not ear.rung.is_set():
                ring(1)
                await asyncio.sleep(0.05)
        await ear.close()


@contextmanager
def redis_in(home: Path) -> Iterator[None]:
    """A Redis of its own, killed at the end."""
    process = subprocess.Popen(
        [*TETHER, str(os.getpid()), "0", *redis.command(home)], stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: redis.answers(redis.socket_path(home)), 10, "Redis")
        yield
    finally:
        process.kill()
        process.wait()
