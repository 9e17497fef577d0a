"""Search digits from coarse to fine while workers are killed, as somebody would who looks at the page.

    python -m tests.coarse_to_fine --trials 64 --kills 2

A coarse round, then a fine one in the box that it suggests. Every trial has to end, none may train twice,
and every step has to be in its history once; the best has to reach 98% on dev. The page, open in a browser,
has to follow without being loaded again.
"""

import argparse
import json
import sys
import time
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests import chromium
from tests.kill_workers import a_lab, trainers
from tests.lab_process import Lab, wait_until

ENOUGH = 0.98  # accuracy on dev
BEGIN = """
from django.contrib.auth import get_user_model
from engine import Spec
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset
from webapp.sweeps.plan import Plan
from webapp.sweeps.starting import start

owner = get_user_model().objects.get(is_superuser=True)
digits = Dataset.objects.begin(owner=owner, name="digits", builtin="digits")
ingest(digits.current_id)
digits.refresh_from_db()
spec = Spec(layers=[{"units": 64}, {"units": 32}], head="softmax", batch_size=32, epochs=EPOCHS)
dimensions = {
    "learning_rate": {"kind": "log", "low": 1e-4, "high": 1e-1},
    "l2": {"kind": "log", "low": 1e-3, "high": 10},
    "optimizer.beta1": {"kind": "one_minus_log", "low": 0.8, "high": 0.999},
    "layers.keep_prob": {"kind": "uniform", "low": 0.6, "high": 1},
}
plan = Plan.model_validate({"space": {"dimensions": dimensions}, "trials": TRIALS})
print(start(owner, digits.current, spec, plan, "Digits").pk)
"""
NEXT = """
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.findings import Findings
from webapp.sweeps.results import rows_of
from webapp.sweeps.pages.rounds import next_round

sweep = Sweep.objects.get(pk=PK)
findings = Findings(sweep, rows_of(sweep))
print(next_round(sweep.owner, sweep, findings.box(False), findings.narrowing.fixed).pk)
"""
STATE = """
import json
from webapp.sweeps.models import Sweep
print(json.dumps(list(Sweep.objects.filter(pk=PK).values_list("state", "reason"))[0]))
"""
WHOLE = """
import json
from webapp.runs.history.reading import columns_of
from webapp.runs.models import line
from webapp.sweeps.models import Sweep

def is_whole(run):
    steps, epochs = columns_of(run, line(run.attempts.all()))[:2]
    same = steps["step"].tolist() == list(range(1, run.n_steps + 1))
    return same and epochs["epoch"].tolist() == list(range(1, run.epoch + 1))

trials = list(Sweep.objects.get(pk=PK).trials.select_related("run"))
print(json.dumps({
    "states": sorted({trial.state for trial in trials}),
    "numbers": [trial.number for trial in trials],
    "runs": len({trial.run_id for trial in trials}),
    "whole": all(is_whole(trial.run) for trial in trials),
    "attempts": max(trial.run.attempt for trial in trials),
    "best": min(trial.score for trial in trials if trial.score is not None),
}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=60)
    asked = parser.parse_args()
    with a_lab(slots=2) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.OPTIONS)
        found = search(lab, browser.new_page(), asked.trials, asked.epochs, asked.kills)
        browser.close()
    print(json.dumps(found))
    sys.exit(not is_good(found, asked.trials))


def is_good(found: dict[str, Any], trials: int) -> bool:
    """Whether all trials ended well, once, and the best is good enough."""
    rounds = found["rounds"]
    ended = all(each["states"] == ["finished"] and each["whole"] for each in rounds)
    once = all(each["numbers"] == list(range(1, trials + 1)) and each["runs"] == trials for each in rounds)
    return ended and once and found["seen"] > 2 and found["accuracy"] >= ENOUGH


def search(lab: Lab, page: Page, trials: int, epochs: int, kills: int) -> dict[str, Any]:
    """Both rounds; what became of them, how long they took, and how often the page showed something new."""
    page.goto(lab.new_link())
    began = time.monotonic()
    coarse = int(lab.manage("shell", "-v0", "-c", filled(BEGIN, EPOCHS=epochs, TRIALS=trials)))
    seen = follow(lab, page, coarse, kills)
    fine = int(lab.manage("shell", "-v0", "-c", filled(NEXT, PK=coarse)))
    seen += follow(lab, page, fine, 0)
    seconds = time.monotonic() - began
    rounds = [json.loads(lab.manage("shell", "-v0", "-c", filled(WHOLE, PK=pk))) for pk in (coarse, fine)]
    accuracy = 1 - min(each["best"] for each in rounds)
    return {
        "seconds": round(seconds, 1),
        "accuracy": round(accuracy, 4),
        "coarse": round(1 - rounds[0]["best"], 4),
        "seen": seen,
        "rounds": rounds,
    }


def follow(lab: Lab, page: Page, pk: int, kills: int) -> int:
    """Look at the page of a sweep until it has ended, and kill workers meanwhile; how often it changed."""
    page.goto(f"{lab.address}/sweeps/{pk}/")
    page.evaluate(
        """() => {
            window.changes = 0;
            const trials = document.querySelector("[data-strip=trials]");
            new MutationObserver(() => { window.changes += 1; })
              .observe(trials, { childList: true, characterData: true, subtree: true });
        }"""
    )
    for _ in range(kills):
        wait_until(lambda: is_underway(lab, page, pk), 60, "trials that train")
        for process in trainers(lab):
            process.kill()
        page.wait_for_timeout(500)
    wait_until(lambda: page.wait_for_timeout(200) or has_ended(lab, pk), 300, "the end of the sweep")
    page.wait_for_function("() => !/running/.test(document.querySelector('[data-strip=state]').textContent)")
    return int(page.evaluate("window.changes"))


def is_underway(lab: Lab, page: Page, pk: int) -> bool:
    """Whether workers are in the middle of trials."""
    page.wait_for_timeout(300)
    text = filled("from webapp.sweeps.models import Cohort\nprint(Cohort.objects.held().count())")
    return int(lab.manage("shell", "-v0", "-c", text)) > 0 and not has_ended(lab, pk)


def has_ended(lab: Lab, pk: int) -> bool:
    state, reason = json.loads(lab.manage("shell", "-v0", "-c", filled(STATE, PK=pk)))
    assert state in ("running", "finished"), reason
    return bool(state == "finished")


def filled(script: str, **values: int) -> str:
    for name, value in values.items():
        script = script.replace(name, str(value))
    return script


if __name__ == "__main__":
    main()
