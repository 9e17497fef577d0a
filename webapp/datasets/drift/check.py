"""The check of the parts: a classifier tries to tell them apart, then their columns are compared."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict

from webapp.datasets.drift.auc import Area
from webapp.datasets.drift.classifier import MIN_ROWS, sampled, told_apart
from webapp.datasets.drift.columns import Difference, differences

Array = npt.NDArray[Any]
PAIRS = (("dev", "test"), ("train", "dev"), ("train", "test"))
#: Probabilities of calling parts different that are alike, over all pairs: by the classifier's interval,
#: which errs on either side, and by any of the columns.
BY_CLASSIFIER, BY_COLUMNS = 0.05, 0.02
#: The lower end of the interval must be beyond guessing by this much.
MARGIN = 0.01
NAMED = 3
KEPT = 20


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Comparison(_Frozen):
    """Two parts compared. ``auc`` and its 95% interval are null where there are too few rows or no inputs."""

    first: str
    second: str
    rows: tuple[int, int]
    auc: float | None
    low: float | None
    high: float | None
    told_apart: bool
    differences: tuple[Difference, ...]
    n_differences: int
    alike: bool
    words: str


class Check(_Frozen):
    """All pairs of parts compared, dev with test first, and what to do about it."""

    alike: bool
    comparisons: tuple[Comparison, ...]
    advice: str
    seed: int


def check(parts: Mapping[str, pl.DataFrame], features: Mapping[str, Array], seed: int = 0) -> Check:
    """Compare train, dev and test, as many of them as have rows.

    ``parts`` are the input columns of each part, ``features`` its inputs (m, n) as a network gets them, NaN
    being missing. For images ``parts`` may be empty, and ``features`` (m, height, width, channels) or (m, n):
    then the brightness and contrast of each image stand for columns. The intervals of all pairs hold
    together with 95% (Bonferroni). Parts that are alike are called different in less than 5% of cases,
    rows being independent: where groups stay whole, parts do differ by their groups. At most 5,000 rows of a
    part go to the classifier, and 10,000 rows and 500 columns are compared, drawn at random.
    """
    pairs = [pair for pair in PAIRS if all(len(features.get(part, ())) for part in pair)]
    present = {part for pair in pairs for part in pair}
    rng = np.random.default_rng(seed)
    matrices = {part: sampled(features[part], rng) for part in sorted(present)}
    frames = {part: parts[part] if parts else summaries(matrices[part]) for part in sorted(present)}
    columns = differences(frames, pairs, BY_COLUMNS, rng) if pairs else []
    level = 1 - BY_CLASSIFIER / max(1, len(pairs))
    compared = tuple(
        _compared(pair, features, told_apart(matrices[pair[0]], matrices[pair[1]], level, seed), found)
        for pair, found in zip(pairs, columns, strict=True)
    )
    return Check(
        alike=all(each.alike for each in compared), comparisons=compared, advice=_advice(compared), seed=seed
    )


def summaries(pixels: Array) -> pl.DataFrame:
    """The brightness and the contrast of images (m, ...): mean and deviation of each one's pixels."""
    flat = pixels.reshape(len(pixels), -1)
    return pl.DataFrame(
        {
            "brightness": flat.mean(axis=1, dtype=np.float64),
            "contrast": flat.std(axis=1, dtype=np.float64),
        }
    )


def _compared(
    pair: tuple[str, str], features: Mapping[str, Array], area: Area | None, found: list[Difference]
) -> Comparison:
    first, second = pair
    told = area is not None and area.low > 0.5 + MARGIN
    return Comparison(
        first=first,
        second=second,
        rows=(len(features[first]), len(features[second])),
        auc=area and area.auc,
        low=area and area.low,
        high=area and area.high,
        told_apart=told,
        differences=tuple(found[:KEPT]),
        n_differences=len(found),
        alike=not told and not found,
        words=_words(first, second, area, told, found),
    )


def _words(first: str, second: str, area: Area | None, told: bool, found: list[Difference]) -> str:
    """The comparison in plain sentences."""
    both = f"{first.capitalize()} and {second}"
    if area is None:
        measured = f"by their columns; a classifier needs {MIN_ROWS} rows of each and inputs that vary"
    else:
        measured = f"AUC {area.auc:.2f}, 95% interval {area.low:.2f} to {area.high:.2f}"
    if not told and not found:
        return f"{both} look alike ({measured})."
    if told and area is not None:
        said = (
            f"{first.capitalize()} differs from {second}: a classifier tells them apart with AUC "
            f"{area.auc:.2f} ({area.low:.2f} to {area.high:.2f})."
        )
        return f"{said} Most different: {_named(found)}." if found else f"{said} No single column stands out."
    return f"{both} differ in {_named(found)}; as a whole they are hardly told apart ({measured})."


def _named(found: list[Difference]) -> str:
    shown = ", ".join(f"{each.column} ({each.words}; {_probability(each.p)})" for each in found[:NAMED])
    return shown + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")


def _probability(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _advice(compared: tuple[Comparison, ...]) -> str:
    """What to do about it. Ng 2018, Machine Learning Yearning, chapters 5 to 7 and 36 to 43."""
    differing = {(each.first, each.second) for each in compared if not each.alike}
    if not compared:
        return "There are no two parts to compare."
    if ("dev", "test") in differing:
        return (
            "Dev and test must come from the same distribution: tuning on dev aims at one target, and test "
            "would judge by another one. Take both from the data you expect in use, and split them at random."
        )
    if differing:
        return (
            "Train may come from another distribution, as long as dev and test are what you expect in use. "
            "Then keep part of the training rows aside as a train-dev set: an error that rises from "
            "train-dev to dev is data mismatch, one that rises from train to train-dev is variance."
        )
    return "No difference was found: an error that rises from train to dev is variance, not data mismatch."
