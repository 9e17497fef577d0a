"""A split recipe becomes the rows of each part."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.splits import Sizes
from webapp.datasets.recipe import SplitRecipe
from webapp.datasets.splitting import notes
from webapp.datasets.splitting.own_column import own_parts
from webapp.datasets.splitting.shares import recommended, refusal_of_shares, sizes_of
from webapp.datasets.splitting.strata import DEV, TEST, TRAIN, Codes, apportion, codes_of, deal, strata_of
from webapp.datasets.splitting.units import deal_units, units_of

Array = npt.NDArray[Any]
PartOf = npt.NDArray[np.uint8]


class Parts(NamedTuple):
    """Row numbers of each part, ascending, every row once; and what is to be known of them, in sentences."""

    train: Codes
    dev: Codes
    test: Codes
    notes: list[str]


def split(
    recipe: SplitRecipe,
    n_rows: int,
    *,
    labels: Array | None = None,
    groups: Array | None = None,
    times: Array | None = None,
    parts: Array | pl.Series | None = None,
    duplicates: Array | None = None,
    class_names: Sequence[str] = (),
) -> Parts:
    """Which rows train, tune and judge; all arrays have a value per row.

    ``labels`` are classes (m,), numbers (m,) of a floating dtype, or several labels (m, k) of 0 and 1, and
    ``class_names`` what to call class 0, 1, ... or the k labels. ``groups`` and ``duplicates`` are codes, a
    negative one being none; ``times`` numbers or datetimes; ``parts`` the values of the user's own column.
    Only the column that the recipe's kind asks for is looked at. Identical examples stay together, except
    where times or a column say otherwise: then those that training has seen are counted in a note.

    Raises Refusal when a part would be empty or when a column says something unknown.
    """
    rng = np.random.default_rng(recipe.seed)
    strata = strata_of(labels if recipe.stratify else None, n_rows)
    if recipe.kind == "time":
        part_of, said = _by_time(recipe, _needed(times, recipe), sizes_of(recipe, n_rows))
    elif recipe.kind == "column":
        part_of, said = _by_column(recipe, _needed(parts, recipe), strata, duplicates, rng)
    else:
        asked = _needed(groups, recipe) if recipe.kind == "group" else None
        part_of, said = _at_random(recipe, strata, asked, duplicates, rng)
    said += notes.of_duplicates(part_of, duplicates)
    said += notes.of_classes(part_of, labels, class_names)
    train, dev, test = (np.flatnonzero(part_of == part) for part in (TRAIN, DEV, TEST))
    return Parts(train, dev, test, said)


def _needed(values: Any, recipe: SplitRecipe) -> Any:
    """The values of the column the recipe's kind asks for."""
    if values is None:
        what = {"group": "groups", "time": "times", "column": "parts' names"}[recipe.kind]
        raise refusal_of_shares(
            f"No column of {what} is chosen.", "Choose one, or split at random.", recipe.column or None
        )
    return values


def _at_random(
    recipe: SplitRecipe,
    strata: Codes,
    groups: Array | None,
    duplicates: Array | None,
    rng: np.random.Generator,
) -> tuple[PartOf, list[str]]:
    sizes = sizes_of(recipe, len(strata))
    if groups is None and duplicates is None:
        return deal(strata, apportion(np.bincount(strata), sizes, rng), rng), []
    units = units_of(len(strata), groups, duplicates)
    _refuse_too_few(int(units.max()) + 1, sizes, recipe)
    part_of = deal_units(units, strata, sizes, rng)
    return part_of, notes.of_sizes(
        part_of, sizes, "groups" if recipe.kind == "group" else "identical examples"
    )


def _refuse_too_few(n_units: int, sizes: Sizes, recipe: SplitRecipe) -> None:
    needed = sum(size > 0 for size in sizes)
    if n_units >= needed:
        return
    if recipe.kind == "group":
        found = "all rows belong to one group" if n_units == 1 else f"there are only {n_units} groups"
        raise refusal_of_shares(
            f"The column “{recipe.column}” cannot be split by: {found}, but {needed} parts need one each.",
            "Groups that share an identical example count as one. Choose another column, or split at random.",
            recipe.column,
        )
    raise refusal_of_shares(
        f"There are only {n_units} different examples, too few for {needed} parts.",
        "Identical examples stay together, for a model must not be judged on what it has learnt by heart: "
        "add data or columns that tell them apart.",
    )


def _by_time(recipe: SplitRecipe, times: Array, sizes: Sizes) -> tuple[PartOf, list[str]]:
    """The earliest rows train, the latest judge; rows of one moment stay together."""
    known = np.flatnonzero(~_is_missing(times))
    moment, counts = np.unique(times[known], return_inverse=True, return_counts=True)[1:]
    needed = sum(size > 0 for size in sizes)
    if len(counts) < needed:
        raise refusal_of_shares(
            f"The column “{recipe.column}” has {len(counts)} different times, too few for {needed} parts.",
            "Rows of one time stay together: choose a finer column, or split at random.",
            recipe.column,
        )
    part_of = np.full(len(times), TRAIN, np.uint8)
    part_of[known] = _cut_moments(counts, sizes)[moment]
    said = notes.of_sizes(part_of, sizes, "rows of one time")
    if n_missing := len(times) - len(known):
        said.append(f"{notes.rows(n_missing)} without a time in “{recipe.column}” went to train.")
    return part_of, said


def _is_missing(times: Array) -> npt.NDArray[np.bool_]:
    if times.dtype.kind in "mM":
        return np.isnat(times)
    return np.isnan(times) if times.dtype.kind == "f" else np.zeros(len(times), np.bool_)


def _cut_moments(counts: Codes, sizes: Sizes) -> PartOf:
    """The part of each moment, in their order: cut where the rows so far are nearest to what is asked."""
    n_parts = sum(size > 0 for size in sizes)
    ends = np.concatenate([[0], np.cumsum(counts)])
    last = len(counts)
    test_from = last
    if sizes.test:
        test_from = int(np.abs(ends[-1] - sizes.test - ends).argmin())
        test_from = min(max(test_from, n_parts - 1), last - 1)
    dev_from = int(np.abs(ends[test_from] - sizes.dev - ends).argmin())
    dev_from = min(max(dev_from, 1), test_from - 1)
    moments = np.arange(last)
    return (moments >= dev_from).astype(np.uint8) + (moments >= test_from)


def _by_column(
    recipe: SplitRecipe,
    values: Array | pl.Series,
    strata: Codes,
    duplicates: Array | None,
    rng: np.random.Generator,
) -> tuple[PartOf, list[str]]:
    part_of, said = own_parts(values, recipe.column)
    part_of = part_of.copy()
    if not (part_of == DEV).any():
        said.append(_cut_dev(recipe, part_of, strata, duplicates, rng))
    if not (part_of == TEST).any():
        said.append(f"The column “{recipe.column}” names no test rows: there is no test set.")
    return part_of, said


def _cut_dev(
    recipe: SplitRecipe, part_of: PartOf, strata: Codes, duplicates: Array | None, rng: np.random.Generator
) -> str:
    """Make some of the training rows dev, at random; what was done, in a sentence."""
    train = np.flatnonzero(part_of == TRAIN)
    share = recommended(len(part_of)).dev if recipe.dev is None else recipe.dev
    n_dev = min(max(1, round(share * len(part_of))), len(train) // 2)
    alike = None if duplicates is None else np.asarray(duplicates)[train]
    units = units_of(len(train), None, alike)
    if share == 0 or n_dev == 0 or units.max() < 1:
        raise refusal_of_shares(
            f"The column “{recipe.column}” names no dev rows, and none can be taken from its training rows.",
            "Models are compared on dev: name some rows dev, or give dev a share.",
            recipe.column,
        )
    own = codes_of(strata[train])
    part_of[train] = deal_units(units, own, Sizes(len(train) - n_dev, n_dev, 0), rng)
    n_taken = int((part_of == DEV).sum())
    return (
        f"The column “{recipe.column}” names no dev rows: {notes.rows(n_taken)} of train, drawn at random, "
        "became dev."
    )
