"""The examples as a flat map: their first two principal components."""

from typing import Any

import numpy as np
import numpy.typing as npt

from webapp.datasets.insight.correlations import standardised
from webapp.datasets.insight.results import Projection
from webapp.datasets.insight.sample import Floats, tidy

POINTS = 2_000
COMPONENTS = 2
OVERSAMPLED, POWERS = 8, 4
WIDEST = 1_000  # inputs up to which a full decomposition is quick
CELLS = 20_000_000


def projection(features: npt.NDArray[Any], values: npt.NDArray[Any], seed: int) -> Projection | None:
    """The rows of `features` (m, n), at most `POINTS` drawn with `seed`, standardised, on two components.

    `values` (m,) colour them. Inputs that do not vary are left out; None when fewer than two do, or fewer
    than three rows are there. Beyond `WIDEST` inputs the decomposition is the randomised one of Halko et al.
    2011, https://arxiv.org/abs/0909.4061
    """
    rng = np.random.default_rng(seed)
    size = min(len(features), POINTS, max(3, CELLS // max(1, features.shape[1])))
    rows = np.sort(rng.choice(len(features), size, replace=False))
    scaled = standardised(np.asarray(features[rows], np.float64))
    scaled = scaled[:, scaled.any(axis=0)]
    if min(scaled.shape) < COMPONENTS or len(rows) < 3:
        return None
    left, lengths = _decomposed(scaled, rng)
    places = left * lengths * np.sqrt(len(rows))
    places *= np.where(places[np.abs(places).argmax(axis=0), np.arange(COMPONENTS)] < 0, -1, 1)
    return Projection(
        x=tidy(places[:, 0], 4),
        y=tidy(places[:, 1], 4),
        values=tidy(values[rows]),
        shares=tidy(lengths**2 / (scaled**2).sum(), 4),
    )


def _decomposed(scaled: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The first left singular vectors (m, 2) and their singular values (2,)."""
    m, n = scaled.shape
    if n > WIDEST and m > WIDEST:
        found = scaled @ rng.standard_normal((n, COMPONENTS + OVERSAMPLED))
        for _ in range(POWERS):
            found = scaled @ (scaled.T @ np.linalg.qr(found)[0])
        basis = np.linalg.qr(found)[0]
        inner, lengths, _ = np.linalg.svd(basis.T @ scaled, full_matrices=False)
        return (basis @ inner)[:, :COMPONENTS], lengths[:COMPONENTS]
    # the eigenvectors of the smaller product: as exact as a picture needs
    product = scaled @ scaled.T if m <= n else scaled.T @ scaled
    squares, vectors = np.linalg.eigh(product)
    squares, vectors = squares[::-1][:COMPONENTS], vectors[:, ::-1][:, :COMPONENTS]
    lengths = np.sqrt(np.maximum(squares, np.finfo(float).tiny))
    return (vectors if m <= n else scaled @ vectors / lengths), lengths
