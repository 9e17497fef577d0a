"""What the lab starts: one entry for each part."""

import os
import re
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from webapp.lab import health, ready, redis
from webapp.lab.address import local_name

# Celery's words to root, and on leaving, that tell the reader of the log nothing
WORKER_NOISE = re.compile(
    r"SecurityWarning|absolutely not recommended|--uid option|User information|_warn_or_raise|Warm shutdown"
)


#: How far all but the web server and Redis step back, so that pages stay quick while runs train.
NICENESS = 5


@dataclass(frozen=True)
class Part:
    """A process the lab looks after.

    is_ready: told the process number, whether the part does its work by now.
    first: the others need it: it starts before them and stops after them.
    nice: how far it steps back for the others, 0 to 19.
    keep: descriptors of the lab that the part uses.
    preload: modules worth loading before the part is forked, because others use them too.
    noise: lines of its output that nobody needs.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[int], bool] = lambda _pid: True
    environment: Mapping[str, str] = field(default_factory=dict)
    first: bool = False
    nice: int = 0
    keep: tuple[int, ...] = ()
    preload: tuple[str, ...] = ()
    noise: re.Pattern[str] | None = None


def parts(host: str, listener: socket.socket) -> list[Part]:
    """Everything that makes a laboratory; no Redis when REDIS_URL names one that already runs."""
    embedded = [] if os.environ.get("REDIS_URL") else [redis_server()]
    return [
        *embedded,
        web(host, listener),
        worker("training", settings.HONE_SLOTS),
        worker("ingestion", 1),
        Part("reaper", (sys.executable, "manage.py", "reaper"), nice=NICENESS),
    ]


def redis_server() -> Part:
    path = redis.socket_path(settings.HONE_HOME)
    return Part(
        "redis",
        redis.command(settings.HONE_HOME),
        is_ready=lambda _pid: redis.answers(path),
        first=True,
        noise=redis.NOISE,
    )


def web(host: str, listener: socket.socket) -> Part:
    descriptor, port = listener.fileno(), listener.getsockname()[1]
    file = ready_file("web")
    return Part(
        "web",
        (sys.executable, "-m", "webapp.lab.serve", str(descriptor)),
        is_ready=lambda pid: ready.is_announced(file, pid) and health.answers(local_name(host), port),
        environment={ready.VARIABLE: str(file)},
        keep=(descriptor,),
        preload=("redis.asyncio",),
    )


def worker(queue: str, concurrency: int) -> Part:
    """A Celery worker for one queue."""
    celery = ("-m", "celery", "-A", "webapp", "--quiet", "--skip-checks", "worker", "--loglevel", "WARNING")
    job = ("-Q", queue, "--concurrency", str(concurrency), "--hostname", f"{queue}@%h")
    silence = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    file = ready_file(f"worker-{queue}")
    return Part(
        f"worker-{queue}",
        (sys.executable, *celery, *job, *silence),
        is_ready=lambda pid: ready.is_announced(file, pid),
        environment={ready.VARIABLE: str(file)},
        nice=NICENESS,
        preload=(
            "celery.bin.celery",
            "celery.apps.worker",
            "celery.concurrency.prefork",
            "kombu.transport.redis",
        ),
        noise=WORKER_NOISE,
    )


def ready_file(name: str) -> Path:
    """Where a part says that it is ready, as `ready.announce` does."""
    folder = settings.HONE_HOME / "ready"
    folder.mkdir(exist_ok=True)
    return folder / name


def environment(part: Part) -> dict[str, str]:
    """The environment `part` runs in: the lab's own, the same home, and what the part asks for."""
    home = {"HONE_HOME": str(settings.HONE_HOME), "PYTHONUNBUFFERED": "1"}
    settings_module = {"DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "webapp.settings")}
    return {**os.environ, **settings_module, **home, **part.environment}


def working_folder() -> Path:
    """Where every part runs: next to manage.py."""
    return settings.BASE_DIR
