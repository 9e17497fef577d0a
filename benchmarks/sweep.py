"""Finished trials a minute: a sweep in the laboratory, beside Optuna around scikit-learn and PyTorch.

Same networks, data, epochs and batches, every trial to its end, all cores; what a sweep takes is counted from
its start to its end by the database's clock, with scheduling, recording and the judging of every epoch. Hone
and its peers take turns, all that is Hone races in slices of a second, and each figure is the median over the
turns of a ratio within one turn.

- `speedup`: over Optuna's own way to use all cores, `study.optimize(n_jobs=...)`, which is threads;
  `..._apart`: over the fastest way that was found, a process with a study of its own for each core.
- `asha_gain`: how much sooner the same search ends with successive halving, and whether it finds as good.
- `overhead_percent`: against the same cohorts trained by bare engines, one in a process for each core, and of
  all cores' time what the web server takes when a page shows the sweep; beside it, what the sweep takes
  longer when the browser, too, has only these cores, and opens the page within it.
- `two_process_gain`: trials a minute with two slots, in proportion to one.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.laboratory import beside, laboratory, open_page
from benchmarks.report import last_line, options, table
from benchmarks.sweep_laboratory import Bench, write_cohorts
from benchmarks.sweep_peers import CORES, available, peer_trials_per_minute
from benchmarks.sweep_racers import bare, in_lab, run
from benchmarks.sweep_tasks import SPACE, TASKS, spec_of

TURNS = {True: 1, False: 3}
RACES = {True: 1, False: 7}
PEER_SECONDS = {True: 5.0, False: 8.0}
COMPARED = {"": "threads", "_apart": "apart"}  # ways of the peers, by what their figures' names end in
HALVING = {"kind": "halving"}  # as the form offers it
ASKED = 10_000  # trials that are suggested at once


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--mnist", type=Path, metavar="FILE", help="mnist.npz, for the images")
    parser.add_argument("--only", nargs="*", choices=PARTS, metavar="PART", help="some of the parts")
    asked = parser.parse_args()
    result: dict[str, Any] = {}
    with laboratory() as lab:
        bench = Bench(lab, asked.quick, asked.mnist)
        for name in asked.only or PARTS:
            result |= PARTS[name](bench)
    last_line(result)


def speedup(bench: Bench) -> dict[str, Any]:
    """Trials a minute beside the peers, turn by turn."""
    found: dict[str, dict[str, float]] = {}
    rows = []
    peers = {f"optuna_{kind}{end}": (kind, way) for kind in available() for end, way in COMPARED.items()}
    for name in TASKS:
        speeds: dict[str, list[float]] = {each: [] for each in ("hone", *peers)}
        for _ in range(TURNS[bench.quick]):
            speeds["hone"].append(bench.sweep(name).per_minute)
            for peer, (kind, way) in peers.items():
                speed = peer_trials_per_minute(kind, name, PEER_SECONDS[bench.quick], bench.mnist, way)
                speeds[peer].append(speed)
        key = "mnist_10k" if bench.mnist and name == "images" else name.replace(",", "").replace(" ", "_")
        found[key] = {peer: round(median(_ratios(speeds["hone"], speeds[peer])), 2) for peer in peers}
        rows.append((name, *(float(median(values)) for values in speeds.values())))
    table(("finished trials a minute", "hone", *(each.removeprefix("optuna_") for each in peers)), rows)
    return {"speedup": found}


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def asha(bench: Bench) -> dict[str, Any]:
    """The same search with and without successive halving, against each other."""
    gains, rows, trials = [], [], bench.trials("digits")
    for turn in range(RACES[bench.quick]):
        strategy = {"kind": "random", "seed": turn}
        whole, halved = run(
            turn,
            in_lab("digits", trials, strategy=strategy),
            in_lab("digits", trials, strategy=strategy, pruning=HALVING),
        )
        gains.append(whole.seconds / halved.seconds)
        errors = [100 * racer.told["best"] for racer in (whole, halved)]
        rows.append((f"seed {turn}", whole.seconds, halved.seconds, *errors))
    table(("digits", "whole s", "halving s", "best error %", "with halving %"), rows)
    return {"asha_gain": round(median(gains), 2)}


def overhead(bench: Bench) -> dict[str, Any]:
    """Against bare engines that train the same cohorts, and what a page takes."""
    trials = 4 * bench.trials("digits")
    pages, watched = in_a_browser(bench, trials)
    cohorts = Path(os.environ["HONE_HOME"]) / "cohorts.json"
    write_cohorts(bench.sweep("digits", trials), cohorts)
    rows = []
    for turn in range(RACES[bench.quick]):
        through, engines = run(turn, in_lab("digits", trials), bare("digits", cohorts))
        over = 100 * (through.seconds / engines.seconds - 1)
        rows.append((f"turn {turn}", through.seconds, engines.seconds, over))
    table(("digits", "sweep s", "engines s", "overhead %"), rows)
    recorded = median(row[-1] for row in rows)
    table(
        ("overhead %", "recorded", "web server", "in a browser here"),
        [("digits", recorded, pages, watched)],
    )
    return {"overhead_percent": round(recorded + pages, 1), "watched_percent": round(watched, 1)}


def in_a_browser(bench: Bench, trials: int) -> tuple[float, float]:
    """In percent: of all cores' time what the web server takes while a page shows a sweep, and what the sweep
    takes longer when the browser, too, has only these cores."""
    pages, watched = [], []
    with open_page(bench.lab.sign_in_link) as page:
        for _ in range(TURNS[bench.quick]):
            alone = beside(bench.sweep, "digits", trials)
            before = seconds_of_web(bench.lab)
            with watching(page, bench):
                seen = beside(bench.sweep, "digits", trials)
                pages.append(100 * (seconds_of_web(bench.lab) - before) / (CORES * seen.seconds))
            watched.append(100 * (seen.seconds / alone.seconds - 1))
    return median(pages), median(watched)


def seconds_of_web(lab: Any) -> float:
    """Processor time that the web server has taken so far."""
    web = lab.part("web")
    return sum(sum(each.cpu_times()[:2]) for each in (web, *web.children(recursive=True)))


@contextmanager
def watching(page: Any, bench: Bench) -> Iterator[None]:
    """A page that shows the sweep that starts next, opened as soon as there is one."""
    from webapp.sweeps.models import Sweep

    coming = 1 + max(beside(lambda: list(Sweep.objects.values_list("pk", flat=True))))
    page.goto("about:blank")
    opening = "address => setTimeout(() => { location = address; }, 700)"
    page.evaluate(opening, f"{bench.lab.address}/sweeps/{coming}/")
    yield
    page.goto("about:blank")


def two_processes(bench: Bench) -> dict[str, Any]:
    """Trials a minute with two slots in proportion to one, against each other."""
    gains, rows, trials = [], [], bench.trials("digits")
    for turn in range(RACES[bench.quick]):
        one, two = run(turn, in_lab("digits", trials, slots=1), in_lab("digits", 2 * trials, slots=2))
        gains.append(2 * one.seconds / two.seconds)
        rows.append((f"turn {turn}", 60 * trials / one.seconds, 120 * trials / two.seconds))
    table(("trials a minute", "one slot", "two"), rows)
    return {"two_process_gain": round(median(gains), 2)}


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


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "speedup": speedup,
    "asha": asha,
    "overhead": overhead,
    "suggesting": suggesting,
    "two_processes": two_processes,
}


if __name__ == "__main__":
    main()
