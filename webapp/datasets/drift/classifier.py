"""A network is asked which of two parts an example comes from: if it cannot tell, the parts are alike."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import Data, Dense, Spec, Trainer
from webapp.datasets.drift.auc import Area, Fold, cross_validated_area

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
#: Rows of a part that the classifier sees at most, and cells.
MAX_ROWS, MAX_CELLS = 5_000, 2_000_000
MIN_ROWS = 20
N_FOLDS = 5
EPOCHS, STEPS = 15, 12  # steps of an epoch, more where there are many rows
#: Standard deviations beyond which an input says no more.
FURTHEST = 8.0


def sampled(matrix: Array, rng: np.random.Generator) -> Floats:
    """Rows (k, n) of ``matrix`` (m, ...) at random, as many as the classifier sees at most."""
    flat = matrix.reshape(len(matrix), math.prod(matrix.shape[1:]))
    at_most = min(MAX_ROWS, max(MIN_ROWS * N_FOLDS, MAX_CELLS // max(1, flat.shape[1])))
    if len(flat) <= at_most:
        return np.asarray(flat, np.float32)
    rows = np.sort(rng.choice(len(flat), at_most, replace=False))
    return np.asarray(flat[rows], np.float32)


def told_apart(first: Floats, second: Floats, level: float, seed: int) -> Area | None:
    """How well a classifier tells rows ``first`` (p, n) from ``second`` (q, n): the area under its ROC curve
    on rows it was not trained on, 0.5 for guessing. NaN is a missing number.

    None when there are too few rows, or no input that varies. Lopez-Paz and Oquab 2017, https://arxiv.org/abs/1610.06545
    """
    if min(len(first), len(second)) < MIN_ROWS:
        return None
    x = _standardised(np.concatenate([first, second]))
    y = np.repeat([0, 1], [len(first), len(second)])
    rng = np.random.default_rng(seed)
    if x.shape[1] == 0:
        return None
    # The fold of each row; both parts have as many in every fold, to within one.
    fold = np.concatenate([rng.permutation(len(part)) % N_FOLDS for part in (first, second)])
    scored = (_scores(x, y, fold == held_out, seed) for held_out in range(N_FOLDS))
    return cross_validated_area(list(scored), level)


def _standardised(x: Floats) -> Floats:
    """The inputs with mean 0 and deviation 1; a missing one is 0, and 1 in a further column that says so.

    Columns that are the same in all rows are left out.
    """
    missing = ~np.isfinite(x)
    present = np.maximum((~missing).sum(axis=0), 1)
    x = np.where(missing, 0, x).astype(np.float64)
    x -= np.where(missing, 0, x.sum(axis=0) / present)
    deviation = np.sqrt(np.square(x).sum(axis=0) / present)
    varies = deviation > 1e-6 * np.abs(x).max(axis=0, initial=0)
    x = np.clip(x[:, varies] / deviation[varies], -FURTHEST, FURTHEST)
    said = missing[:, missing.any(axis=0) & ~missing.all(axis=0)]
    return np.hstack([x, said - said.mean(axis=0)]).astype(np.float32)


def _scores(x: Floats, y: Array, held_out: npt.NDArray[np.bool_], seed: int) -> Fold:
    """What a network says to the rows ``held_out`` when it is trained on all others."""
    n_train = int((~held_out).sum())
    spec = Spec(
        layers=(Dense(units=8),),
        head="sigmoid",
        learning_rate=0.02,
        l2=1.0,
        batch_size=min(256, max(16, n_train // STEPS)),
        epochs=EPOCHS,
        normalise="none",
        seed=seed,
    )
    seen = x[~held_out], y[~held_out]
    # Its own dev error is of no use here: one row is enough.
    trainer = Trainer(spec, Data(*seen, seen[0][:1], seen[1][:1], n_outputs=1))
    for _ in trainer:
        pass
    scores = np.nan_to_num(trainer.network.logits(x[held_out])[0, :, 0])
    return Fold(scores[y[held_out] == 0], scores[y[held_out] == 1])
