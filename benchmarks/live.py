"""What being recorded and watched costs: the same training with the engine alone, and through the laboratory.

While nobody looks, both train at once, each on a core of its own, and change cores every second, so that
whatever else slows the machine or one core slows both. The overhead is by how much fewer steps were made
through the laboratory in the same second: the median over all, in several runs, since each process is faster
or slower by where its memory came to lie. That is what recording, commands and layer statistics cost. While a
real browser draws the run, the laboratory and it have all cores: the two trainings take turns of a second, in
which the other one is stopped. The latency is the time from an optimizer step to the moment its point was
drawn there, in a run without turns.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import psutil

from benchmarks.laboratory import beside, laboratory, load_what_workers_load, open_page, owner
from benchmarks.report import last_line, options, table

TURN = 1.0  # seconds on one core, or while the other training is stopped
SETTLING = 0.25  # seconds at the start of a turn that do not count: the page still draws, the caches fill
RUNS = {True: 1, False: 4}  # through the laboratory while nobody looks, quick or not
PAIRS = {True: 2, False: 20}  # of turns in each of them
WATCHED_PAIRS = {True: 2, False: 40}
EPOCHS = 100_000  # more than there is time for: both trainings are ended
LIVE = {True: 2.0, False: 12.0}  # seconds of the run whose delays are measured, quick or not

WATCH = """() => {
    window.drawn = [];
    const chart = document.getElementById("cost-chart");
    chart.addEventListener("shown", ({ detail }) => {
        if (detail) window.drawn.push([detail, Date.now() / 1000]);
    });
}"""

ENDED = "() => document.querySelector('[data-strip=state]').textContent === 'stopped'"


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
        engine_alone(int(asked.alone[0]), asked.alone[1])
        return
    with laboratory() as lab, open_page(lab.sign_in_link) as page:
        studied = beside(cases)
        recorded = {case.name: recorded_overhead(page, lab, case, quick=asked.quick) for case in studied}
        watched = {
            case.name: watched_overhead(page, lab, case, WATCHED_PAIRS[asked.quick]) for case in studied
        }
        delays = np.concatenate([delays_of(page, lab, case, LIVE[asked.quick]) for case in studied])
    report(recorded, watched, 1000 * delays)


def report(recorded: dict[str, list[float]], watched: dict[str, list[float]], delays: np.ndarray) -> None:
    """The tables and the last line; overheads in percent, delays in ms."""
    p50, p95 = (float(np.percentile(delays, share)) for share in (50, 95))
    for title, overhead in (
        ("training through worker and recorder", recorded),
        ("and drawn by a browser on the same cores", watched),
    ):
        rows = [(name, median(pairs), *np.percentile(pairs, (25, 75))) for name, pairs in overhead.items()]
        table((title, "overhead %", "lower quartile", "upper"), rows)
    table(("from step to drawn point", "ms"), [("p50", p50), ("p95", p95), ("steps", str(len(delays)))])
    last_line(
        {
            "overhead_percent": {name: round(median(pairs), 2) for name, pairs in recorded.items()},
            "watched_percent": {name: round(median(pairs), 2) for name, pairs in watched.items()},
            "latency_ms": {"p50": round(p50), "p95": round(p95)},
        }
    )


def cases() -> list[Case]:
    """The digits preset, and a middle-sized network on as many features as an MNIST image has."""
    from engine import Dense

    images = images_dataset()
    layers = (Dense(units=256), Dense(units=128))
    wide = preset(images).model_copy(update={"layers": layers, "batch_size": 128})
    return [digits(), Case("784-256-128-10", images.pk, wide)]


def digits() -> Case:
    """The digits preset."""
    dataset = digits_dataset()
    return Case("digits", dataset.pk, preset(dataset))


def preset(dataset: Any) -> Any:
    """The default preset's spec for a dataset, for a training without end."""
    from webapp.runs.forms.presets import DEFAULT, PRESETS

    return PRESETS[DEFAULT].spec_for(dataset.current).model_copy(update={"epochs": EPOCHS})


# --- the overhead


def recorded_overhead(page: Any, lab: Any, case: Case, *, quick: bool) -> list[float]:
    """By how many percent fewer steps a second were made through the laboratory while nobody looks."""
    runs = [
        overhead_of(page, lab, case, unwatched_run(case), partial(change_cores, seconds=2 * PAIRS[quick]))
        for _ in range(RUNS[quick])
    ]
    return [each for run in runs for each in run]


def watched_overhead(page: Any, lab: Any, case: Case, pairs: int) -> list[float]:
    """The same while a browser draws the run."""
    return overhead_of(page, lab, case, watched_run(page, lab, case), partial(take_turns, pairs=pairs))


def overhead_of(page: Any, lab: Any, case: Case, a_run: Any, schedule: Any) -> list[float]:
    """By how many percent fewer steps were made in this run than by the engine alone, turn by turn of the
    `schedule`.
    """
    with alone_in_a_process(case) as (alone, told), a_run as pk:
        pool = lab.part("worker-training").children()
        worker = max(pool, key=lambda process: process.cpu_percent(0.2))
        alone.nice(worker.nice())
        turns = schedule(page, worker, alone)
        alone.terminate()
        by_itself = np.frombuffer(told.read())
        beside(stop, pk)
    through = beside(step_times, pk)
    return [100 * (count(by_itself, mine) / count(through, theirs) - 1) for theirs, mine in turns]


def change_cores(page: Any, worker: Any, alone: Any, seconds: int) -> list[tuple[float, float]]:
    """When each second began in which both trained, for the laboratory and for the engine."""
    cores = sorted(os.sched_getaffinity(0))
    turns = []
    for second in range(seconds):
        mine, theirs = (cores[:1], cores[1:2]) if second % 2 else (cores[1:2], cores[:1])
        keep_to(worker.pid, mine)
        keep_to(alone.pid, theirs)
        turns.append((time.time(),) * 2)
        page.wait_for_timeout(1000 * TURN)
    keep_to(worker.pid, cores)
    return turns


def keep_to(process: int, cores: list[int]) -> None:
    """Let all threads of a process run on these cores only."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)


def take_turns(page: Any, worker: Any, alone: Any, pairs: int) -> list[tuple[float, float]]:
    """When each pair's turns began, the laboratory's and the engine's; in changing order."""
    alone.send_signal(signal.SIGSTOP)
    page.wait_for_timeout(1000)  # the run's first second asks the page for more than the others
    turns = []
    for pair in range(pairs):
        began = {}
        for who in ("worker", "alone") if pair % 2 else ("alone", "worker"):
            (worker if who == "alone" else alone).send_signal(signal.SIGSTOP)
            (worker if who == "worker" else alone).send_signal(signal.SIGCONT)
            began[who] = time.time()
            page.wait_for_timeout(1000 * TURN)
        turns.append((began["worker"], began["alone"]))
    worker.send_signal(signal.SIGCONT)
    alone.send_signal(signal.SIGCONT)
    return turns


def count(times: np.ndarray, began: float) -> int:
    """How many of the steps at `times` (n,) belong to the turn that began then."""
    first, last = np.searchsorted(times, (began + SETTLING, began + TURN))
    return int(last - first)


@contextmanager
def alone_in_a_process(case: Case) -> Iterator[Any]:
    """`engine_alone` with a worker's threads: the process that has begun to train, and what it writes."""
    from django.conf import settings

    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), str(settings.HONE_THREADS))
    command = [sys.executable, "-m", "benchmarks.live", "--alone", str(case.dataset)]
    parent = subprocess.Popen(
        [*command, case.spec.model_dump_json()], env=os.environ | threads, stdout=subprocess.PIPE
    )
    process = psutil.Process(int(parent.stdout.readline()))
    try:
        yield process, parent.stdout
    finally:
        with suppress(psutil.NoSuchProcess):
            process.kill()
        parent.wait()


def engine_alone(dataset: int, spec_json: str) -> None:
    """Train in a process that is made as those of workers are: where much was loaded before the fork, steps
    take one to three percent longer."""
    load_what_workers_load()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    else:
        train_alone(dataset, spec_json)


def train_alone(dataset: int, spec_json: str) -> None:
    """Train in a plain loop over the engine's events until SIGTERM; then write the time of each step.

    A first line says which process has begun to.
    """
    from engine import Spec, StepMetrics, train
    from webapp.datasets.models import Dataset
    from webapp.datasets.preparation import prepare

    ended = False

    def end(*_: Any) -> None:
        nonlocal ended
        ended = True

    signal.signal(signal.SIGTERM, end)
    spec = Spec.model_validate_json(spec_json)
    data = prepare(Dataset.objects.get(pk=dataset).current, spec)
    times: list[float] = []
    for event in train(spec, data):
        if type(event) is StepMetrics:
            times.append(time.time())
            if len(times) == 1:
                os.write(1, b"%d\n" % os.getpid())
        if ended:
            break
    sys.stdout.buffer.write(np.array(times).tobytes())


# --- the latency


def delays_of(page: Any, lab: Any, case: Case, seconds: float) -> np.ndarray:
    """Seconds (n,) from each step, from the run's first on, until it was drawn."""
    with watched_run(page, lab, case) as pk:
        page.wait_for_timeout(1000 * seconds)
        beside(stop, pk)
        page.wait_for_function(ENDED)
        drawn = page.evaluate("window.drawn")
    steps = beside(step_times, pk)
    last_drawn, when = (np.array(column) for column in zip(*drawn, strict=True))
    return when[np.searchsorted(last_drawn, np.arange(len(steps)) + 1)] - steps


# --- runs through the laboratory


@contextmanager
def watched_run(page: Any, lab: Any, case: Case) -> Iterator[int]:
    """The key of a run of the case that trains while the page, open before its first step, watches."""
    from webapp.runs.queue import announce

    pk = beside(queued, case)
    page.goto(f"{lab.address}/runs/{pk}/")
    page.get_by_text("Connected").wait_for()
    page.evaluate(WATCH)
    beside(announce, pk)
    page.wait_for_function("() => window.drawn.length > 0")
    yield pk
    page.goto("about:blank")


@contextmanager
def unwatched_run(case: Case) -> Iterator[int]:
    """The key of a run of the case that trains while nobody looks."""
    from tests.lab_process import wait_until
    from webapp.runs.models import Run
    from webapp.runs.queue import announce

    pk = beside(queued, case)
    beside(announce, pk)
    beside(wait_until, lambda: Run.objects.get(pk=pk).step > 0, 30, "the first step")
    yield pk


def queued(case: Case) -> int:
    """The key of a new run of the case, of which no worker has heard yet."""
    from webapp.datasets.models import Dataset
    from webapp.runs.models import Run

    dataset = Dataset.objects.get(pk=case.dataset)
    spec = case.spec.model_dump(mode="json")
    return Run.objects.create(owner=dataset.owner, version=dataset.current, spec=spec, name=case.name).pk


def stop(pk: int) -> None:
    """Ask the run to stop, and wait until it has."""
    from tests.lab_process import wait_until
    from webapp.runs.cockpit.commands import issue
    from webapp.runs.models import Run

    run = Run.objects.get(pk=pk)
    issue(run, run.owner, "stop")
    wait_until(lambda: not Run.objects.get(pk=pk).is_live, 30, "the end of the run")


def step_times(pk: int) -> np.ndarray:
    """When each step of the run was made (n,), in seconds since 1970."""
    from webapp.runs.history.reading import columns_of
    from webapp.runs.models import Run, line

    run = Run.objects.get(pk=pk)
    steps = columns_of(run, line(run.attempts.all())).steps
    attempt = run.attempts.get()
    return attempt.began.timestamp() - attempt.seconds + steps["seconds"].astype(float)


def digits_dataset() -> Any:
    """The built-in digits, 1,797 x 64."""
    from webapp.datasets.ingestion import ingest
    from webapp.datasets.models import Dataset

    digits = Dataset.objects.begin(owner=owner(), name="digits", builtin="digits")
    ingest(digits.current_id)
    return Dataset.objects.get(pk=digits.pk)


def images_dataset(n: int = 4000) -> Any:
    """n x 784 grey values in ten noisy classes, made here: what a step costs does not depend on them."""
    from webapp.datasets.ingestion import ingest
    from webapp.datasets.models import Dataset
    from webapp.datasets.recipe import Recipe

    numbers = np.random.default_rng(0)
    label = numbers.integers(10, size=n)
    pixels = np.clip(numbers.normal(100 + 10 * label[:, None], 60, size=(n, 784)), 0, 255).astype(np.uint8)
    images = Dataset.objects.begin(Recipe(targets=("label",)), owner=owner(), name="images")
    images.folder.mkdir(parents=True)
    table = pl.DataFrame(pixels, schema=[f"pixel{i}" for i in range(784)])
    table.with_columns(label=pl.Series([f"class {i}" for i in label])).write_csv(images.source)
    ingest(images.current_id)
    return Dataset.objects.get(pk=images.pk)


if __name__ == "__main__":
    main()
