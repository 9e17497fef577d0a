"""What a sweep is compared with: Optuna around scikit-learn's network, and around PyTorch's.

Each peer is written as somebody who knows it well would: Optuna's random sampler over the same ranges,
float32 data in memory, every trial trained to its end and judged on dev once, where Hone looks at train and
dev after every epoch. All cores are at work in WAY, the fastest of those below: on two cores, processes with
a study each finished 1.5 to 3.6 times as many trials of scikit-learn as two threads, and as many as or more
than processes that share a journal (figures of one turn; `--ways` measures again).

`peer_trials_per_minute("sklearn", "digits", 15)` measures in a process of its own, so that the number of
threads holds whatever was loaded here; `python -m benchmarks.sweep_peers` prints all of them.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.report import last_line, options, table
from benchmarks.sweep_tasks import SPACE, TASKS, Parts, Task, parts_of

CORES = len(os.sched_getaffinity(0))
PEERS = {"sklearn": "sklearn", "torch": "torch"}
SECONDS, TURNS = {True: 3.0, False: 15.0}, {True: 1, False: 3}
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Objective = Callable[[Any], float]  # an Optuna trial -> its dev error
Counted = tuple[int, float]  # trials, and the seconds they took


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--only", nargs="*", choices=TASKS, metavar="TASK", help="some of the tasks")
    parser.add_argument("--mnist", type=Path, metavar="FILE", help="mnist.npz, for the images")
    parser.add_argument("--ways", action="store_true", help="compare the ways to use all cores")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        kind, task, seconds, way = asked.measure
        print(json.dumps(trials_per_minute(kind, task, float(seconds), way, asked.mnist)))
        return
    ways = list(WAYS) if asked.ways else [WAY]
    found: dict[str, dict[str, float]] = {name: {} for name in asked.only or TASKS}
    for name, speeds in found.items():
        for kind in available():
            for way in ways:
                speeds[f"{kind}, {way}"] = median(
                    peer_trials_per_minute(kind, name, SECONDS[asked.quick], asked.mnist, way)
                    for _ in range(TURNS[asked.quick])
                )
    columns = list(next(iter(found.values())))
    table(
        ("finished trials a minute", *columns),
        [(name, *(float(speeds[column]) for column in columns)) for name, speeds in found.items()],
    )
    last_line({"trials_per_minute": found})


def available() -> list[str]:
    """The peers that are installed; `make peers` adds PyTorch."""
    return [kind for kind, module in PEERS.items() if find_spec(module)]


def peer_trials_per_minute(
    kind: str, task: str, seconds: float, mnist: Path | None = None, way: str | None = None
) -> float:
    """Finished trials a minute of a peer, on all cores, measured for about so many seconds."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.sweep_peers",
        "--measure",
        kind,
        task,
        str(seconds),
        way or WAY,
    ]
    done = subprocess.run(
        [*command, *(["--mnist", str(mnist)] if mnist else [])],
        env=os.environ | dict.fromkeys(_THREADS, "1"),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(json.loads(done.stdout))


def trials_per_minute(kind: str, name: str, seconds: float, way: str, mnist: Path | None) -> float:
    """The same in this process, whose libraries may use one thread each."""
    with tempfile.TemporaryDirectory(prefix="hone-peers-") as folder:
        found = WAYS[way](kind, name, seconds, mnist, Path(folder) / "journal")
    return 60 * sum(trials / took for trials, took in found)


# --- the ways to use all cores


def in_threads(kind: str, name: str, seconds: float, mnist: Path | None, _: Path) -> list[Counted]:
    """One study in memory, a thread for each core: the interpreter lets one of them work at a time."""
    import optuna

    objective = warmed_up(kind, name, mnist)
    return [searched(optuna.storages.InMemoryStorage(), objective, seconds, 0, CORES)]


def in_processes(kind: str, name: str, seconds: float, mnist: Path | None, file: Path) -> list[Counted]:
    """One study in a journal on the disk, a process for each core."""
    return _in_parallel(kind, name, seconds, mnist, file)


def apart(kind: str, name: str, seconds: float, mnist: Path | None, _: Path) -> list[Counted]:
    """A process for each core with a study of its own in memory: random trials need not know each other."""
    return _in_parallel(kind, name, seconds, mnist, None)


WAYS: dict[str, Callable[[str, str, float, Path | None, Path], list[Counted]]] = {
    "threads": in_threads,
    "processes": in_processes,
    "apart": apart,
}
WAY = "apart"


def _in_parallel(
    kind: str, name: str, seconds: float, mnist: Path | None, file: Path | None
) -> list[Counted]:
    processes = multiprocessing.get_context("spawn")
    begin, answers = processes.Barrier(CORES), processes.Queue()
    started = [
        processes.Process(
            target=_one_of_several, args=(kind, name, seconds, mnist, file, seed, begin, answers), daemon=True
        )
        for seed in range(CORES)
    ]
    for process in started:
        process.start()
    found = [answers.get(timeout=120 + 5 * seconds) for _ in started]
    for process in started:
        process.join()
    return found


def _one_of_several(
    kind: str,
    name: str,
    seconds: float,
    mnist: Path | None,
    file: Path | None,
    seed: int,
    begin: Any,
    answers: Any,
) -> None:
    from optuna.storages import InMemoryStorage, JournalStorage
    from optuna.storages.journal import JournalFileBackend

    objective = warmed_up(kind, name, mnist)
    storage = JournalStorage(JournalFileBackend(str(file))) if file else InMemoryStorage()
    begin.wait(120)
    answers.put(searched(storage, objective, seconds, seed))


def searched(storage: Any, objective: Objective, seconds: float, seed: int, threads: int = 1) -> Counted:
    """Search for so many seconds; the trials made here, and the time to the end of the last."""
    import optuna

    ended = 0

    def count(*_: Any) -> None:
        nonlocal ended
        ended += 1

    sampler = optuna.samplers.RandomSampler(seed=seed)
    study = optuna.create_study(storage=storage, study_name="peer", sampler=sampler, load_if_exists=True)
    start = time.perf_counter()
    study.optimize(objective, timeout=seconds, n_jobs=threads, callbacks=[count], catch=(ValueError,))
    return ended, time.perf_counter() - start


def warmed_up(kind: str, name: str, mnist: Path | None) -> Objective:
    """The objective, after a first trial that loads what there is to load."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")  # scikit-learn warns that the last epoch is not the minimum
    objective = OBJECTIVES[kind](TASKS[name], parts_of(name, mnist))
    objective(optuna.trial.FixedTrial({"learning_rate": 1e-3, "l2": 1e-3, "one_minus_beta1": 0.1}))
    return objective


# --- the peers


def suggested(trial: Any) -> tuple[float, float, float]:
    """Learning rate, L2 and beta1 of a trial, spread as in SPACE."""
    rate, l2, beta1 = SPACE["learning_rate"], SPACE["l2"], SPACE["optimizer.beta1"]
    return (
        trial.suggest_float("learning_rate", rate["low"], rate["high"], log=True),
        trial.suggest_float("l2", l2["low"], l2["high"], log=True),
        1 - trial.suggest_float("one_minus_beta1", 1 - beta1["high"], 1 - beta1["low"], log=True),
    )


def sklearn(task: Task, parts: Parts) -> Objective:
    """`MLPClassifier`, whose alpha is our L2; it stops early for nothing, as ours does."""
    import sklearn as library
    from sklearn.neural_network import MLPClassifier

    library.set_config(assume_finite=True, skip_parameter_validation=True)

    def objective(trial: Any) -> float:
        rate, l2, beta1 = suggested(trial)
        model = MLPClassifier(
            task.units,
            learning_rate_init=rate,
            alpha=l2,
            beta_1=beta1,
            batch_size=task.batch,
            max_iter=task.epochs,
            n_iter_no_change=task.epochs,
            random_state=trial.number,
        )
        model.fit(parts.x_train, parts.y_train)
        return 1 - float(model.score(parts.x_dev, parts.y_dev))

    return objective


def torch(task: Task, parts: Parts) -> Objective:
    """Eager, with the fused Adam and denormals as zero; an epoch is shuffled as a whole, so that batches are
    views. Its weight decay is our L2 over the batch size."""
    import torch as library
    from torch import nn

    library.set_num_threads(1)
    alone = task.widths[-1] == 1
    x, x_dev = library.from_numpy(parts.x_train), library.from_numpy(parts.x_dev)
    y, y_dev = library.from_numpy(parts.y_train), library.from_numpy(parts.y_dev)
    cost = nn.BCEWithLogitsLoss() if alone else nn.CrossEntropyLoss()
    if alone:
        y, y_dev = y[:, None].float(), y_dev[:, None]

    def objective(trial: Any) -> float:
        rate, l2, beta1 = suggested(trial)
        library.set_flush_denormal(True)  # of the thread that calls
        library.manual_seed(trial.number)
        layers: list[nn.Module] = []
        for before, after in zip(task.widths[:-2], task.units, strict=True):
            layers += [nn.Linear(before, after), nn.ReLU()]
        model = nn.Sequential(*layers, nn.Linear(*task.widths[-2:]))
        optimizer = library.optim.Adam(
            model.parameters(), lr=rate, betas=(beta1, 0.999), weight_decay=l2 / task.batch, fused=True
        )
        for _ in range(task.epochs):
            order = library.randperm(len(x))
            for rows, answers in zip(x[order].split(task.batch), y[order].split(task.batch), strict=True):
                optimizer.zero_grad()
                cost(model(rows), answers).backward()
                optimizer.step()
        with library.inference_mode():
            z = model(x_dev)
            decided = (z > 0) if alone else z.argmax(1)
            return float((decided != y_dev).float().mean())

    return objective


OBJECTIVES: dict[str, Callable[[Task, Parts], Objective]] = {"sklearn": sklearn, "torch": torch}


if __name__ == "__main__":
    main()
