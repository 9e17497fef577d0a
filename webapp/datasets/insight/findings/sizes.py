"""Whether there are enough rows: to judge by, and to learn so many inputs from."""

import math

from webapp.datasets.insight.facts import Facts
from webapp.datasets.insight.results import Finding
from webapp.datasets.recipe import Task
from webapp.datasets.splitting.notes import rows

SURE = 1.96  # deviations that 95% of a normal distribution lie within
AN_ERROR = 0.1  # the error rate for which the precision is told
COARSE, VERY_COARSE = 0.02, 0.05
VERY_WIDE = 10
LARGE = 1_000_000
ENOUGH = 20_000  # dev rows that tell errors of 10% and 10.4% apart


def coarse_parts(facts: Facts) -> list[Finding]:
    """Dev or test too small to tell two networks apart, or far larger than that takes."""
    _, dev, test = facts.parts
    if not dev:
        return [_no_dev()]
    if facts.n_rows >= LARGE and dev > facts.n_rows / 20:
        return [_large_dev(dev, facts.n_rows)]
    smallest = min(dev, test) if test else dev
    width = half_width(smallest)
    if width < COARSE:
        return []
    part = "Dev" if smallest == dev else "Test"
    return [
        Finding(
            kind="coarse",
            severity="medium" if width >= VERY_COARSE else "low",
            what=_precision(part, smallest, facts.task),
            why="Two settings whose results differ by less cannot be told apart: the better one may only "
            "have "
            "been lucky. Many trials on a small dev part also overfit it.",
            fix="Collect more data. Of a small dataset give dev 20% and more, repeat a trial with other "
            "seeds, "
            "and trust large differences only.",
        )
    ]


def half_width(n: int, error: float = AN_ERROR) -> float:
    """Half the 95% interval of an error rate measured on `n` rows: 1.96 sqrt(e (1 - e) / n)."""
    return SURE * math.sqrt(error * (1 - error) / n)


def _precision(part: str, n: int, task: str) -> str:
    if task == Task.REGRESSION:
        spread = SURE * math.sqrt(2 / n)  # of the mean of n squared normal errors, as a share of it
        return (
            f"{part} has {rows(n)}: a mean squared error measured there is known to ±{spread:.0%} of itself."
        )
    points = 100 * half_width(n)
    return f"{part} has {rows(n)}: an error of 10% measured there is known to ±{points:.1f} points."


def _no_dev() -> Finding:
    return Finding(
        kind="coarse",
        severity="high",
        what="There is no dev part.",
        why="Nothing tells variance from bias, and no setting can be chosen but by the training error.",
        fix="Give dev a share of the rows.",
    )


def _large_dev(dev: int, n_rows: int) -> Finding:
    return Finding(
        kind="large_dev",
        severity="low",
        what=f"Dev has {rows(dev)}, {dev / n_rows:.0%} of {n_rows:,}.",
        why=f"An error of 10% is known to ±{100 * half_width(ENOUGH):.1f} points from {ENOUGH:,} rows "
        "already; "
        "the others could train.",
        fix="With millions of rows 1% is enough for dev, and for test.",
    )


def more_inputs_than_rows(facts: Facts) -> list[Finding]:
    """Fewer training rows than inputs: something always fits."""
    train = facts.parts[0]
    if facts.n_features <= train:
        return []
    noun = "row" if train == 1 else "rows"
    return [
        Finding(
            kind="wide",
            severity="high" if facts.n_features >= VERY_WIDE * train else "medium",
            what=f"There are {facts.n_features:,} inputs and {train:,} training {noun}.",
            why="With more inputs than rows even a network without hidden units can fit its training rows by "
            "chance: expect a low training and a high dev error.",
            fix=f"{_fewer_inputs(facts)}, use L2 and dropout, and begin with a small network.",
        )
    ]


def _fewer_inputs(facts: Facts) -> str:
    if facts.inputs:
        return "Leave out the columns that tell least, encode categories with fewer inputs"
    return "Augment the images or make them smaller"  # pixels are no columns
