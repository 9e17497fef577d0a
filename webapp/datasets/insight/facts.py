"""What the findings are drawn from: computed once for all of them."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from webapp.datasets.insight.association import Target
from webapp.datasets.insight.duplicates import Duplicates
from webapp.datasets.insight.results import Correlations, Missing


@dataclass(frozen=True)
class Facts:
    """`table` is the sample of the `n_rows` labelled rows, `inputs` the columns a network reads.

    `strengths` are those of the inputs, in their order, one list for each target. `balance` are the rows of
    each class in train, dev and test, (3, classes); for many labels those that have the label; empty for a
    regression. `parts` are the rows of train, dev and test.
    """

    table: pl.DataFrame
    inputs: list[str]
    targets: dict[str, Target]
    strengths: dict[str, list[float]]
    n_rows: int
    n_features: int
    parts: tuple[int, int, int]
    task: str
    classes: list[str]
    balance: list[list[int]]
    missing: Missing
    correlations: Correlations | None
    duplicates: Duplicates

    def profile(self, name: str) -> dict[str, Any]:
        """The number of rows that have a value in the sampled column, and of its different values."""
        present = self.table[name].drop_nulls()
        return {"present": len(present), "distinct": present.n_unique()}


def listed(names: list[str], at_most: int = 4) -> str:
    """“a”, “b” and 3 more."""
    quoted = [f"“{name}”" for name in names[:at_most]]
    rest = len(names) - len(quoted)
    if rest:
        return ", ".join(quoted) + f" and {rest:,} more"
    return " and ".join(filter(None, [", ".join(quoted[:-1]), *quoted[-1:]]))
