"""Which columns differ between two parts: their numbers, their levels, or how many values are missing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict
from scipy.stats import chi2_contingency, fisher_exact, ks_2samp, mannwhitneyu

Array = npt.NDArray[Any]
#: Rows of a part and columns that are looked at, at most.
MAX_ROWS, MAX_CELLS, MAX_COLUMNS = 10_000, 500_000, 500
#: A difference too small to matter, however certain: this share of the examples would have to be others.
SMALLEST = 0.03
EXPECTED = 5  # rows of a level, below which levels are merged
FEWEST = 5  # values, below which numbers are not compared


class Difference(BaseModel):
    """A column that differs between two parts.

    ``effect`` is the share of examples that would have to be others: the largest difference between the two
    distribution functions of numbers, half the sum of the differences of the levels' shares, or the
    difference of the shares of missing values. ``p`` is corrected for the number of tests.
    """

    model_config = ConfigDict(frozen=True)
    column: str
    kind: Literal["numbers", "levels", "missing"]
    effect: float
    p: float
    words: str


def differences(
    frames: Mapping[str, pl.DataFrame],
    pairs: Sequence[tuple[str, str]],
    alpha: float,
    rng: np.random.Generator,
) -> list[list[Difference]]:
    """The columns that differ in each pair of parts, those that differ most first.

    The probability of naming any column when all parts are alike is at most ``alpha``: p is corrected for all
    columns and pairs together by Holm 1979, https://www.jstor.org/stable/4615733
    """
    frames = _sampled(frames, rng)
    found = [
        (number, difference)
        for number, (first, second) in enumerate(pairs)
        for difference in _tests(frames[first], frames[second], first, second)
    ]
    corrected = holm(np.array([difference.p for _, difference in found]))
    kept: list[list[Difference]] = [[] for _ in pairs]
    for (number, difference), p in zip(found, corrected.tolist(), strict=True):
        if p < alpha and difference.effect >= SMALLEST:
            kept[number].append(difference.model_copy(update={"p": p}))
    return [sorted(each, key=lambda difference: -difference.effect) for each in kept]


def holm(p: Array) -> Array:
    """Corrected values (n,): the i-th smallest (from 0) times n - i, and no smaller than those before it."""
    order = np.argsort(p, kind="stable")
    steps = p[order] * (len(p) - np.arange(len(p)))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected


def _sampled(frames: Mapping[str, pl.DataFrame], rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Some of the rows and columns at random, where there are many; the same columns of every part."""
    names = next(iter(frames.values())).columns
    if len(names) > MAX_COLUMNS:
        names = [names[place] for place in np.sort(rng.choice(len(names), MAX_COLUMNS, replace=False))]
    at_most = min(MAX_ROWS, max(1_000, MAX_CELLS // max(1, len(names))))
    sampled = {}
    for part, frame in frames.items():
        rows = np.sort(rng.choice(len(frame), min(len(frame), at_most), replace=False))
        sampled[part] = frame.select(names)[rows]
    return sampled


def _tests(first: pl.DataFrame, second: pl.DataFrame, *names: str) -> Iterator[Difference]:
    """All that can be compared, with p as each test gives it."""
    for column in first.columns:
        a, b = (_without_nan(frame[column]) for frame in (first, second))
        yield from _missing(a, b, column, names)
        a, b = a.drop_nulls(), b.drop_nulls()
        if a.dtype.is_numeric() or a.dtype.is_temporal():
            yield from _numbers(a, b, column, names)
        else:
            yield from _levels(a, b, column, names)


def _without_nan(values: pl.Series) -> pl.Series:
    return values.fill_nan(None) if values.dtype.is_float() else values


def _missing(a: pl.Series, b: pl.Series, column: str, names: Sequence[str]) -> Iterator[Difference]:
    """Fisher's exact test of the numbers of missing values."""
    missing = [values.null_count() for values in (a, b)]
    if not any(missing) or missing == [len(a), len(b)]:
        return
    table = [[count, len(values) - count] for count, values in zip(missing, (a, b), strict=True)]
    shares = [count / len(values) for count, values in zip(missing, (a, b), strict=True)]
    words = " and ".join(f"{share:.0%} of {name}" for share, name in zip(shares, names, strict=True))
    yield Difference(
        column=column,
        kind="missing",
        effect=abs(shares[0] - shares[1]),
        p=float(fisher_exact(table).pvalue),
        words=f"missing in {words}",
    )


def _numbers(a: pl.Series, b: pl.Series, column: str, names: Sequence[str]) -> Iterator[Difference]:
    """Kolmogorov and Smirnov's test, which sees any difference, and Mann and Whitney's, which sees a shift
    sooner; the smaller p counts, doubled."""
    if min(len(a), len(b)) < FEWEST:
        return
    x, y = (values.to_physical().cast(pl.Float64).to_numpy() for values in (a, b))
    if x.min() == x.max() == y.min() == y.max():
        return
    any_difference = ks_2samp(x, y, method="asymp")
    shift = mannwhitneyu(x, y, method="asymptotic")
    words = " and ".join(
        f"{_shown(values.median())} in {name}" for values, name in zip((a, b), names, strict=True)
    )
    yield Difference(
        column=column,
        kind="numbers",
        effect=float(any_difference.statistic),
        p=min(1.0, 2 * float(min(any_difference.pvalue, shift.pvalue))),
        words=f"median {words}",
    )


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)[:16]


def _levels(a: pl.Series, b: pl.Series, column: str, names: Sequence[str]) -> Iterator[Difference]:
    """Pearson's chi-squared test of the levels' numbers, rare levels merged; Fisher's when two are left."""
    if not len(a) or not len(b):
        return
    levels, table = _merged(*_counts(a, b))
    if len(levels) < 2:
        return
    shares = table / table.sum(axis=1, keepdims=True)
    most = int(np.abs(shares[0] - shares[1]).argmax())
    words = " and ".join(f"{share:.0%} of {name}" for share, name in zip(shares[:, most], names, strict=True))
    test = fisher_exact if len(levels) == 2 else chi2_contingency
    yield Difference(
        column=column,
        kind="levels",
        effect=float(np.abs(shares[0] - shares[1]).sum() / 2),
        p=float(test(table).pvalue),
        words=f"“{levels[most][:40]}” in {words}",
    )


def _counts(a: pl.Series, b: pl.Series) -> tuple[list[str], Array]:
    """The levels and how often each is met (2, levels)."""
    levels, codes = np.unique(pl.concat([a, b]).cast(pl.String).to_numpy(), return_inverse=True)
    parts = [np.bincount(own, minlength=len(levels)) for own in (codes[: len(a)], codes[len(a) :])]
    return levels.tolist(), np.array(parts)


def _merged(levels: list[str], table: Array) -> tuple[list[str], Array]:
    """Levels expected in fewer than five rows of either part count as one; too few even so, with the rarest
    of the others."""
    smaller_share = table.sum(axis=1).min() / table.sum()
    order = np.argsort(-table.sum(axis=0), kind="stable")
    expected = table.sum(axis=0)[order] * smaller_share
    n_kept = int((expected >= EXPECTED).sum())
    if n_kept < len(levels) and expected[n_kept:].sum() < EXPECTED:
        n_kept = max(0, n_kept - 1)
    kept, others = order[:n_kept], order[n_kept:]
    names = [levels[level] for level in kept]
    if not len(others):
        return names, table[:, kept]
    return [*names, "other"], np.column_stack([table[:, kept], table[:, others].sum(axis=1)])
