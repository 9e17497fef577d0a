"""How large dev and test should be, and how many rows that is."""

from math import log
from typing import NamedTuple

from engine import Split
from engine.splits import Sizes, split_sizes
from webapp.datasets.recipe import SplitRecipe
from webapp.datasets.refusal import Refusal

SMALL, LARGE = 10_000, 1_000_000
SMALL_SHARE, LARGE_SHARE = 0.2, 0.01
#: Rows that tell apart two models whose errors differ by about half a per cent.
ENOUGH = 10_000
AT_MOST = 0.95


class Recommendation(NamedTuple):
    """The shares of dev and test, and why, in a sentence or two."""

    dev: float
    test: float
    reason: str


def recommended(n_rows: int) -> Recommendation:
    """What suits so many rows: 20% each up to 10,000, 1% each at a million, 10,000 rows each beyond.

    Between, the share falls as a power of the rows, so that dev grows from 2,000 rows to 10,000.
    """
    if n_rows <= SMALL:
        return Recommendation(SMALL_SHARE, SMALL_SHARE, _reason_for_small(n_rows))
    if n_rows >= LARGE:
        share = ENOUGH / n_rows
        reason = "Telling models apart takes about 10,000 examples each, however many there are to train on."
        return Recommendation(share, share, reason)
    exponent = log(SMALL_SHARE / LARGE_SHARE) / log(LARGE / SMALL)
    share = SMALL_SHARE * (SMALL / n_rows) ** exponent
    reason = (
        f"Of {n_rows:,} rows, about {round(n_rows * share):,} each are enough to tell models apart; "
        "the others are better used for training."
    )
    return Recommendation(share, share, reason)


def _reason_for_small(n_rows: int) -> str:
    return (
        f"With {n_rows:,} rows, 60% train and 20% each tune and judge: a smaller dev or test set would "
        "measure too roughly."
    )


def sizes_of(recipe: SplitRecipe, n_rows: int) -> Sizes:
    """Rows of each part; shares left unset are the recommended ones.

    Raises Refusal when dev or train would be empty.
    """
    advised = recommended(n_rows)
    dev = advised.dev if recipe.dev is None else recipe.dev
    test = advised.test if recipe.test is None else recipe.test
    if dev == 0:
        raise refusal_of_shares(
            "The dev set would be empty.",
            f"Models are compared on it: give it a share, {advised.dev:.0%} say.",
        )
    if dev + test >= AT_MOST:
        raise refusal_of_shares(
            f"Dev and test take {dev + test:.0%} of the rows together.",
            "Lower one, so that more than 5% are left to train on.",
        )
    needed = 3 if test > 0 else 2
    if n_rows < needed:
        rows = "1 row" if n_rows == 1 else f"{n_rows} rows"
        raise refusal_of_shares(
            f"{rows} cannot be split into {needed} parts.", f"At least {needed} rows are needed: add data."
        )
    return split_sizes(n_rows, Split(dev=dev, test=test))


def refusal_of_shares(message: str, advice: str, column: str | None = None) -> Refusal:
    """A refusal that belongs to how the rows are split."""
    return Refusal(message, advice, field="split", column=column)
