"""Who takes part in the races of sweeps: a laboratory of its own with a sweep, or bare engines with the same
cohorts.

`python -m benchmarks.sweep_racers lab SLOTS TASK TRIALS PLAN` and `... bare TASK COHORTS`, both with JSON.
"""

import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.laboratory import laboratory, load_what_workers_load
from benchmarks.race import Racer, race
from benchmarks.sweep_laboratory import Bench
from benchmarks.sweep_peers import CORES
from benchmarks.sweep_tasks import TASKS, parts_of

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
ME = "benchmarks.sweep_racers"


def main() -> None:
    kind, *arguments = sys.argv[1:]
    {"lab": sweep_in_lab, "bare": bare_engines}[kind](*arguments)


def in_lab(task: str, trials: int, slots: int = CORES, **plan: Any) -> list[str]:
    """A sweep in a laboratory of so many slots."""
    return [ME, "lab", str(slots), task, str(trials), json.dumps(plan)]


def bare(task: str, cohorts: Path) -> list[str]:
    """Bare engines, one for each core, and a file with the specs of the cohorts to train."""
    return [ME, "bare", task, str(cohorts)]


def run(turn: int, *racers: list[str]) -> list[Racer]:
    """Let them run against each other, each engine with one thread. Who begins changes from turn to turn."""
    return race(*racers, turn=turn, environment=dict.fromkeys(THREADS, "1"))


def wait_for_the_start() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


# --- a laboratory


def sweep_in_lab(slots: str, task: str, trials: str, plan: str) -> None:
    """A sweep by workers that have trained before."""
    with laboratory(HONE_SLOTS=slots, HONE_THREADS="1") as lab:
        bench = Bench(lab)
        bench.prepare(task)
        wait_for_the_start()
        swept = bench.sweep(task, int(trials), **json.loads(plan))
        print(json.dumps(swept._asdict()), flush=True)


# --- bare engines


def bare_engines(task: str, cohorts: str) -> None:
    """From the start until the last engine is done. Their processes are made, and as nice, as those of
    workers."""
    load_what_workers_load()
    from webapp.lab.parts import NICENESS

    os.nice(NICENESS)
    specs = json.loads(Path(cohorts).read_text())
    processes = multiprocessing.get_context("fork")
    begin, left = processes.Barrier(CORES + 1), processes.Value("i", len(specs))
    engines = [processes.Process(target=engine, args=(task, specs, begin, left)) for _ in range(CORES)]
    for process in engines:
        process.start()
    begin.wait()
    wait_for_the_start()
    began = time.time()
    begin.wait()
    for process in engines:
        process.join()
    print(json.dumps({"began": began, "ended": time.time()}), flush=True)


def engine(task: str, cohorts: list[list[Any]], begin: Any, left: Any) -> None:
    """Train cohorts as long as there are any left, judged as trials are."""
    from engine import Data, Spec, Trainer

    parts = parts_of(task)
    data = Data(parts.x_train, parts.y_train, parts.x_dev, parts.y_dev, n_outputs=TASKS[task].widths[-1])
    begin.wait()  # all have loaded what they need
    begin.wait()
    while True:
        with left.get_lock():
            left.value -= 1
            mine = left.value
        if mine < 0:
            return
        specs = [Spec.model_validate(spec) for spec in cohorts[mine]]
        for _ in Trainer(specs, data, max_evaluated=len(data.x_dev)):
            pass


if __name__ == "__main__":
    main()
