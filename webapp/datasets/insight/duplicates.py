"""Examples with the same inputs: within a part, across parts, and with different answers."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.splitting import duplicate_codes


class Duplicates(NamedTuple):
    """Shares of rows. `copied`: of all rows, those that repeat the inputs of an earlier one. `leaked`: of the
    dev and of the test rows, those whose inputs are in the training part. `contradicted`: of all rows, those
    that no function of the inputs gets right, because equal inputs have another answer more often.
    """

    copied: float
    leaked: tuple[float, float]
    contradicted: float


def duplicates(
    features: npt.NDArray[Any], labels: npt.NDArray[Any], parts: tuple[int, int, int]
) -> Duplicates:
    """Of all rows of `features` (m, n), in the order train, dev, test with `parts` rows each."""
    rows = pl.DataFrame(
        {
            "inputs": duplicate_codes(features),
            "part": np.repeat(np.arange(3), parts),
            "label": _codes(labels),
        }
    )
    groups = rows.group_by("inputs").agg(
        rows=pl.len(), trained=(pl.col("part") == 0).any(), dev=(pl.col("part") == 1).sum(),
        test=(pl.col("part") == 2).sum(),
    )  # fmt: skip
    usual = rows.group_by("inputs", "label").len().group_by("inputs").agg(pl.col("len").max())
    seen = groups.filter("trained").select(pl.col("dev", "test").sum())
    n = len(rows)
    return Duplicates(
        (n - len(groups)) / max(1, n),
        (seen["dev"].sum() / max(1, parts[1]), seen["test"].sum() / max(1, parts[2])),
        (n - usual["len"].sum()) / max(1, n),
    )


def _codes(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """One number for each answer; a row of many labels is one answer."""
    return labels if labels.ndim == 1 else duplicate_codes(labels)
