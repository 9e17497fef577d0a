"""What a crowd that watches one run sees: viewers on two web processes of this machine while the run trains.

A worker's process trains the run at full speed and notes when each chunk of its history was committed. The
viewers, each a websocket of its own, note when each message came and which chunks it told. The latency is
counted once for each chunk and viewer. A chunk is lost when a viewer never heard of it. The memory is that
of the web processes, at the end of the time measured against its beginning.

The viewers share this machine with what they measure: they parse no JSON and look at nothing but the head of
a message. How busy their processes were, and how late their event loops ran, is part of the report.
"""

import argparse
import asyncio
import base64
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import psutil

from benchmarks.laboratory import laboratory, owner
from benchmarks.live import digits, queued, stop
from benchmarks.report import last_line, options, table

READERS = 2  # processes that the viewers are dealt out to
SETTLING = 5.0  # seconds between the arrival of the last viewer and the time that counts
TICK = 0.02  # seconds between two looks at how late a reader's event loop is


class Seen(NamedTuple):
    """What a process of viewers noted: a row (viewer, after, cursor, when) a message; and of itself."""

    messages: np.ndarray
    busy: float  # share of a core
    lateness: np.ndarray  # seconds


class Served(NamedTuple):
    """What a web process took."""

    cores: float
    before: int  # bytes held at first
    after: int  # and at last


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--viewers", type=int, help="how many (default 1000, with --quick 100)")
    parser.add_argument("--seconds", type=float, help="for how long (default 40, with --quick 8)")
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        part, *arguments = asked.part
        {"worker": worker, "readers": readers}[part](*map(int, arguments))
        return
    viewers = asked.viewers or (100 if asked.quick else 1000)
    with laboratory() as lab:
        report(viewers, *measure(lab, viewers, asked.seconds or (8 if asked.quick else 40)))


def measure(lab: Any, viewers: int, seconds: float) -> tuple[np.ndarray, list[Seen], list[Served]]:
    """When each chunk was committed (sequence, when), what was seen of them, and what serving it took."""
    own = int(lab.address.rpartition(":")[2])
    with ExitStack() as stack:
        port, second = stack.enter_context(another_web_process())
        training = stack.enter_context(started("worker"))
        pk = int(training.stdout.readline())  # it trains now
        crowd = [
            stack.enter_context(started("readers", pk, viewers // READERS, own, port)) for _ in range(READERS)
        ]
        for process in crowd:
            process.stdout.read(1)  # all of its viewers are there
        time.sleep(SETTLING)
        began = time.time()
        served = serving([lab.part("web"), psutil.Process(second.pid)], seconds)
        ended = time.time()
        stop(pk)
        committed = np.frombuffer(training.stdout.read()).reshape(-1, 2)
        time.sleep(2)
        for process in crowd:
            process.send_signal(signal.SIGTERM)
        seen = [unpacked(process.stdout.read()) for process in crowd]
    return committed[(committed[:, 1] >= began) & (committed[:, 1] <= ended)], seen, served


def serving(webs: list[psutil.Process], seconds: float) -> list[Served]:
    """What the web processes take in the seconds to come."""
    before = [(web.memory_info().rss, cpu(web)) for web in webs]
    time.sleep(seconds)
    return [
        Served((cpu(web) - spent) / seconds, held, web.memory_info().rss)
        for web, (held, spent) in zip(webs, before, strict=True)
    ]


def report(viewers: int, committed: np.ndarray, seen: list[Seen], served: list[Served]) -> None:
    """The tables and the last line."""
    crowd = [rows for part in seen for rows in by_viewer(part.messages)]
    delays = 1000 * np.concatenate([latencies(rows, committed) for rows in crowd])
    n_lost = sum(lost(rows, committed) for rows in crowd) + (viewers - len(crowd)) * len(committed)
    rates = [rate(rows, committed) for rows in crowd]
    p50, p99 = (float(np.percentile(delays, share)) for share in (50, 99))
    rows = [("p50", p50), ("p99", p99), ("most", float(delays.max())), ("chunks", str(len(committed)))]
    table(("from commit to viewer", "ms"), rows)
    table(("messages", "a second"), [("the least of any viewer", min(rates)), ("the median", median(rates))])
    tell_of(seen, served)
    last_line(
        {
            "viewers": viewers,
            "p50_ms": round(p50),
            "p99_ms": round(p99),
            "lost": int(n_lost),
            "memory_growth_percent": round(max(100 * (web.after / web.before - 1) for web in served), 2),
            "updates_per_second": round(min(rates), 2),
        }
    )


def tell_of(seen: list[Seen], served: list[Served]) -> None:
    """The tables of the processes."""
    readers = [
        (f"viewers {number}", part.busy, 1000 * float(np.percentile(part.lateness, 99)))
        for number, part in enumerate(seen, 1)
    ]
    table(("process", "cores", "late p99, ms"), readers)
    webs = [
        (f"web {number}", web.cores, web.before / 2**20, web.after / 2**20)
        for number, web in enumerate(served, 1)
    ]
    table(("process", "cores", "MiB at first", "MiB at last"), webs)


# --- what a viewer's messages (n, 4) say about the chunks committed (m, 2)


def by_viewer(messages: np.ndarray) -> list[np.ndarray]:
    """The messages of each viewer."""
    return [messages[messages[:, 0] == viewer] for viewer in np.unique(messages[:, 0])]


def latencies(messages: np.ndarray, committed: np.ndarray) -> np.ndarray:
    """Seconds from the commit of each chunk to the first message that told it; infinite when none did."""
    place = np.searchsorted(messages[:, 2], committed[:, 0])
    return np.append(messages[:, 3], np.inf)[place] - committed[:, 1]


def lost(messages: np.ndarray, committed: np.ndarray) -> int:
    """How many of the chunks no message told."""
    spans = [
        committed[(committed[:, 0] > after) & (committed[:, 0] <= until), 0]
        for _, after, until, _ in messages
    ]
    return len(committed) - len(np.unique(np.concatenate(spans)))


def rate(messages: np.ndarray, committed: np.ndarray) -> float:
    """Messages a second while the chunks were committed."""
    first, last = committed[0, 1], committed[-1, 1]
    return float(np.count_nonzero((messages[:, 3] >= first) & (messages[:, 3] <= last)) / (last - first))


# --- the processes


@contextmanager
def another_web_process() -> Iterator[tuple[int, Any]]:
    """The port and the process of one more web server of the laboratory."""
    from webapp.lab.address import listen

    listener = listen("127.0.0.1", 8900)
    command = [sys.executable, "-m", "webapp.lab.serve", str(listener.fileno())]
    process = subprocess.Popen(command, pass_fds=[listener.fileno()])
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield port, process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def started(part: str, *arguments: int) -> Iterator[Any]:
    """One of this module's parts in a process of its own."""
    from django.conf import settings

    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), str(settings.HONE_THREADS))
    command = [sys.executable, "-m", "benchmarks.viewers", "--part", part, *map(str, arguments)]
    process = subprocess.Popen(command, env=os.environ | threads, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def worker() -> None:
    """Train a run as a worker does; write its key at once, and in the end when each chunk was committed."""
    import django

    django.setup()
    from django.db import transaction

    from webapp.lab.parts import NICENESS
    from webapp.runs.models import Chunk
    from webapp.runs.tasks import train_run
    from webapp.runs.training import recorder

    os.nice(NICENESS)
    # Ten chunks a second, also where a flush is slow and a recorder would make fewer
    recorder.LONGEST = recorder.FLUSH_SECONDS
    committed: list[tuple[float, float]] = []
    write = Chunk.write

    def committing(chunk: Chunk) -> None:
        write(chunk)
        transaction.on_commit(lambda: note(chunk.sequence))

    def note(sequence: int) -> None:
        committed.append((sequence, time.time()))
        if len(committed) == 1:
            os.write(1, f"{pk}\n".encode())

    Chunk.write = committing
    pk = queued(digits())
    train_run(pk)  # at once, or the laboratory's own worker would be told to
    sys.stdout.buffer.write(np.array(committed, dtype="f8").tobytes())


# --- the viewers


def readers(pk: int, viewers: int, *ports: int) -> None:
    """Watch run `pk` with so many viewers until SIGTERM; then write what they saw."""
    import django
    import uvloop

    django.setup()
    from django.test import Client

    client = Client()
    client.force_login(owner())
    cookie = client.cookies["sessionid"].value
    uvloop.run(watch(pk, viewers, ports, cookie))


async def watch(pk: int, viewers: int, ports: tuple[int, ...], cookie: str) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    rows: list[tuple[float, ...]] = []
    for viewer in range(viewers):
        port = ports[viewer % len(ports)]
        _, socket = await loop.create_connection(lambda: Socket(viewer, rows), "127.0.0.1", port)  # noqa: B023
        socket.open(f"/ws/runs/{pk}/", port, cookie)
        await socket.ready.wait()
    os.write(1, b".")
    lateness: list[float] = []
    began, spent = time.perf_counter(), time.process_time()
    while not ended.is_set():
        due = loop.time() + TICK
        await asyncio.sleep(TICK)
        lateness.append(loop.time() - due)
    busy = (time.process_time() - spent) / (time.perf_counter() - began)
    own = np.array([busy, len(lateness), *lateness])
    sys.stdout.buffer.write(own.tobytes() + np.array(rows, dtype="f8").tobytes())


class Socket(asyncio.Protocol):
    """A websocket that notes when a message was there, and the two cursors at its head."""

    HEAD = re.compile(rb'\{"attempt":\d+,"after":(\d+),"cursor":(\d+),')

    def __init__(self, viewer: int, rows: list[tuple[float, ...]]) -> None:
        self.viewer, self.rows = viewer, rows
        self.buffer = bytearray()
        self.upgraded = False
        self.ready = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def open(self, path: str, port: int, cookie: str) -> None:
        lines = (
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Origin: http://127.0.0.1:{port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            f"Cookie: sessionid={cookie}",
        )
        self.transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.upgraded:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert b" 101 " in self.buffer[:20], bytes(self.buffer)
            del self.buffer[: end + 4]
            self.upgraded = True
        while self.take_frame():
            pass

    def take_frame(self) -> bool:
        """Take a whole frame from the buffer; False when there is none."""
        if len(self.buffer) < 2:
            return False
        opcode, length, start = self.buffer[0] & 15, self.buffer[1], 2
        if length >= 126:
            start += 2 if length == 126 else 8
            length = int.from_bytes(self.buffer[2:start])
        if len(self.buffer) < start + length:
            return False
        if opcode == 1:
            self.note(bytes(self.buffer[start : start + 100]))
        elif opcode == 9:  # a ping, answered with a masked pong; the mask is zeros
            self.transport.write(
                bytes([0x8A, 0x80 | length]) + bytes(4) + self.buffer[start : start + length]
            )
        del self.buffer[: start + length]
        return True

    def note(self, head: bytes) -> None:
        found = self.HEAD.match(head)
        assert found, head
        self.rows.append((self.viewer, int(found[1]), int(found[2]), time.time()))
        self.ready.set()


def unpacked(block: bytes) -> Seen:
    """What `watch` wrote."""
    busy, n, *_ = values = np.frombuffer(block)
    return Seen(values[2 + int(n) :].reshape(-1, 4), busy, values[2 : 2 + int(n)])


if __name__ == "__main__":
    main()
