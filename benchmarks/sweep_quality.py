"""What a sweep finds: the accuracy on dev of its best trial, beside that of as many trials of Optuna's TPE
around scikit-learn's network.

Both search the same ranges, with the same parts of the data, layers and epochs, once for each seed, of which
the search and the first weights are drawn. A trial counts with its last epoch. What the best of each says of
the test part stands beside: nobody chose by it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import numpy as np

from benchmarks.laboratory import laboratory, owner
from benchmarks.report import last_line, options, table

DATASETS = ("breast_cancer", "wine", "moons")
TRIALS, SEEDS = {True: 24, False: 200}, {True: 1, False: 5}
EPOCHS = 30
#: Both hidden layers have as many units.
SPACE: dict[str, dict[str, Any]] = {
    "learning_rate": {"kind": "log", "low": 1e-4, "high": 1e-1},
    "l2": {"kind": "log", "low": 1e-4, "high": 10.0},
    "optimizer.beta1": {"kind": "one_minus_log", "low": 0.8, "high": 0.99},
    "layers.units": {"kind": "powers_of_two", "low": 8, "high": 64},
    "batch_size": {"kind": "powers_of_two", "low": 16, "high": 64},
}
PATIENCE = 1800.0  # seconds for one sweep
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Found(NamedTuple):
    """The accuracies of the best trial, the one that is best on dev."""

    dev: float
    test: float


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--only", nargs="*", choices=DATASETS, help="some of the datasets")
    parser.add_argument("--strategy", help="Hone's; without it TPE, where it is there, else random")
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peer:
        file, trials, seed = asked.peer
        print(json.dumps(peer(Path(file), int(trials), int(seed))))
        return
    trials, seeds = TRIALS[asked.quick], range(SEEDS[asked.quick])
    with laboratory(), tempfile.TemporaryDirectory(prefix="hone-quality-") as folder:
        strategy = asked.strategy or usual_strategy()
        found = {}
        for name in asked.only or DATASETS:
            version = lab_version(name)
            file = written(version, Path(folder) / f"{name}.npz")
            ours = [hone(version, strategy, trials, seed) for seed in seeds]
            found[name] = ours, peers(file, trials, seeds)
    report(found, strategy, trials)


def report(found: dict[str, tuple[list[Found], list[Found]]], strategy: str, trials: int) -> None:
    """The table and the last line, in percent."""
    rows, told = [], {}
    for name, (ours, theirs) in found.items():
        dev, peer_dev = (100 * mean(each.dev for each in side) for side in (ours, theirs))
        test, peer_test = (100 * mean(each.test for each in side) for side in (ours, theirs))
        wins = sum(mine.dev >= its.dev for mine, its in zip(ours, theirs, strict=True))
        rows.append(
            (
                name,
                f"{dev:.2f}",
                f"{peer_dev:.2f}",
                f"{wins} of {len(ours)}",
                f"{test:.2f}",
                f"{peer_test:.2f}",
            )
        )
        told[name] = {
            "hone": round(dev, 2),
            "optuna": round(peer_dev, 2),
            "at_least_equal": dev >= peer_dev - 1e-9,
            "hone_test": round(test, 2),
            "optuna_test": round(peer_test, 2),
        }
    heading = f"{trials} trials, Hone by {strategy}"
    table((heading, "dev % Hone", "Optuna", "at least as good", "test % Hone", "Optuna"), rows)
    last_line({"trials": trials, "strategy": strategy, "accuracy": told})


# --- Hone


def usual_strategy() -> str:
    """TPE, where it is there."""
    from pydantic import ValidationError

    from webapp.sweeps.plan import Plan

    try:
        Plan.model_validate({"strategy": "tpe"})
    except ValidationError:
        return "random"
    return "tpe"


def lab_version(key: str) -> Any:
    """A built-in dataset, read by the laboratory's own worker."""
    from tests.lab_process import wait_until
    from webapp.datasets.incoming.builtins import take
    from webapp.datasets.models import Version

    dataset = take(key)
    wait_until(lambda: Version.objects.get(pk=dataset.current_id).is_ready, 60, f"the reading of {key}")
    return Version.objects.select_related("dataset").get(pk=dataset.current_id)


def spec_for(version: Any, seed: int) -> Any:
    """Two hidden layers under the head of the dataset, as scikit-learn has them."""
    from engine import Spec
    from webapp.datasets.preparation import heads_for

    return Spec(
        layers=({"units": 16}, {"units": 16}),
        head={"kind": heads_for(version.task)[0]},
        batch_size=32,
        epochs=EPOCHS,
        seed=seed,
    )


def hone(version: Any, strategy: str, trials: int, seed: int) -> Found:
    """A sweep through the laboratory and its workers."""
    from tests.lab_process import wait_until
    from webapp.sweeps.models import Sweep
    from webapp.sweeps.plan import Plan
    from webapp.sweeps.starting import start

    plan = Plan.model_validate(
        {"space": {"dimensions": SPACE}, "trials": trials, "strategy": {"kind": strategy, "seed": seed}}
    )
    sweep = start(owner(), version, spec_for(version, seed), plan, f"{version.name}, seed {seed}")
    wait_until(lambda: Sweep.objects.get(pk=sweep.pk).has_ended, PATIENCE, f"the end of {sweep}")
    best = sweep.trials.ranked().select_related("run")[0]
    return Found(1 - best.score, 1 - best.run.test_error)


# --- the peer


def written(version: Any, file: Path) -> Path:
    """The parts of a version, inputs as Hone's networks see them."""
    from webapp.datasets.preparation import prepare, prepare_test

    spec = spec_for(version, 0)
    data, test = prepare(version, spec), prepare_test(version, spec)
    parts = {"x_train": data.x_train, "y_train": data.y_train, "x_dev": data.x_dev, "y_dev": data.y_dev}
    np.savez(file, **parts, x_test=test.x, y_test=test.y)
    return file


def peers(file: Path, trials: int, seeds: range) -> list[Found]:
    """The peer's search of every seed, as many at once as there are cores."""

    def one(seed: int) -> Found:
        command = [
            sys.executable,
            "-m",
            "benchmarks.sweep_quality",
            "--peer",
            str(file),
            str(trials),
            str(seed),
        ]
        environment = os.environ | dict.fromkeys(_THREADS, "1")
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        return Found(*json.loads(done.stdout))

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(one, seeds))


def peer(file: Path, trials: int, seed: int) -> Found:
    """Optuna's TPE around scikit-learn's network, in this process."""
    import optuna
    from sklearn.neural_network import MLPClassifier

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")  # scikit-learn warns that the last epoch is not the minimum
    parts = dict(np.load(file))
    best = Found(0, 0)

    def objective(trial: Any) -> float:
        nonlocal best
        model = MLPClassifier(
            (suggested(trial, "layers.units"),) * 2,
            learning_rate_init=suggested(trial, "learning_rate"),
            alpha=suggested(trial, "l2"),
            beta_1=suggested(trial, "optimizer.beta1"),
            batch_size=suggested(trial, "batch_size"),
            max_iter=EPOCHS,
            n_iter_no_change=EPOCHS,
            random_state=seed,
        )
        model.fit(parts["x_train"], parts["y_train"])
        dev = float(model.score(parts["x_dev"], parts["y_dev"]))
        if dev > best.dev:
            best = Found(dev, float(model.score(parts["x_test"], parts["y_test"])))
        return 1 - dev

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, n_trials=trials, catch=(ValueError,))
    return best


def suggested(trial: Any, name: str) -> Any:
    """The value of a dimension, spread as in SPACE."""
    known = SPACE[name]
    low, high = known["low"], known["high"]
    match known["kind"]:
        case "log":
            return trial.suggest_float(name, low, high, log=True)
        case "one_minus_log":
            return 1 - trial.suggest_float(name, 1 - high, 1 - low, log=True)
        case "powers_of_two":
            return 1 << trial.suggest_int(name, low.bit_length() - 1, high.bit_length() - 1)
    raise ValueError(f"There is no kind {known['kind']} here.")


if __name__ == "__main__":
    main()
