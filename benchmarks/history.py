"""How long runs take to open: a million and ten million steps with six series, as a worker leaves them.

Opening is what the server does for the page's first moments: the first message of its socket, read and
encoded, and the smoothed cost that its chart asks for. Zooming is one window of steps, each point of it. The
room is what the database has grown by, after the chunks were merged, for each point of a series.
"""

import os
import tempfile
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import django
import numpy as np

from benchmarks.report import last_line, options, table

STEPS = {True: (100_000, 1_000_000), False: (1_000_000, 10_000_000)}  # quick or not
TIMES = {True: 5, False: 15}
CHUNK = 2_000  # steps: those of 0.2 s
STEPS_PER_EPOCH = 1_000
OTHERS = ("gradient_norm", "update_ratio", "clipped")  # beside the three that are recorded today
BETA = "0.98"
ZOOM = 400  # steps


def main() -> None:
    asked = options(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="hone-bench-", ignore_cleanup_errors=True) as home:
        os.environ |= {"HONE_HOME": home, "DJANGO_SETTINGS_MODULE": "webapp.settings"}
        os.environ.pop("DATABASE_URL", None)
        django.setup()
        prepare()
        report(*(measured(n, TIMES[asked.quick]) for n in STEPS[asked.quick]))


def prepare() -> None:
    """An empty database, and three more series of steps, before anything reads which there are."""
    from django.conf import settings
    from django.core.management import call_command

    from webapp.runs.history.columns import F4, STEPS, Column

    STEPS.update(dict.fromkeys(OTHERS, Column(F4, extremes=True)))
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    call_command("migrate", verbosity=0)


def report(short: dict[str, float], long: dict[str, float]) -> None:
    """The table and the last line."""
    rows = [(name, short[name], long[name]) for name in short]
    table(("medians", f"{short['steps']:,.0f} steps", f"{long['steps']:,.0f} steps"), rows)
    names = ("open_ms", "payload_kb", "zoom_ms", "bytes_per_point")
    last_line({**{name: round(short[name], 2) for name in names}, "open_10m_ms": round(long["open_ms"], 2)})


def measured(n: int, times: int) -> dict[str, float]:
    """One run of n steps, opened and zoomed so many times."""
    before = database_bytes()
    began = perf_counter()
    run = recorded(n)
    writing = perf_counter() - began
    client = signed_in(run.owner)
    address = f"/runs/{run.pk}/series/"
    smooth = {"names": "cost", "beta": BETA}
    window = {"first": n // 2, "last": n // 2 + ZOOM}
    parts: dict[str, Callable[[], int]] = {
        "first message ms": lambda: len(first_message(run.pk)),
        "smoothed cost ms": lambda: len(client.get(address, smooth).content),
        "zoom_ms": lambda: len(client.get(address, window).content),
        "smoothed zoom ms": lambda: len(client.get(address, smooth | window).content),
    }
    spent = {name: [timed(call) for _ in range(times)] for name, call in parts.items()}
    result = {name: median(ms for ms, _ in taken) for name, taken in spent.items()}
    opening = list(zip(spent["first message ms"], spent["smoothed cost ms"], strict=True))
    return {
        "steps": n,
        "open_ms": median(message + smoothed for (message, _), (smoothed, _) in opening),
        "payload_kb": sum(size for _, size in opening[0]) / 1000,
        "bytes_per_point": (database_bytes() - before) / (n * (3 + len(OTHERS))),
        "recorded and merged s": writing,
        **result,
    }


def timed(call: Callable[[], int]) -> tuple[float, int]:
    """Milliseconds, and what came of it."""
    began = perf_counter()
    size = call()
    return 1000 * (perf_counter() - began), size


def first_message(pk: int) -> str:
    """What a page that has nothing gets."""
    from webapp.runs.history.reading import Cursor, news
    from webapp.runs.live.feed import encode

    return encode(news(pk, Cursor()))


def signed_in(user: Any) -> Any:
    """A client of the site, in this process; its session needs no Redis."""
    from django.conf import settings
    from django.test import Client

    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(user)
    return client


# --- the runs


def recorded(n: int) -> Any:
    """A finished run with a history of n steps, written in chunks and merged as the recorder does."""
    from webapp.runs.history.blocks import compact
    from webapp.runs.models import Attempt, Chunk, Run
    from webapp.runs.training.recorder import PILE, STAY

    run = a_run(n)
    Attempt.objects.create(run=run, number=1)
    numbers = np.random.default_rng(0)
    for sequence, first in enumerate(range(1, n + 1, CHUNK), 1):
        columns = chunk(numbers, np.arange(first, first + CHUNK))
        Chunk(run=run, attempt=1, sequence=sequence, first_step=first, n_steps=CHUNK, columns=columns).write()
        if sequence >= STAY + PILE and sequence % PILE == STAY:
            compact(run, STAY)
    compact(run)
    run.end(Run.State.FINISHED)
    return run


def chunk(numbers: np.random.Generator, step: np.ndarray) -> bytes:
    """Noise around a falling cost, and the like for the other series; epochs and pulse beside them."""
    from webapp.runs.history.columns import pack

    trend = 2 / np.log1p(step)
    steps = {"cost": trend * numbers.lognormal(0, 0.3, len(step)), "seconds": step / 10_000}
    steps["learning_rate"] = 0.001 * (1 + np.cos(step / 200_000))
    steps |= {name: trend * numbers.lognormal(0, 1, len(step)) for name in OTHERS}
    ends = step[step % STEPS_PER_EPOCH == 0]
    epochs = {"epoch": ends // STEPS_PER_EPOCH, "step": ends}
    epochs |= {
        name: numbers.uniform(0.1, 0.2, len(ends))
        for name in ("train_cost", "train_error", "dev_cost", "dev_error")
    }
    speed = {"memory_mb": numbers.uniform(300, 310, 1), "steps_per_second": numbers.uniform(9e3, 1e4, 1)}
    return pack(steps, epochs, {"step": step[-1:], "seconds": step[-1:] / 10_000, **speed})


def a_run(n: int) -> Any:
    """A run that a worker holds, at its last step."""
    from django.utils.timezone import now

    from tests.webapp.runs.factories import a_run, a_spec
    from webapp.runs.models import LEASE

    spec = a_spec(epochs=n // STEPS_PER_EPOCH)
    progress = {"step": n, "n_steps": n, "epoch": n // STEPS_PER_EPOCH, "n_train": 64 * STEPS_PER_EPOCH}
    return a_run(spec, state="running", attempt=1, lease_until=now() + LEASE, **progress)


def database_bytes() -> int:
    """What the tables take in the database's file."""
    from django.db import connection

    numbers = {}
    with connection.cursor() as cursor:
        for pragma in ("page_count", "freelist_count", "page_size"):
            cursor.execute(f"PRAGMA {pragma}")
            numbers[pragma] = cursor.fetchone()[0]
    return (numbers["page_count"] - numbers["freelist_count"]) * numbers["page_size"]


if __name__ == "__main__":
    main()
