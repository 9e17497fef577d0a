"""Finished trials a minute: a sweep in the laboratory, beside Optuna around scikit-learn and PyTorch.

Same networks, data, epochs and batches, every trial to its end, all cores; what a sweep takes is counted from
its start to its end by the database's clock, with scheduling, recording and the judging of every epoch. The
parts take turns, and each figure is the median over the turns of a ratio within one turn.

- `asha_gain`: how much sooner the same search ends with successive halving, and whether it finds as good.
- `overhead_percent`: against the same cohorts trained by bare engines, one in a process for each core, and of
  all cores' time what the web server takes when a page shows the sweep; beside it, what the sweep takes
  longer when the browser, too, has only these cores, and opens the page within it.
- `two_process_gain`: trials a minute with two slots, in proportion to one.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks.laboratory import beside, laboratory, load_what_workers_load, open_page, owner
from benchmarks.report import last_line, options, table
from benchmarks.sweep_peers import CORES, available, peer_trials_per_minute
from benchmarks.sweep_tasks import SPACE, TABLES, TASKS, spec_of, table_of

TURNS = {True: 1, False: 3}
OVERHEAD_TURNS = {True: 1, False: 5}  # a difference of two times is noisier than a ratio of tenfold ones
PEER_SECONDS = {True: 5.0, False: 8.0}
SHARE = {True: 4, False: 1}  # the sweeps have so many times fewer trials
HALVING = {"kind": "halving", "eta": 4, "first": 2}
ASKED = 10_000  # trials that are suggested at once


class Swept(NamedTuple):
    """A sweep that ended."""

    pk: int
    trials: int
    seconds: float
    best: float

    @property
    def per_minute(self) -> float:
        return 60 * self.trials / self.seconds


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--mnist", type=Path, metavar="FILE", help="mnist.npz, for the images")
    parser.add_argument("--only", nargs="*", choices=PARTS, metavar="PART", help="some of the parts")
    parser.add_argument("--bare", nargs=2, metavar=("TASK", "SPECS"), help=argparse.SUPPRESS)
    parser.add_argument("--slots", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.bare:
        print(json.dumps(bare(asked.bare[0], Path(asked.bare[1]), asked.mnist)))
        return
    if asked.slots:
        with laboratory(HONE_SLOTS=asked.slots, HONE_THREADS="1") as lab:
            print(json.dumps(Bench(lab, asked.quick, asked.mnist).sweep("digits").per_minute))
        return
    result: dict[str, Any] = {}
    with laboratory() as lab:
        bench = Bench(lab, asked.quick, asked.mnist)
        for name in asked.only or PARTS:
            result |= PARTS[name](bench)
    last_line(result)


class Bench:
    """A laboratory with the tasks' data, and what of it was asked for."""

    def __init__(self, lab: Any, quick: bool, mnist: Path | None) -> None:
        self.lab, self.quick, self.mnist = lab, quick, mnist
        self.versions: dict[str, int] = {}

    def trials(self, name: str) -> int:
        return TASKS[name].trials // SHARE[self.quick]

    def sweep(self, name: str, trials: int | None = None, **plan: Any) -> Swept:
        """Start a sweep of a task and wait for its end."""
        if (data := table_of(name)) not in self.versions:
            self.versions[data] = dataset(data, self.mnist)
            self._sweep(name, 8)  # loads what there is to load, in every worker
        return self._sweep(name, trials or self.trials(name), **plan)

    def _sweep(self, name: str, trials: int, **plan: Any) -> Swept:
        from engine import Spec
        from tests.lab_process import wait_until
        from webapp.datasets.models import Version
        from webapp.sweeps.models import Sweep
        from webapp.sweeps.plan import Plan
        from webapp.sweeps.starting import start

        version = Version.objects.get(pk=self.versions[table_of(name)])
        planned = Plan.model_validate({"space": {"dimensions": SPACE}, "trials": trials, **plan})
        sweep = start(owner(), version, Spec.model_validate(spec_of(TASKS[name])), planned, name)
        wait_until(lambda: Sweep.objects.get(pk=sweep.pk).has_ended, 600, "the end of the sweep")
        sweep.refresh_from_db()
        assert sweep.state == "finished", sweep.reason
        best = sweep.trials.ranked()[0].score
        return Swept(sweep.pk, trials, (sweep.ended - sweep.created).total_seconds(), best)


# --- the parts


def speedup(bench: Bench) -> dict[str, Any]:
    """Trials a minute beside the peers, turn by turn."""
    found: dict[str, dict[str, float]] = {}
    rows = []
    for name in TASKS:
        ratios: dict[str, list[float]] = {kind: [] for kind in available()}
        speeds: dict[str, list[float]] = {"hone": [], **{kind: [] for kind in available()}}
        for _ in range(TURNS[bench.quick]):
            speeds["hone"].append(bench.sweep(name).per_minute)
            for kind, values in ratios.items():
                speed = peer_trials_per_minute(kind, name, PEER_SECONDS[bench.quick], bench.mnist)
                speeds[kind].append(speed)
                values.append(speeds["hone"][-1] / speed)
        key = "mnist_10k" if bench.mnist and name == "images" else name.replace(",", "").replace(" ", "_")
        found[key] = {f"optuna_{kind}": round(median(values), 2) for kind, values in ratios.items()}
        rows.append((name, *(float(median(values)) for values in speeds.values())))
    table(("finished trials a minute", "hone", *available()), rows)
    return {"speedup": found}


def asha(bench: Bench) -> dict[str, Any]:
    """The same search with and without successive halving."""
    gains, rows = [], []
    for turn in range(TURNS[bench.quick]):
        strategy = {"kind": "random", "seed": turn}
        whole = bench.sweep("digits", strategy=strategy)
        halved = bench.sweep("digits", strategy=strategy, pruning=HALVING)
        gains.append(whole.seconds / halved.seconds)
        rows.append((f"seed {turn}", whole.seconds, halved.seconds, 100 * whole.best, 100 * halved.best))
    table(("digits", "whole s", "halving s", "best error %", "with halving %"), rows)
    return {"asha_gain": round(median(gains), 2)}


def overhead(bench: Bench) -> dict[str, Any]:
    """Against bare engines that train the same cohorts."""
    alone, pages, watched, trials = [], [], [], 4 * bench.trials("digits")  # the page is opened but once
    with open_page(bench.lab.sign_in_link) as page:
        for _ in range(OVERHEAD_TURNS[bench.quick]):
            swept = beside(bench.sweep, "digits", trials)
            engines = beside(engines_alone, bench, swept)
            alone.append(100 * (swept.seconds / engines - 1))
            before = seconds_of_web(bench.lab)
            with watching(page, bench):
                seen = beside(bench.sweep, "digits", trials)
                pages.append(100 * (seconds_of_web(bench.lab) - before) / (CORES * seen.seconds))
            watched.append(100 * (seen.seconds / engines - 1))
    parts = [median(each) for each in (alone, pages, watched)]
    table(("overhead %", "recorded", "web server", "in a browser here"), [("digits", *parts)])
    return {"overhead_percent": round(parts[0] + parts[1], 1), "watched_percent": round(parts[2], 1)}


def seconds_of_web(lab: Any) -> float:
    """Processor time that the web server has taken so far."""
    web = lab.part("web")
    return sum(sum(each.cpu_times()[:2]) for each in (web, *web.children(recursive=True)))


@contextmanager
def watching(page: Any, bench: Bench) -> Iterator[None]:
    """A page that shows the sweep that starts next."""
    from webapp.sweeps.models import Sweep

    coming = 1 + max(beside(lambda: list(Sweep.objects.values_list("pk", flat=True))))
    with beside_a_page(page, f"{bench.lab.address}/sweeps/{coming}/"):
        yield


@contextmanager
def beside_a_page(page: Any, address: str) -> Iterator[None]:
    """Open the page as soon as there is one."""
    page.goto("about:blank")
    page.evaluate("address => setTimeout(() => { location = address; }, 700)", address)
    yield
    page.goto("about:blank")


def suggesting(bench: Bench) -> dict[str, Any]:
    """What a random trial takes to be suggested, checked and made a spec; and one after as many results by
    the strategies that learn."""
    from engine import Spec
    from webapp.sweeps.space import Space
    from webapp.sweeps.strategies import STRATEGIES, Random, Result

    space = Space.model_validate({"dimensions": SPACE})
    base = Spec.model_validate(spec_of(TASKS["digits"])).model_dump(mode="json")
    began = time.perf_counter()
    values = Random().suggest(space, base, 1, ASKED, [])
    for each in values:
        space.point(base, each)
    took = 1000 * (time.perf_counter() - began) / ASKED
    rows = [("random", took)]
    scores = np.random.default_rng(0).random(ASKED).tolist()
    results = [Result(i, each, score) for i, (each, score) in enumerate(zip(values, scores, strict=True), 1)]
    for kind, strategy in STRATEGIES.items():
        if strategy.learns:
            learning = strategy()
            learning.load()
            learning.suggest(space, base, 21, 1, results[:20])
            began = time.perf_counter()
            learning.suggest(space, base, ASKED + 1, 1, results)
            rows.append((kind, 1000 * (time.perf_counter() - began)))
    table((f"a suggestion at {ASKED:,} trials", "ms"), rows)
    return {"suggest_ms": round(took, 3)}


def two_processes(bench: Bench) -> dict[str, Any]:
    """Trials a minute with one slot and with two, each in a laboratory of its own."""
    speeds: dict[str, list[float]] = {"1": [], "2": []}
    command = [sys.executable, "-m", "benchmarks.sweep", *(["--quick"] if bench.quick else [])]
    for _ in range(TURNS[bench.quick]):
        for slots, values in speeds.items():
            done = subprocess.run([*command, "--slots", slots], check=True, stdout=subprocess.PIPE, text=True)
            values.append(float(done.stdout.splitlines()[-1]))
    gain = median(two / one for one, two in zip(*speeds.values(), strict=True))
    table(
        ("digits", "one slot", "two"), [("trials a minute", *(median(values) for values in speeds.values()))]
    )
    return {"two_process_gain": round(gain, 2)}


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "speedup": speedup,
    "asha": asha,
    "overhead": overhead,
    "suggesting": suggesting,
    "two_processes": two_processes,
}

# --- bare engines


def engines_alone(bench: Bench, swept: Swept) -> float:
    """Seconds that bare engines take for the cohorts of a sweep, one engine for each core."""
    from webapp.sweeps.models import Cohort

    cohorts = [
        [trial.run.spec for trial in cohort.trials.select_related("run")]
        for cohort in Cohort.objects.filter(sweep=swept.pk)
    ]
    file = Path(os.environ["HONE_HOME"]) / "specs.json"
    file.write_text(json.dumps(cohorts))
    nice = ["nice", "-n", str(bench.lab.part("worker-training").nice())]
    command = [*nice, sys.executable, "-m", "benchmarks.sweep", "--bare", "digits", str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=one_thread_each())
    return float(json.loads(done.stdout))


def bare(name: str, file: Path, mnist: Path | None) -> float:
    """Seconds from the moment that all engines are ready until the last one is done. Their processes are made
    as those of workers are."""
    load_what_workers_load()
    cohorts = json.loads(file.read_text())
    processes = multiprocessing.get_context("fork")
    begin, left = processes.Barrier(CORES + 1), processes.Value("i", len(cohorts))
    started = [
        processes.Process(target=engine, args=(name, cohorts, mnist, begin, left)) for _ in range(CORES)
    ]
    for process in started:
        process.start()
    begin.wait(120)
    began = time.perf_counter()
    for process in started:
        process.join()
    return time.perf_counter() - began


def engine(name: str, cohorts: list[list[Any]], mnist: Path | None, begin: Any, left: Any) -> None:
    """Train cohorts as long as there are any left."""
    from benchmarks.sweep_tasks import parts_of
    from engine import Data, Spec, Trainer

    parts = parts_of(name, mnist)
    task = TASKS[name]
    data = Data(parts.x_train, parts.y_train, parts.x_dev, parts.y_dev, n_outputs=task.widths[-1])
    begin.wait(120)
    while True:
        with left.get_lock():
            left.value -= 1
            mine = left.value
        if mine < 0:
            return
        specs = [Spec.model_validate(spec) for spec in cohorts[mine]]
        for _ in Trainer(specs, data, max_evaluated=len(data.x_dev)):  # judged as trials are
            pass


def one_thread_each() -> dict[str, str]:
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return os.environ | dict.fromkeys(names, "1")


# --- the data as datasets


def dataset(name: str, mnist: Path | None) -> int:
    """The key of a version of a table."""
    from webapp.datasets.ingestion import ingest
    from webapp.datasets.models import Dataset

    if name in BUILTIN:
        made = Dataset.objects.begin(owner=owner(), name=name, builtin=BUILTIN[name])
    else:
        made = images_dataset(name, *TABLES[name](mnist))
    ingest(made.current_id)
    made.refresh_from_db()
    assert made.current.is_ready, made.current.problem
    return int(made.current_id)


BUILTIN = {"digits": "digits", "breast cancer": "breast_cancer"}


def images_dataset(name: str, x: np.ndarray, y: np.ndarray) -> Any:
    """Images of 28 x 28 and their classes, as an NPZ file."""
    from webapp.datasets.models import Dataset

    made = Dataset.objects.begin(owner=owner(), name=name)
    made.folder.mkdir(parents=True, exist_ok=True)
    with made.source.open("wb") as file:
        np.savez(file, x=np.round(255 * x).astype(np.uint8).reshape(-1, 28, 28), y=y)
    return made


if __name__ == "__main__":
    main()
