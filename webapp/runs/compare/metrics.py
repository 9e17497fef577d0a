"""The results of runs side by side, and how they differ from a baseline."""

from dataclasses import dataclass

import numpy as np

from webapp.runs.compare.curves import Curves
from webapp.runs.compare.differences import Difference
from webapp.runs.models import Run
from webapp.runs.pages.presentation import ABSENT, duration, error

ERRORS = {"best_dev_error": "Best dev error", "dev_error": "Dev error", "train_error": "Train error"}


@dataclass(frozen=True)
class Cell:
    """A figure, and beside it in words how it differs from the baseline's."""

    text: str
    change: str = ""
    verdict: str = ""


def of_run(run: Run, curves: Curves, baseline: Run | None) -> list[Cell]:
    """The cells of a run's row: the errors, the distance of dev from train, epochs, steps, time."""
    cells = [_error(run, getattr(run, name), baseline, name) for name in ERRORS]
    cells.append(_gap(run, baseline))
    cells += [Cell(f"{run.epoch:,}"), Cell(f"{run.step:,}"), Cell(duration(curves.seconds))]
    return cells


HEADINGS = [*ERRORS.values(), "Dev minus train", "Epochs", "Steps", "Trained for"]


def _error(run: Run, value: float | None, baseline: Run | None, name: str) -> Cell:
    text = error(run, value)
    before = getattr(baseline, name) if baseline is not None and baseline.pk != run.pk else None
    return compared(run, text, value, before)


def _gap(run: Run, baseline: Run | None) -> Cell:
    mine = gap(run)
    before = gap(baseline) if baseline is not None and baseline.pk != run.pk else None
    return compared(run, error(run, mine), mine, before)


def gap(run: Run) -> float | None:
    """How much worse dev is than train: the variance."""
    return None if None in (run.dev_error, run.train_error) else run.dev_error - run.train_error


def compared(run: Run, text: str, value: float | None, before: float | None) -> Cell:
    """A figure of which less is better, against the baseline's."""
    if value is None or before is None:
        return Cell(text)
    if np.isclose(value, before, rtol=1e-9, atol=0):
        return Cell(text, "= same", "same")
    worse = value > before
    arrow, word = ("▲", "worse") if worse else ("▼", "better")
    return Cell(text, f"{arrow} {error(run, abs(value - before))} {word}", word)


@dataclass(frozen=True)
class Group:
    """Runs with the same value of a field, and what their best dev errors say together."""

    name: str
    places: list[int]
    mean: str = ABSENT
    deviation: str = ABSENT
    least: str = ABSENT
    most: str = ABSENT


def groups_by(difference: Difference, runs: list[Run]) -> list[Group]:
    """The groups in the order of their first run."""
    members: dict[str, list[int]] = {}
    for place, words in enumerate(difference.words):
        members.setdefault(words, []).append(place)
    return [_group(f"{difference.title} {name}", places, runs) for name, places in members.items()]


def _group(name: str, places: list[int], runs: list[Run]) -> Group:
    known = [runs[place].best_dev_error for place in places if runs[place].best_dev_error is not None]
    if not known:
        return Group(name, places)
    deviation = float(np.std(known, ddof=1)) if len(known) > 1 else None
    figures = (float(np.mean(known)), deviation, min(known), max(known))
    return Group(name, places, *(error(runs[places[0]], figure) for figure in figures))
