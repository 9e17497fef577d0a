"""The distribution check: how often it calls a fair split different, and how often it finds a planted shift.

Every seed draws data (or splits real ones) anew, splits them 60/20/20 and checks the parts. False alarms are
the share of fair splits with any difference found; power is the share of splits of 1,000 rows in which a
shift planted into one part was found. The last line is JSON.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from sklearn.datasets import load_breast_cancer, load_iris

from benchmarks.report import last_line, options, table
from webapp.datasets.drift import Check, Comparison, check
from webapp.datasets.recipe import SplitRecipe
from webapp.datasets.splitting import split

SEEDS, POWER_SEEDS = 200, 50
QUICK_SEEDS = 10
ROWS = 1_000
PARTS = ("train", "dev", "test")
CITIES = np.array([*"ABCDEFGH"])
CITY_SHARES = np.array([0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.03, 0.02])
Frames = dict[str, pl.DataFrame]


class Rows(NamedTuple):
    """Examples and their classes, by which the split is stratified, if there are any."""

    table: pl.DataFrame
    labels: np.ndarray | None


def real(load: Callable[..., Any]) -> Callable[[int], Rows]:
    """A dataset that comes with scikit-learn: the same rows for every seed."""
    x, y = load(return_X_y=True)
    rows = Rows(pl.DataFrame(x.astype(float), schema=[f"x{column}" for column in range(x.shape[1])]), y)
    return lambda seed: rows


def tiny(seed: int) -> Rows:
    x = np.random.default_rng(seed).normal(size=(150, 4))
    return Rows(pl.DataFrame(x, schema=[*"abcd"]), None)


def correlated(seed: int) -> Rows:
    """Thirty columns of deviation 1 that share three causes, and a class that follows from them."""
    rng = np.random.default_rng(seed)
    causes = rng.normal(size=(ROWS, 3))
    x = 0.5 * causes @ rng.choice([-1, 1], (3, 30)) + 0.5 * rng.normal(size=(ROWS, 30))
    return Rows(
        pl.DataFrame(x, schema=[f"x{column}" for column in range(30)]), (causes[:, 0] > 0).astype(int)
    )


def heavy_tailed(seed: int) -> Rows:
    x = np.random.default_rng(seed).lognormal(sigma=2, size=(600, 8))
    return Rows(pl.DataFrame(x, schema=[*"abcdefgh"]), None)


def mixed(seed: int, n_rows: int = ROWS) -> Rows:
    """Numbers, counts, categories, a yes or no, dates and missing values."""
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 12, n_rows)
    columns = pl.DataFrame(
        {
            "age": np.where(rng.random(n_rows) < 0.1, np.nan, age),
            "income": rng.lognormal(10, 1, n_rows) + 100 * age,
            "visits": rng.poisson(1.5, n_rows).astype(float),
            "city": rng.choice(CITIES, n_rows, p=CITY_SHARES),
            "name": [f"n{number}" for number in rng.integers(0, n_rows, n_rows)],
            "member": rng.random(n_rows) < 0.3,
            "since": np.datetime64("2020-01-01", "us") + rng.integers(0, 10**14, n_rows),
        }
    )
    return Rows(columns.with_columns(pl.col("age").fill_nan(None)), (age > 50).astype(int))


FAIR: dict[str, Callable[[int], Rows]] = {
    "breast cancer, 569 x 30": real(load_breast_cancer),
    "iris, 150 x 4": real(load_iris),
    "normal, 150 x 4": tiny,
    "correlated, 1000 x 30": correlated,
    "heavy-tailed, 600 x 8": heavy_tailed,
    "mixed, 1000 x 7": mixed,
}


def moved(part: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The mean of one column by half a deviation."""
    return part.with_columns(pl.col("age") + 6)


def spread(part: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The deviation of one column doubled."""
    return part.with_columns((pl.col("age") - 40) * 2 + 40)


def relocated(part: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """A city's share from 20% to about 40%."""
    moves = pl.Series(rng.random(len(part)) < 0.25)
    return part.with_columns(pl.when(moves).then(pl.lit("B")).otherwise(pl.col("city")).alias("city"))


def forgotten(part: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Missing values from 10% to about 28%."""
    gone = pl.Series(rng.random(len(part)) < 0.2)
    return part.with_columns(pl.when(gone).then(None).otherwise(pl.col("age")).alias("age"))


def one_of_thirty(part: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The mean of one of thirty correlated columns by half a deviation."""
    return part.with_columns(pl.col("x7") + 0.5)


SHIFTS = {
    "mean by 0.5 sd": (mixed, moved),
    "sd doubled": (mixed, spread),
    "category share": (mixed, relocated),
    "missing": (mixed, forgotten),
    "mean, 1 of 30 columns": (correlated, one_of_thirty),
}


def parts_of(rows: Rows, seed: int) -> Frames:
    """Train, dev and test at random, 60/20/20, classes in proportion."""
    found = split(SplitRecipe(seed=seed, dev=0.2, test=0.2), len(rows.table), labels=rows.labels)
    return {part: rows.table[index] for part, index in zip(PARTS, found, strict=False)}


def encoded(frames: Frames) -> dict[str, np.ndarray]:
    """Inputs as a network gets them: numbers as they are, a column of 0 and 1 for each frequent level."""
    return {part: np.column_stack([*_inputs(frame)]).astype(np.float32) for part, frame in frames.items()}


def _inputs(frame: pl.DataFrame) -> Iterator[np.ndarray]:
    for column in frame:
        if column.dtype == pl.String:
            yield from ((column == level).to_numpy() for level in CITIES)
        else:
            yield column.to_physical().cast(pl.Float64).to_numpy() / (
                1e12 if column.dtype.is_temporal() else 1
            )


def checked(frames: Frames, seed: int) -> Check:
    return check(frames, encoded(frames), seed)


def false_alarms(kind: str, seeds: int) -> dict[str, float]:
    """The share of fair splits called different, and of those in which the classifier or a column does."""
    return _shares([checked(parts_of(FAIR[kind](seed), seed), seed).comparisons for seed in range(seeds)])


def _shares(found: Sequence[Sequence[Comparison]]) -> dict[str, float]:
    return {
        "any": float(np.mean([any(not pair.alike for pair in pairs) for pairs in found])),
        "classifier": float(np.mean([any(pair.told_apart for pair in pairs) for pairs in found])),
        "columns": float(np.mean([any(pair.differences for pair in pairs) for pairs in found])),
    }


def power(shift: str, part: str, seeds: int) -> dict[str, float]:
    """The share of splits in which a pair with the shifted part is called different."""
    draw, plant = SHIFTS[shift]
    found = []
    for seed in range(seeds):
        frames = parts_of(draw(seed), seed)
        frames[part] = plant(frames[part], np.random.default_rng(seed))
        compared = checked(frames, seed).comparisons
        found.append([each for each in compared if part in (each.first, each.second)])
    return _shares(found)


def seconds(n_rows: int) -> float:
    frames = parts_of(mixed(0, n_rows), 0)
    features = encoded(frames)
    start = perf_counter()
    check(frames, features, 0)
    return perf_counter() - start


def main(arguments: list[str]) -> None:
    quick = options(__doc__).parse_args(arguments).quick
    seeds, power_seeds = (QUICK_SEEDS, QUICK_SEEDS) if quick else (SEEDS, POWER_SEEDS)
    alarms = {kind: false_alarms(kind, seeds) for kind in FAIR}
    headings = ["any", "classifier", "columns"]
    table(["false alarms", *headings], [[kind, *found.values()] for kind, found in alarms.items()])
    powers = {
        f"{shift}, {part}": power(shift, part, power_seeds) for shift in SHIFTS for part in ("train", "test")
    }
    table(["power", *headings], [[shift, *found.values()] for shift, found in powers.items()])
    took = {f"{n_rows:,} rows": seconds(n_rows) for n_rows in (1_000, 1_000_000)}
    table(["one check", "seconds"], list(took.items()))
    last_line(
        {"seeds": seeds, "power_seeds": power_seeds, "false_alarms": alarms, "power": powers, "seconds": took}
    )


if __name__ == "__main__":
    main(sys.argv[1:])
