"""What being watched costs: the same training with the engine alone, and through worker, recorder and page.

The overhead is the time from the first to the last step of a run through the laboratory, drawn by a real
browser whose page is open by then, over the time that the engine alone takes for the same steps in a plain
loop, as the median ratio of alternated pairs. The latency is the time from an optimizer step to the moment
its point was drawn there.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import django
import numpy as np
import polars as pl

from benchmarks.report import last_line, options, table

SECONDS = {True: 3.0, False: 5.0}  # of training in each half of a pair, quick or not
PAIRS = {True: 1, False: 15}

WATCH = """() => {
    window.drawn = [];
    const chart = document.getElementById("cost-chart");
    chart.addEventListener("shown", ({ detail }) => {
        if (detail) window.drawn.push([detail, Date.now() / 1000]);
    });
}"""

ENDED = "() => document.querySelector('[data-strip=state]').textContent === 'finished'"


class Case(NamedTuple):
    """A network on a dataset."""

    name: str
    dataset: int
    spec: Any


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--alone", nargs=2, metavar=("DATASET", "SPEC"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        print(engine_alone(int(asked.alone[0]), asked.alone[1]))
        return
    with laboratory() as lab:
        studied = [lasting(case, SECONDS[asked.quick]) for case in cases()]
        with open_page(lab.sign_in_link) as page:
            measure(page, lab.address, studied, PAIRS[asked.quick])


def measure(page: Any, address: str, studied: list[Case], pairs: int) -> None:
    """Each case pair by pair, then the table and the last line."""
    overhead: dict[str, float] = {}
    latency: list[np.ndarray] = []
    for case in studied:
        ratios = []
        for pair in range(pairs):
            before = alone_in_a_process(case) if pair % 2 else None
            watched, seen = through_the_laboratory(page, address, case)
            page.goto("about:blank")
            ratios.append(watched / (before or alone_in_a_process(case)))
            latency.append(seen)
        overhead[case.name] = 100 * (median(ratios) - 1)
    delays = 1000 * np.concatenate(latency)
    p50, p95 = (float(np.percentile(delays, share)) for share in (50, 95))
    table(("training through worker, recorder and page", "overhead %"), list(overhead.items()))
    table(("from step to drawn point", "ms"), [("p50", p50), ("p95", p95), ("steps", str(len(delays)))])
    last_line(
        {
            "overhead_percent": {name: round(value, 2) for name, value in overhead.items()},
            "latency_ms": {"p50": round(p50), "p95": round(p95)},
        }
    )


def cases() -> list[Case]:
    """The digits preset, and a middle-sized network on as many features as an MNIST image has."""
    from engine import Dense
    from webapp.runs.forms.presets import DEFAULT, PRESETS

    preset = PRESETS[DEFAULT].spec_for
    digits, images = digits_dataset(), images_dataset()
    layers = (Dense(units=256), Dense(units=128))
    wide = preset(images).model_copy(update={"layers": layers, "batch_size": 128})
    return [Case("digits", digits.pk, preset(digits)), Case("784-256-128-10", images.pk, wide)]


def lasting(case: Case, seconds: float) -> Case:
    """The case with as many epochs as take about `seconds` here."""
    one = case.spec.model_copy(update={"epochs": 4})
    per_epoch = alone_in_a_process(case._replace(spec=one)) / 4
    return case._replace(spec=case.spec.model_copy(update={"epochs": max(4, round(seconds / per_epoch))}))


def alone_in_a_process(case: Case) -> float:
    """Seconds of `engine_alone` in a fresh process with a worker's threads."""
    from django.conf import settings

    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), str(settings.HONE_THREADS))
    command = [
        sys.executable,
        "-m",
        "benchmarks.live",
        "--alone",
        str(case.dataset),
        case.spec.model_dump_json(),
    ]
    done = subprocess.run(command, env=os.environ | threads, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def engine_alone(dataset: int, spec_json: str) -> float:
    """Seconds from the first to the last step in a plain loop over the engine's events."""
    django.setup()
    from engine import Spec, StepMetrics, train
    from webapp.datasets.models import Dataset
    from webapp.datasets.preparation import prepare

    spec = Spec.model_validate_json(spec_json)
    data = prepare(Dataset.objects.get(pk=dataset), spec)
    first = last = 0.0
    for event in train(spec, data):
        if type(event) is StepMetrics:
            last = time.perf_counter()
            first = first or last
    return last - first


def through_the_laboratory(page: Any, address: str, case: Case) -> tuple[float, np.ndarray]:
    """Seconds from the first to the last step in the worker, and each step's delay until it was drawn."""
    from webapp.runs.queue import announce

    pk = beside(queued, case)
    page.goto(f"{address}/runs/{pk}/")
    page.get_by_text("Connected").wait_for()
    page.evaluate(WATCH)
    beside(announce, pk)
    page.wait_for_function(ENDED, timeout=300_000)
    page.wait_for_timeout(1000)
    return beside(times, pk, page.evaluate("window.drawn"))


def queued(case: Case) -> int:
    """The key of a new run of the case, of which no worker has heard yet."""
    from webapp.datasets.models import Dataset
    from webapp.runs.models import Run

    dataset = Dataset.objects.get(pk=case.dataset)
    spec = case.spec.model_dump(mode="json")
    return Run.objects.create(owner=dataset.owner, dataset=dataset, spec=spec, name=case.name).pk


def times(pk: int, drawn: list[tuple[int, float]]) -> tuple[float, np.ndarray]:
    """Seconds of training in the worker; delays (n,) of the steps that happened while the page watched."""
    from webapp.runs.columns import join, unpack
    from webapp.runs.models import Run

    run = Run.objects.get(pk=pk)
    steps = join([unpack(chunk.first_step, chunk.columns) for chunk in run.history()]).steps
    taken = run.started.timestamp() + steps["seconds"].astype(float)
    last_drawn, when = (np.array(column) for column in zip(*drawn, strict=True))
    watched = steps["step"][(steps["step"] > last_drawn[0]) & (steps["step"] <= last_drawn.max())]
    delays = when[np.searchsorted(last_drawn, watched)] - taken[watched - 1]
    return float(steps["seconds"][-1] - steps["seconds"][0]), delays


def beside(function: Any, *arguments: Any) -> Any:
    """Call what uses the database in another thread: the browser's driver keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments).result()


def owner() -> Any:
    """The person whom the laboratory signs in."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(is_superuser=True)


def digits_dataset() -> Any:
    """The built-in digits, 1,797 x 64."""
    from webapp.datasets.ingestion import ingest
    from webapp.datasets.models import Dataset

    digits = Dataset.objects.create(owner=owner(), name="digits", builtin="digits")
    ingest(digits.pk)
    return Dataset.objects.get(pk=digits.pk)


def images_dataset(n: int = 6000) -> Any:
    """n x 784 grey values in ten noisy classes, made here: what a step costs does not depend on them."""
    from webapp.datasets.ingestion import ingest
    from webapp.datasets.models import Dataset

    numbers = np.random.default_rng(0)
    label = numbers.integers(10, size=n)
    pixels = np.clip(numbers.normal(100 + 10 * label[:, None], 60, size=(n, 784)), 0, 255).astype(np.uint8)
    images = Dataset.objects.create(owner=owner(), name="images", target="label")
    images.folder.mkdir(parents=True)
    table = pl.DataFrame(pixels, schema=[f"pixel{i}" for i in range(784)])
    table.with_columns(label=pl.Series([f"class {i}" for i in label])).write_csv(images.source)
    ingest(images.pk)
    return Dataset.objects.get(pk=images.pk)


@contextmanager
def laboratory() -> Iterator[Any]:
    """A laboratory of its own, and Django in this process on the same home."""
    from tests.lab_process import Lab

    with tempfile.TemporaryDirectory(prefix="hone-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        os.environ.pop("REDIS_URL", None)
        os.environ |= {"HONE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "webapp.settings"}
        lab = Lab(home).start()
        django.setup()
        try:
            yield lab
        finally:
            lab.stop()


@contextmanager
def open_page(link: str) -> Iterator[Any]:
    """A page of the system's Chromium, signed in."""
    from playwright.sync_api import sync_playwright

    from tests import chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.OPTIONS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(link)
        yield page
        browser.close()


if __name__ == "__main__":
    main()
