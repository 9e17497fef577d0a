"""Optuna's functional ANOVA, of arrays."""

from __future__ import annotations

import numpy as np
import optuna
from optuna.distributions import FloatDistribution
from optuna.importance import FanovaImportanceEvaluator
from optuna.trial import create_trial

from webapp.sweeps.space import Places

from .trials import Floats

optuna.logging.set_verbosity(optuna.logging.ERROR)


def fanova(places: Places, scores: Floats, trees: int, depth: int, seed: int) -> Floats:
    """The share (d,) of the variance of scores (n,) that each column of places (n, d) explains alone."""
    axes = {str(column): FloatDistribution(0, 1) for column in range(places.shape[1])}
    study = optuna.create_study()
    if not np.ptp(scores):
        return np.zeros(len(axes))
    for row, score in zip(places.tolist(), scores.tolist(), strict=True):
        params = dict(zip(axes, row, strict=True))
        study.add_trial(create_trial(params=params, distributions=axes, value=score))
    evaluator = FanovaImportanceEvaluator(n_trees=trees, max_depth=depth, seed=seed)
    try:
        shares = evaluator.evaluate(study)
    except RuntimeError:  # every tree happened to see equal scores
        return np.zeros(len(axes))
    return np.array([shares[column] for column in axes], float)
