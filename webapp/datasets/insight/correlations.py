"""Which numeric columns move together: Pearson's and Spearman's coefficients of pairs."""

import numpy as np
import polars as pl

from webapp.datasets.insight.results import Correlations
from webapp.datasets.insight.sample import Floats, numbers, tidy

SHOWN = 40
COMPARED = 2_000
AT_ONCE = 512
COPIES = 0.9999
ROUNDING = 1e-10


def correlations(table: pl.DataFrame, names: list[str]) -> Correlations | None:
    """Of the numeric columns `names`; the `SHOWN` with the largest |r| to any other, when there are more.

    Only the first `COMPARED` are compared: give the most interesting first. They are shown in the table's
    order. A missing value counts as the column's mean, in Spearman's as its mean rank. None for fewer than
    two columns that vary.
    """
    place = {name: i for i, name in enumerate(table.columns)}
    compared = sorted(names[:COMPARED], key=place.__getitem__)
    matrix = _matrix(table, compared)
    scaled = standardised(matrix)
    varied = np.flatnonzero(scaled.any(axis=0))
    if len(varied) < 2:
        return None
    kept = varied[_most_related(scaled[:, varied])]
    ranked = standardised(_ranks(matrix[:, kept]))
    return Correlations(
        names=[compared[i] for i in kept],
        pearson=_coefficients(scaled[:, kept]),
        spearman=_coefficients(ranked),
        hidden=len(names) - len(kept),
    )


def copies(found: Correlations) -> list[tuple[str, str]]:
    """Pairs of columns that say the same, but for their unit."""
    n = len(found.names)
    pairs = [(i, j) for i in range(n) for j in range(i) if abs(found.pearson[i][j] or 0) >= COPIES]
    return [(found.names[j], found.names[i]) for i, j in pairs]


def standardised(matrix: Floats) -> Floats:
    """Columns of `matrix` (m, n) with mean 0 and squares that sum to 1; gaps and constant columns are 0."""
    gaps = ~np.isfinite(matrix)
    matrix = np.where(gaps, 0.0, matrix)
    # no square may overflow or vanish, however large or small the numbers are
    reach = np.abs(matrix).max(axis=0, initial=0.0)
    centred = matrix / np.where(reach > 0, reach, 1.0)
    centred -= centred.sum(axis=0) / np.maximum((~gaps).sum(axis=0), 1)
    centred[gaps] = 0.0
    norm = np.sqrt((centred**2).sum(axis=0))
    varies = norm > ROUNDING * np.sqrt(len(matrix))
    return np.where(varies, centred / np.where(varies, norm, 1.0), 0.0)


def _matrix(table: pl.DataFrame, names: list[str]) -> Floats:
    columns = [numbers(table[name]) for name in names]
    return np.stack(columns, axis=1) if columns else np.empty((len(table), 0))


def _most_related(scaled: Floats) -> np.ndarray:
    """The columns to show, in their order; products of a bounded size at a time."""
    n = scaled.shape[1]
    if n <= SHOWN:
        return np.arange(n)
    largest = np.empty(n)
    for start in range(0, n, AT_ONCE):
        block = np.abs(scaled[:, start : start + AT_ONCE].T @ scaled)
        block[np.arange(len(block)), start + np.arange(len(block))] = 0.0
        largest[start : start + AT_ONCE] = block.max(axis=1)
    return np.sort(np.argsort(-largest, kind="stable")[:SHOWN])


def _ranks(matrix: Floats) -> Floats:
    """Ranks within each column of `matrix` (m, n), equal numbers sharing their mean rank; gaps stay NaN."""
    return pl.DataFrame(matrix).fill_nan(None).select(pl.all().rank("average")).to_numpy().astype(np.float64)


def _coefficients(scaled: Floats) -> list[list[float | None]]:
    products = np.clip(scaled.T @ scaled, -1.0, 1.0)
    varies = scaled.any(axis=0)
    products[~varies], products[:, ~varies] = np.nan, np.nan
    return tidy(products, 4)
