"""Categories: one input a level, or the level's rank, or a bucket chosen by its hash."""

import contextlib
import hashlib
import math
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from typing_extensions import override

from webapp.datasets.columns import values
from webapp.datasets.preprocessing.inputs import Input
from webapp.datasets.preprocessing.steps import Block, Step

Codes = npt.NDArray[np.intp]


class Category(Step):
    """What the three have in common: an input for missing values where training rows have some.

    `stand_in` is the level that missing values count as, where a person chose that.
    """

    missing: bool = False
    stand_in: str | None = None

    def present(self, column: pl.Series, first: int) -> tuple[pl.Series, npt.NDArray[np.bool_]]:
        """The levels (m,), and where they are missing."""
        levels = values.levels(column)
        if self.stand_in is not None:
            levels = levels.fill_null(self.stand_in)
        missing = levels.is_null().to_numpy()
        self.refuse_missing(column, missing, first)
        return levels, missing


class Levelled(Category):
    """One that knows its levels. Rare ones and new ones count as “other”."""

    levels: tuple[str, ...]
    other: bool = False
    n_merged: int = 0

    @classmethod
    @override
    def fit(cls, column: pl.Series, source: Input) -> Self:
        levels = values.levels(column)
        kept, merged = kept_levels(levels, source.rare, source.at_most)
        return cls(
            column=source.name,
            required=source.is_dropping,
            missing=levels.null_count() > 0 and source.choice.missing != "mode",
            stand_in=_most_frequent(levels) if source.choice.missing == "mode" else None,
            levels=tuple(kept),
            other=merged > 0,
            n_merged=merged,
            **cls.learnt(levels, kept),
        )

    @classmethod
    def learnt(cls, _column: pl.Series, _kept: list[str]) -> dict[str, float]:
        """What else a kind of step learns."""
        return {}

    def codes(self, levels: pl.Series) -> Codes:
        """The number of every level, and one beyond the last for those that are not known."""
        codes = levels.cast(self._known, strict=False).to_physical().cast(pl.Int64)
        return codes.fill_null(len(self.levels)).to_numpy()

    @cached_property
    def _known(self) -> pl.Enum:
        """The levels as a type: a cast to it takes half of the time of a lookup."""
        return pl.Enum(self.levels)

    @property
    def extras(self) -> list[str]:
        """The names of the inputs that no level of its own has."""
        named = (("other", self.other), ("missing", self.missing))
        return [f"{self.column}={name}" for name, exists in named if exists]

    @property
    @override
    def notes(self) -> Sequence[str]:
        if not self.n_merged:
            return ()
        levels = "1 rare level counts" if self.n_merged == 1 else f"{self.n_merged:,} rare levels count"
        return (f"Column “{self.column}”: {levels} as “other”.",)


class OneHot(Levelled):
    """level -> 1 in an input of its own. A new one is “other” where training knows that, else all zeros."""

    kind: Literal["one_hot"] = "one_hot"

    @property
    @override
    def names(self) -> Sequence[str]:
        return [f"{self.column}={level}" for level in self.levels] + self.extras

    @override
    def fill(self, column: pl.Series, out: Block, first: int = 0) -> None:
        levels, missing = self.present(column, first)
        codes = self.codes(levels)
        known = codes < len(self.levels) + self.other
        if self.missing:
            codes = np.where(missing, out.shape[1] - 1, codes)
            known |= missing
        rows = np.flatnonzero(known)
        out[rows, codes[rows]] = 1


class Ordinal(Levelled):
    """level -> its rank from 0 in natural order (9 before 10). Others take the mean rank of training rows."""

    kind: Literal["ordinal"] = "ordinal"
    middle: float = 0.0

    @classmethod
    @override
    def learnt(cls, column: pl.Series, kept: list[str]) -> dict[str, float]:
        ranks = column.replace_strict(kept, range(len(kept)), default=None, return_dtype=pl.Float64)
        mean = ranks.mean()
        return {"middle": mean if isinstance(mean, float) else 0.0}

    @property
    @override
    def names(self) -> Sequence[str]:
        return [self.column, *self.extras]

    @override
    def fill(self, column: pl.Series, out: Block, first: int = 0) -> None:
        levels, missing = self.present(column, first)
        codes = self.codes(levels)
        unknown = codes == len(self.levels)
        out[:, 0] = np.where(unknown, self.middle, codes)
        if self.other:
            out[:, 1] = unknown & ~missing if self.missing else unknown
        if self.missing:
            out[:, -1] = missing


class Hashed(Category):
    """level -> 1 in the bucket of its hash. Any level has one, so none is rare or new; some share theirs."""

    kind: Literal["hashing"] = "hashing"
    buckets: int

    @classmethod
    @override
    def fit(cls, column: pl.Series, source: Input) -> Self:
        levels = values.levels(column)
        return cls(
            column=source.name,
            required=source.is_dropping,
            missing=levels.null_count() > 0 and source.choice.missing != "mode",
            stand_in=_most_frequent(levels) if source.choice.missing == "mode" else None,
            buckets=source.buckets,
        )

    @property
    @override
    def names(self) -> Sequence[str]:
        return [f"{self.column}#{i}" for i in range(self.buckets)] + [f"{self.column}=missing"] * self.missing

    @override
    def fill(self, column: pl.Series, out: Block, first: int = 0) -> None:
        levels, missing = self.present(column, first)
        known = levels.drop_nulls().unique()
        codes = levels.replace_strict(
            known, [bucket(level, self.buckets) for level in known], default=0, return_dtype=pl.Int64
        )
        rows = np.flatnonzero(~missing)
        out[rows, codes.to_numpy()[rows]] = 1
        if self.missing:
            out[:, -1] = missing


def bucket(level: str, buckets: int) -> int:
    """The bucket of a level, the same on every machine."""
    digest = hashlib.blake2b(level.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % buckets


def kept_levels(levels: pl.Series, rare: int, at_most: int) -> tuple[list[str], int]:
    """The levels that keep a place of their own, in natural order, and how many others there are.

    The most frequent are kept; one in fewer than `rare` rows, or beyond `at_most`, is merged into “other”.
    """
    counts = pl.DataFrame({"level": levels.drop_nulls()}).group_by("level").len("count")
    often = counts.filter(pl.col("count") >= rare)
    if len(often) < len(counts) or len(counts) > at_most:
        often = often.top_k(at_most - 1, by=["count", "level"], reverse=[False, True])
    return sorted(often["level"].to_list(), key=natural), len(counts) - len(often)


def natural(level: str) -> tuple[list[tuple[int, float, str]], str]:
    """A key that sorts as people do: numbers, and those within a text, by their size."""
    with contextlib.suppress(ValueError):
        if math.isfinite(number := float(level)):
            return [(0, number, "")], level
    pieces = [piece for piece in re.split(r"([0-9]+)", level) if piece]
    return [(0, float(p), "") if p.isascii() and p.isdigit() else (1, 0.0, p) for p in pieces], level


def _most_frequent(levels: pl.Series) -> str | None:
    return levels.drop_nulls().mode().min()  # type: ignore[return-value]
