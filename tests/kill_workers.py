"""Kill workers in the middle of training, at random moments, and look at what becomes of their runs.

    python -m tests.kill_workers --moments 20

Each run loses its worker once, by SIGKILL. It has to go on by itself within 15 seconds, end with the weights
of a run that nobody disturbed, bit by bit, and have every step and every epoch in its history exactly once.
"""

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil

from tests.lab_process import Lab, wait_until

LIMIT = 15.0  # seconds until a run has to train again
PREPARE = """
import json
from django.contrib.auth import get_user_model
from engine import Dense, Spec
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset
from webapp.runs.models import Run

owner = get_user_model().objects.get(is_superuser=True)
digits = Dataset.objects.begin(owner=owner, name="digits", builtin="digits")
ingest(digits.current_id)
layers = (Dense(units=128, keep_prob=0.9), Dense(units=64, batch_norm=True))
spec = Spec(layers=layers, head="softmax", batch_size=32, epochs=600).model_dump(mode="json")
keeping = {"minutes": 0, "epochs": 50, "last": 3}
facts = {"owner": owner, "version_id": digits.current_id, "spec": spec, "keeping": keeping, "state": "paused"}
print(json.dumps([Run.objects.create(name=f"run {i}", **facts).pk for i in range(RUNS)]))
"""
SUBMIT = """
from webapp.runs.cockpit.commands import issue
from webapp.runs.models import Run

run = Run.objects.get(pk=PK)
issue(run, run.owner, "resume")
"""
WHOLE = """
import json
from webapp.runs.history.reading import columns_of
from webapp.runs.models import Run, line

def is_whole(run):
    steps, epochs = columns_of(run, line(run.attempts.all()))[:2]
    same = steps["step"].tolist() == list(range(1, run.step + 1))
    return same and epochs["epoch"].tolist() == list(range(1, run.epoch + 1))

print(json.dumps({run.pk: is_whole(run) for run in Run.objects.filter(pk__in=PKS)}))
"""


class Outcome(NamedTuple):
    """One run that lost its worker."""

    killed_at: int
    silent: float
    state: str
    same: bool
    whole: bool

    @property
    def is_good(self) -> bool:
        return self.state == "finished" and self.same and self.whole and self.silent <= LIMIT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with a_lab() as lab:
        outcomes = try_moments(lab, asked.moments, asked.seed)
    for outcome in outcomes:
        print(f"killed at step {outcome.killed_at:>6,}: silent for {outcome.silent:4.1f} s, {outcome}")
    good = sum(outcome.is_good for outcome in outcomes)
    seconds = [outcome.silent for outcome in outcomes]
    figures = {"silent_median_s": round(median(seconds), 1), "silent_max_s": round(max(seconds), 1)}
    print(json.dumps({"moments": len(outcomes), "good": good, **figures}))
    sys.exit(good < len(outcomes))


@contextmanager
def a_lab(slots: int = 1) -> Iterator[Lab]:
    """A laboratory of its own, with the leases that it has by default."""
    with tempfile.TemporaryDirectory(prefix="hone-kill-", ignore_cleanup_errors=True) as folder:
        lab = Lab(Path(folder) / "home", HONE_SLOTS=str(slots))
        try:
            yield lab.start()
        finally:
            lab.stop()


def try_moments(lab: Lab, moments: int, seed: int) -> list[Outcome]:
    """Train one run undisturbed and `moments` runs that lose their worker."""
    chance = random.Random(seed)
    pks = json.loads(lab.manage("shell", "-v0", "-c", PREPARE.replace("RUNS", str(moments + 1))))
    undisturbed, *others = pks
    submit(lab, undisturbed)
    reference = wait_until(lambda: ended(lab, undisturbed), 120, "the end of the undisturbed run")
    found = []
    for pk in others:
        moment = chance.randrange(50, reference["step"] * 6 // 10)
        submit(lab, pk)
        found.append((pk, *lose_worker(lab, pk, moment)))
    wholes = json.loads(lab.manage("shell", "-v0", "-c", WHOLE.replace("PKS", json.dumps(others))))
    return [
        Outcome(step, silent, row["state"], row["weights"] == reference["weights"], wholes[str(pk)])
        for pk, step, silent, row in found
    ]


def lose_worker(lab: Lab, pk: int, moment: int) -> tuple[int, float, dict[str, Any]]:
    """Kill the process that trains a run at a step; where, for how long nothing happened, and its end."""
    row = wait_until(lambda: at_least(lab, pk, moment), 120, f"step {moment} of run {pk}")
    killed = time.monotonic()
    for process in trainers(lab):
        process.kill()
    wait_until(lambda: read(lab, pk)["began"] > row["began"], 120, f"another attempt at run {pk}")
    silent = time.monotonic() - killed
    return row["step"], silent, wait_until(lambda: ended(lab, pk), 120, f"the end of run {pk}")


def trainers(lab: Lab) -> list[psutil.Process]:
    """The pool's processes of the training worker."""
    worker = lab.part("worker-training")
    assert worker is not None
    return worker.children()


def read(lab: Lab, pk: int) -> dict[str, Any]:
    """The row of a run, past Django: a look costs next to nothing."""
    query = """SELECT state, step, weights,
        (SELECT COUNT(*) FROM runs_attempt WHERE run_id = runs_run.id) AS began FROM runs_run WHERE id = ?"""
    address = f"file:{lab.home / 'hone.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=20)) as database:
        database.row_factory = sqlite3.Row
        return dict(database.execute(query, [pk]).fetchone())


def at_least(lab: Lab, pk: int, step: int) -> dict[str, Any] | None:
    row = read(lab, pk)
    assert row["state"] in ("queued", "starting", "running"), row
    return row if row["step"] >= step else None


def ended(lab: Lab, pk: int) -> dict[str, Any] | None:
    row = read(lab, pk)
    return row if row["state"] not in ("queued", "starting", "running") else None


def submit(lab: Lab, pk: int) -> None:
    """Let a run that was prepared into the queue."""
    lab.manage("shell", "-v0", "-c", SUBMIT.replace("PK", str(pk)))


if __name__ == "__main__":
    main()
