"""What charts of a sweep have in common: trials as columns, which of many are drawn, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from plotly.graph_objects import Scatter

from webapp.charts.scale import percent, spelt

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
SHARES = (0.5, 0.75, 0.9, 0.97)  # of all ranks, from which on the next shade begins: few are strong
SHADES = len(SHARES) + 1
FAR = 8  # times the smallest score: from there on ticks at 1, 2 and 5 are enough
BEST = 20  # of many trials, these are drawn in any case


class Trials(NamedTuple):
    """Trials as columns of length n. `scores` are NaN where there is none, and smaller is better; `whole`
    whether one trained to its end, so that its score can be compared."""

    numbers: NDArray[np.int64]
    scores: Floats
    whole: NDArray[np.bool_]

    @classmethod
    def of(cls, numbers: Sequence[int], scores: Sequence[float | None], whole: Sequence[bool]) -> Trials:
        known = [np.nan if score is None else score for score in scores]
        return cls(np.array(numbers, np.int64), np.array(known, float), np.array(whole, bool))

    def at(self, places: NDArray[Any]) -> Trials:
        """Those at some places."""
        return Trials(self.numbers[places], self.scores[places], self.whole[places])

    @property
    def ranked(self) -> Indices:
        """The places of those that can be compared, the best first."""
        found = np.flatnonzero(self.whole & np.isfinite(self.scores))
        return found[np.argsort(self.scores[found], kind="stable")]


class Look(NamedTuple):
    """How scores are shown: what they are, whether in percent, on a logarithmic axis; and the trial that
    somebody marked."""

    title: str = "score"
    share: bool = False
    log: bool = False
    marked: int | None = None

    @property
    def number(self) -> str:
        """The format of one score."""
        return ".2%" if self.share else ".4g"

    def axis(self, scores: Floats) -> dict[str, Any]:
        """The axis of some scores as Plotly takes it."""
        known = scores[scores > 0]
        low, high = (known.min(), known.max()) if len(known) else (1.0, FAR)
        is_far = high > FAR * low or low == high  # Plotly draws a decade on both sides of a single score
        return {
            "title": {"text": self.title},
            "type": "log" if self.log else "linear",
            "tickformat": ".3~%" if self.share else None,
            "dtick": "D2" if self.log and is_far else None,  # at 1, 2 and 5 of each power of ten
            "rangemode": "normal" if self.log else "tozero",
        }

    def words(self, score: float) -> str:
        return f"{score:{self.number}}"

    def short(self, score: float) -> str:
        """A score beside a colour, where there is little room."""
        return percent(score) if self.share else spelt(score, 3)


def few(trials: Trials, most: int, marked: int | None = None) -> Indices:
    """The places of at most `most` trials: at even distances, and the best; and that of a marked one."""
    n = len(trials.numbers)
    if n <= most:
        return np.arange(n)
    best = trials.ranked[: min(BEST, most)]
    kept = np.zeros(n, bool)
    kept[best] = True
    rest = np.flatnonzero(~kept)
    kept[rest[np.linspace(0, len(rest) - 1, most - len(best)).round().astype(int)]] = True
    return np.flatnonzero(kept | (trials.numbers == marked))


def shades(scores: Floats) -> Indices:
    """Of scores (n,), all finite, the shade of each by its rank: 0 the worst, SHADES - 1 the best."""
    worse = 1 - np.argsort(np.argsort(scores, kind="stable"), kind="stable") / max(len(scores), 1)
    return np.digitize(worse, SHARES)


def rounded(values: Floats, digits: int = 4) -> Floats:
    """Numbers with so many digits that count, for they are drawn and not computed with. What is not finite
    is NaN: Plotly draws a gap."""
    known = np.where(np.isfinite(values), values, np.nan)
    size = np.abs(np.where(known == 0, 1, known))
    powers = np.clip(digits - 1 - np.floor(np.log10(size)), -300, 300)
    up, down = 10.0 ** np.maximum(powers, 0), 10.0 ** np.maximum(-powers, 0)
    with np.errstate(over="ignore"):  # powers of ten are exact: few digits are written
        return np.round(known * up / down) * down / up


def ring(x: Any, y: Any, name: str = "") -> Scatter:
    """A ring around the trial that somebody marked."""
    return Scatter(
        x=[x],
        y=[y],
        mode="markers",
        name=name,
        marker={"size": 13, "symbol": "circle-open", "line": {"width": 2.5}},
        meta={"ink": "strong"},
        hoverinfo="skip",
        showlegend=False,
    )
