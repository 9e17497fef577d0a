"""The curves of runs, smoothed and then thinned so that all of them together stay small."""

from typing import NamedTuple

import numpy as np
from django.core.cache import cache
from numpy.typing import NDArray

from engine.averages import beta_for, exponential_average
from webapp.charts.overlay import Band
from webapp.runs.history.reading import columns_of
from webapp.runs.models import Run, line

POINTS = 12_000  # of all cost curves together
ERRORS = 5_000  # and of all error curves
MOST = 400  # of one curve
SMOOTHED = 200  # the average looks back over this part of a run's steps
GRID = 200  # points of one group's band
GRIDS = 2_000  # and of all of them together
REMEMBERED = 3600  # seconds that the curves of an ended run are kept

Floats = NDArray[np.float64]


class Curves(NamedTuple):
    """Of one run: smoothed `cost` (n) over `steps`, and errors (m) over `epochs`; each with all three x."""

    steps: dict[str, Floats]
    cost: Floats
    epochs: dict[str, Floats]
    train_error: Floats
    dev_error: Floats

    @property
    def seconds(self) -> float:
        """Seconds trained."""
        return float(self.steps["time"][-1]) if len(self.cost) else 0.0


def curves_of(runs: list[Run]) -> dict[int, Curves]:
    """The curves of each run by its key. Ended runs are read once and remembered."""
    if not runs:
        return {}
    of_cost, of_errors = (min(MOST, total // len(runs)) for total in (POINTS, ERRORS))
    keys = {run.pk: f"compare:{run.pk}:{run.revision}:{run.step}:{run.attempt}:{of_cost}" for run in runs}
    known = cache.get_many([keys[run.pk] for run in runs if run.has_ended])
    found = {
        run.pk: _restored(known[keys[run.pk]]) if keys[run.pk] in known else _read(run, of_cost, of_errors)
        for run in runs
    }
    new = [run.pk for run in runs if run.has_ended and keys[run.pk] not in known]
    if fresh := {keys[pk]: _plain(found[pk]) for pk in new}:
        cache.set_many(fresh, REMEMBERED)
    return found


def _read(run: Run, of_cost: int, of_errors: int) -> Curves:
    steps, epochs, _ = columns_of(run, line(run.attempts.all()))
    step, seconds = steps["step"].astype(float), steps["seconds"].astype(float)
    cost = steps["cost"].astype(float)
    if len(cost):
        cost = exponential_average(cost, beta_for(max(1.0, len(cost) / SMOOTHED)))
    ends, numbers = epochs["step"].astype(float), epochs["epoch"].astype(float)
    kept = spread(len(cost), of_cost)
    few = spread(len(numbers), of_errors, epochs["dev_error"])
    epoch = np.interp(step, [0.0, *ends], [0.0, *numbers])
    time = np.interp(ends, step, seconds) if len(step) else np.zeros(len(ends))
    return Curves(
        {"step": step[kept], "epoch": epoch[kept], "time": seconds[kept]},
        cost[kept],
        {"step": ends[few], "epoch": numbers[few], "time": time[few]},
        epochs["train_error"][few].astype(float),
        epochs["dev_error"][few].astype(float),
    )


def spread(count: int, most: int, values: NDArray[np.floating] | None = None) -> NDArray[np.intp]:
    """Places of at most `most` + 1 rows of `count`: at equal distances, and where `values` is smallest."""
    if count <= most:
        return np.arange(count)
    kept = np.linspace(0, count - 1, most).round().astype(np.intp)
    if values is not None and np.isfinite(values).any():
        kept = np.append(kept, np.nanargmin(values))
    return np.unique(kept)


def rounded(values: Floats, digits: int = 5) -> list[float | None]:
    """Values with so many significant digits, for they are drawn and not computed with."""
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in values.tolist()]


def band(name: str, place: int, runs: list[tuple[Floats, Floats]], points: int = GRID) -> Band:
    """Mean, standard deviation and range of several curves (x, y) over what all of them reach."""
    runs = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in runs]
    runs = [(x, y) for x, y in runs if len(x)]
    if not runs:
        return Band(name, place, [], [], [], [], [], [])
    first, last = max(x[0] for x, _ in runs), min(x[-1] for x, _ in runs)
    grid = np.unique(np.linspace(first, max(first, last), points))
    values = np.array([np.interp(grid, x, y) for x, y in runs])
    mean, deviation = values.mean(0), values.std(0, ddof=1) if len(runs) > 1 else np.zeros(len(grid))
    lines = (grid, mean, mean - deviation, mean + deviation, values.min(0), values.max(0))
    return Band(name, place, *(rounded(line) for line in lines))


def _plain(curves: Curves) -> dict[str, object]:
    return {
        "steps": {name: values.tobytes() for name, values in curves.steps.items()},
        "epochs": {name: values.tobytes() for name, values in curves.epochs.items()},
        "lines": [values.tobytes() for values in (curves.cost, curves.train_error, curves.dev_error)],
    }


def _restored(plain: dict[str, dict[str, bytes]]) -> Curves:
    steps, epochs = (
        {name: np.frombuffer(block) for name, block in plain[part].items()} for part in ("steps", "epochs")
    )
    cost, train_error, dev_error = (np.frombuffer(block) for block in plain["lines"])
    return Curves(steps, cost, epochs, train_error, dev_error)
