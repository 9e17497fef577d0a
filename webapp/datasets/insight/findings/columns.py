"""Columns and rows that are empty; columns that never change, say the same as another, or reach too far."""

from typing import NamedTuple

import numpy as np
import polars as pl

from webapp.datasets.insight.correlations import copies
from webapp.datasets.insight.facts import Facts, listed
from webapp.datasets.insight.results import Finding
from webapp.datasets.insight.sample import Floats, numbers

EMPTY, HALF = 0.95, 0.5
NEARLY_ALL = 0.995
SKEWED = 3.0
FEWEST_VALUES = 20
FAR_OUT = 20.0  # quartiles' distances
RARE, MANY = 0.01, 0.1


def incomplete(facts: Facts) -> list[Finding]:
    """Inputs of which half the cells or more are empty."""
    shares = dict(zip(facts.missing.names, facts.missing.shares, strict=True))
    found = [name for name in shares if shares[name] >= HALF and name in facts.inputs]
    if not found:
        return []
    worst = shares[found[0]]
    return [
        Finding(
            kind="missing",
            severity="medium" if worst >= EMPTY or len(found) > len(facts.inputs) / 4 else "low",
            what=f"{listed(found)} {'is' if len(found) == 1 else 'are'} empty in half of the rows or more, "
            f"“{found[0]}” in {worst:.1%}.",
            why="What stands in for the missing values outweighs the known ones. If cells are missing for a "
            "reason, the reason is what the network learns.",
            fix="Leave the emptiest columns out, or give each an input that says whether its value is "
            "missing.",
            columns=found,
        )
    ]


def sparse_rows(facts: Facts) -> list[Finding]:
    """Rows of which half the inputs or more are empty."""
    if not facts.inputs:
        return []
    empty = facts.table.select(pl.sum_horizontal(pl.col(facts.inputs).is_null())).to_series()
    share = float((empty >= HALF * len(facts.inputs)).sum()) / max(1, len(empty))
    if share < RARE:
        return []
    return [
        Finding(
            kind="sparse",
            severity="medium" if share >= MANY else "low",
            what=f"In {share:.1%} of the rows half of the inputs or more are empty.",
            why="Filled with means, these rows look alike, whatever they are: the network gets their answers "
            "wrong, or learns that empty means something.",
            fix="Find out why they are empty. Leave such rows out, if those to be predicted will be "
            "complete.",
        )
    ]


def constant(facts: Facts) -> list[Finding]:
    """Inputs with one value in nearly all rows."""
    shares = {name: _top_share(facts, name) for name in facts.inputs}
    found = sorted((name for name in shares if shares[name] >= NEARLY_ALL), key=lambda name: -shares[name])
    if not found:
        return []
    never = sum(shares[name] == 1 for name in found)
    return [
        Finding(
            kind="constant",
            severity="low",
            what=f"{listed(found)} {'has' if len(found) == 1 else 'have'} the same value in "
            + ("every row." if never == len(found) else f"more than {NEARLY_ALL:.1%} of the rows."),
            why="Such a column teaches next to nothing, and when inputs are normalised its few other values "
            "become huge.",
            fix="Leave it out, unless exactly its rare values matter.",
            columns=found,
        )
    ]


def _top_share(facts: Facts, name: str) -> float:
    """The share of the most frequent value in all rows, empty cells being a value like others."""
    values = facts.table[name]
    return values.value_counts()["count"].max() / len(values) if len(values) else 0.0


def twins(facts: Facts) -> list[Finding]:
    """Pairs of columns that say the same."""
    pairs = copies(facts.correlations) if facts.correlations else []
    if not pairs:
        return []
    first, second = pairs[0]
    more = f", and {len(pairs) - 1:,} more pairs do" if len(pairs) > 1 else ""
    return [
        Finding(
            kind="twins",
            severity="low",
            what=f"“{first}” and “{second}” say the same, perhaps in other units{more}.",
            why="The second adds no knowledge, only parameters; together they weigh double in the input.",
            fix="Leave one of each pair out.",
            columns=sorted({name for pair in pairs for name in pair}),
        )
    ]


class _Tail(NamedTuple):
    name: str
    skewness: float
    with_log: float


def long_tails(facts: Facts) -> list[Finding]:
    """Numbers of which a few are many times as large as most."""
    tails = [tail for tail in (_tail(facts, name) for name in facts.inputs) if tail]
    if not tails:
        return []
    tails.sort(key=lambda tail: -abs(tail.skewness))
    helped = [tail.name for tail in tails if abs(tail.with_log) < abs(tail.skewness) / 2]
    advice = f"Take log(1 + x / median) of {listed(helped)}." if helped else "Cap the largest values."
    return [
        Finding(
            kind="skewed",
            severity="low",
            what=f"{listed([tail.name for tail in tails])} {'has' if len(tails) == 1 else 'have'} a long "
            "tail "
            f"(skewness {tails[0].skewness:.1f} in “{tails[0].name}”; a normal distribution has 0).",
            why="Normalised by mean and deviation, most values crowd together and a few are huge: steps are "
            "ruled by a handful of rows.",
            fix=advice,
            columns=[tail.name for tail in tails],
        )
    ]


def _tail(facts: Facts, name: str) -> _Tail | None:
    known = _known(facts, name)
    if len(known) < FEWEST_VALUES or abs(found := skewness(known)) < SKEWED:
        return None
    if len(np.unique(known)) <= FEWEST_VALUES:
        return None
    unit = float(np.median(known)) or 1.0
    return _Tail(name, found, skewness(np.log1p(known / unit)) if known.min() >= 0 else found)


def skewness(values: Floats) -> float:
    """Mean of ((v - mean) / deviation)^3; 0 for a constant."""
    centred = values / max(np.abs(values).max(), np.finfo(float).tiny)
    centred = centred - centred.mean()
    deviation = centred.std()
    return float((centred * centred * centred).mean()) / deviation**3 if deviation > 1e-12 else 0.0


def outliers(facts: Facts) -> list[Finding]:
    """Single numbers so far from all others that they are probably mistakes or codes."""
    found = {name: far for name in facts.inputs if (far := _farthest(facts, name)) is not None}
    if not found:
        return []
    name, (value, middle) = next(iter(found.items()))
    return [
        Finding(
            kind="outliers",
            severity="medium" if len(found) > 3 else "low",
            what=f"{listed(list(found))} {'has' if len(found) == 1 else 'have'} values far outside of all "
            f"others: {value:.6g} in “{name}”, where half of the values are near {middle:.4g}.",
            why="One wrong number moves mean and deviation, so all other values are normalised into a "
            "corner. "
            "Codes such as -999 or 9999 for “unknown” are the usual cause.",
            fix="Correct them, or name such a code as a missing value when the file is read.",
            columns=list(found),
        )
    ]


def _farthest(facts: Facts, name: str) -> tuple[float, float] | None:
    """The value farthest out and the median, when few values lie `FAR_OUT` quartile distances away.

    A long tail is none: there the distances grow little by little, here there is nothing in between.
    """
    known = np.sort(_known(facts, name))
    if len(known) < FEWEST_VALUES:
        return None
    low, middle, high = known[np.arange(1, 4) * len(known) // 4]
    reach = FAR_OUT * (high - low)
    if not reach or max(known[-1] - middle, middle - known[0]) <= reach:
        return None
    near = known[np.abs(known - middle) <= reach]
    far = known[np.abs(known - middle) > reach]
    gap = np.abs(far - middle).min(initial=np.inf) - np.abs(near - middle).max()
    if len(far) > RARE * len(known) or gap < reach / 2:
        return None
    return float(far[np.abs(far - middle).argmax()]), float(middle)


def _known(facts: Facts, name: str) -> Floats:
    values = facts.table[name]
    if not values.dtype.is_numeric():
        return np.empty(0)
    array = numbers(values)
    return array[~np.isnan(array)]
