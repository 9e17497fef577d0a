"""What the best have in common: where the best tenth lies in each dimension, against all trials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.sweeps.results import Marks, Row
from webapp.sweeps.space import Distribution, Options, Space, Value
from webapp.sweeps.wording import in_words

from .trials import FEWEST, NO_MARKS, Floats, Trials, compared
from .words import words

SHUFFLES = 1_000
CELLS = 128  # of a range, as finely as both are compared
CLEAR = 0.02  # as seldom chance sets so many trials apart


@dataclass(frozen=True)
class Trait:
    """The best in one dimension. They lie from `low` to `high`, or are spread over `options` (value, how many
    of the best, how many of all); `holding` of the `best` are said to be there, and so are `of_all` of the
    `trials` that have this dimension. `apart`, 0 to 1, is how far they stand out; `clear`, that chance seldom
    does that."""

    path: str
    low: Value
    high: Value
    options: tuple[tuple[Value, int, int], ...]
    holding: int
    best: int
    of_all: int
    trials: int
    apart: float
    clear: bool
    text: str


@dataclass(frozen=True)
class Common:
    """The traits, what stands out most first; none while there are `too_few` trials."""

    traits: tuple[Trait, ...]
    best: int
    trials: int
    too_few: bool
    note: str


def common(space: Space, rows: Sequence[Row], marks: Marks = NO_MARKS, seed: int = 0) -> Common:
    """What the best tenth, at least five, of the comparable trials have in common, against all of them."""
    known = compared(space, rows, marks)
    n = len(known.rows)
    if n < FEWEST:
        return Common((), 0, n, True, known.too_few("compare the best with the others"))
    best = known.best
    traits = [
        trait
        for column, (path, dimension) in enumerate(space.dimensions.items())
        if (trait := _trait(path, dimension, known, column, best, seed))
    ]
    traits.sort(key=lambda trait: (not trait.clear, -trait.apart))
    return Common(tuple(traits), len(best), n, False, known.said(f"The best {len(best)} of"))


def shortest(places: Sequence[float], share: float = 0.9) -> tuple[float, float]:
    """The shortest interval that holds this share of the places: a single stray one does not widen it."""
    ordered = np.sort(places)
    held = int(np.ceil(share * len(ordered)))
    starts = np.arange(len(ordered) - held + 1)
    begin = int(np.argmin(ordered[starts + held - 1] - ordered[starts]))
    return float(ordered[begin]), float(ordered[begin + held - 1])


def _trait(
    path: str, dimension: Distribution, known: Trials, column: int, best: Sequence[int], seed: int
) -> Trait | None:
    places = known.places[:, column]
    here = np.flatnonzero(~np.isnan(places))
    mine = [i for i in best if not np.isnan(places[i])]
    if len(mine) < 2:
        return None
    chosen = np.isin(here, mine)
    apart, chance = _apart(places[here], chosen, isinstance(dimension, Options), seed)
    values = [known.rows[i].values[path] for i in here]
    counts = (len(mine), len(here), apart, chance < CLEAR)
    if isinstance(dimension, Options):
        return _of_options(path, dimension, values, chosen.tolist(), *counts)
    return _of_range(path, dimension, places[here], values, chosen, *counts)


def _of_options(
    path: str,
    dimension: Options,
    values: Sequence[Value],
    chosen: Sequence[bool],
    best: int,
    trials: int,
    apart: float,
    clear: bool,
) -> Trait:
    of_all = Counter(values)
    of_best = Counter(value for value, is_best in zip(values, chosen, strict=True) if is_best)
    ranked = sorted(dimension.options, key=lambda option: -of_best[option])
    options = tuple((option, of_best[option], of_all[option]) for option in ranked)
    first, held, tried = options[0]
    text = _sentence(in_words(path, first), held, best, tried, trials)
    return Trait(path, None, None, options, held, best, tried, trials, apart, clear, text)


def _of_range(
    path: str,
    dimension: Distribution,
    places: Floats,
    values: Sequence[Value],
    chosen: Floats,
    best: int,
    trials: int,
    apart: float,
    clear: bool,
) -> Trait:
    low, high = shortest(places[chosen])
    within = (places >= low) & (places <= high)
    held, of_all = int((within & chosen).sum()), int(within.sum())
    first, last = (values[int(np.flatnonzero(places == end)[0])] for end in (low, high))
    span = words(dimension, first)
    if first != last:
        span += f" to {words(dimension, last)}"
    text = _sentence(span, held, best, of_all, trials)
    return Trait(path, first, last, (), held, best, of_all, trials, apart, clear, text)


def _sentence(there: str, held: int, best: int, of_all: int, trials: int) -> str:
    ours = f"All {best} best" if held == best else f"{held} of the {best} best"
    theirs = f"all {trials} trials" if of_all == trials else f"{of_all} of all {trials} trials"
    return f"{ours} have {there}, and so have {theirs}."


def _apart(places: Floats, chosen: Floats, is_choice: bool, seed: int) -> tuple[float, float]:
    """How far the chosen lie from all, 0 to 1, and how often as many drawn at random lie as far.

    Of ranges the largest distance between both cumulative shares (Kolmogorov and Smirnov), of choices half
    the sum of the differences in share (total variation).
    """
    cells = np.unique((places * CELLS).astype(int), return_inverse=True)[1].ravel()
    of_all = np.bincount(cells)
    k = int(chosen.sum())
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(of_all, k, SHUFFLES)
    counts = np.vstack([np.bincount(cells[chosen], minlength=len(of_all)), drawn])
    differences = counts / k - of_all / len(places)
    if is_choice:
        apart = np.abs(differences).sum(axis=1) / 2
    else:
        apart = np.abs(np.cumsum(differences, axis=1)).max(axis=1)
    chance = (1 + (apart[1:] >= apart[0] - 1e-12).sum()) / (1 + SHUFFLES)
    return float(apart[0]), float(chance)
