"""Examples with the same inputs: within a part, across parts, and with different answers."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

CHUNK_BYTES = 1 << 24


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
            "inputs": fingerprints(features),
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


def fingerprints(features: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """A 64-bit number for each row of `features` (m, n), equal for equal rows; read a piece at a time.

    Multilinear hashing, sum of (word * random number) modulo 2^64: two different rows share a number with a
    probability below 2^-32, nearly always below 2^-48. Carter and Wegman 1979, https://doi.org/10.1016/0022-0000(79)90044-8
    """
    m, n = features.shape[0], int(np.prod(features.shape[1:]))
    factors = np.random.default_rng(1979).integers(0, 2**64, n, dtype=np.uint64)
    found = np.empty(m, np.uint64)
    step = max(1, CHUNK_BYTES // max(1, 8 * n))
    for start in range(0, m, step):
        block = _words(features[start : start + step]).reshape(-1, n)
        found[start : start + step] = (block * factors).sum(axis=1, dtype=np.uint64)
    return found


def _words(block: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """Numbers as words that differ when they do. A float's low bits are mostly 0: its high ones go there."""
    if block.dtype.kind != "f":
        return block.astype(np.uint64)
    words = (block.astype(np.float32) + np.float32(0)).view(np.uint32)  # -0 is 0
    words[np.isnan(block)] = 0x7FC00000
    return (words ^ (words >> np.uint32(16))).astype(np.uint64)


def _codes(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """One number for each answer; a row of many labels is one answer."""
    return labels if labels.ndim == 1 else fingerprints(labels)
