"""Bayesian optimisation with a Gaussian process: a smooth guess of the score everywhere, with its doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from typing_extensions import override

from webapp.sweeps.outliers import tamed
from webapp.sweeps.space import Conditions, Options, Places, Space, Values, places_of, values_at

from .lessons import lessons
from .sobol import Sobol
from .strategy import Result, Strategy

BEST, NEWEST = 60, 140
EVERYWHERE, NEAR = 500, 250  # candidates: anywhere, and around the best
STEPS = 20  # of the search for the kernel's lengths

Floats = npt.NDArray[np.float64]


class GaussianProcess(Strategy):
    """Guesses the score everywhere, with its doubt, and tries where most is to be gained. For costly trials:
    the best in 20 to 200 of them, and up to some 15 dimensions.

    Jones et al. 1998, https://doi.org/10.1023/A:1008306431147: expected improvement, Matérn 5/2 kernel with a
    length for each dimension.
    """

    model_config = ConfigDict(title="Gaussian process")
    kind: Literal["gp"] = "gp"
    learns: ClassVar[bool] = True
    startup: int = Field(
        8,
        ge=2,
        le=1_000,
        title="Even trials first",
        description="It learns from these, which lie on a Sobol sequence. Twice the dimensions are usual.",
    )

    @override
    def suggest(
        self, space: Space, base: Mapping[str, Any], first: int, n: int, results: Sequence[Result]
    ) -> list[Values]:
        known = lessons(space, results, BEST, NEWEST)
        if len(known.told) < self.startup:
            return Sobol(seed=self.seed).suggest(space, base, first, n, results)
        conditions = Conditions(space, base)
        losses = tamed(known.losses)
        centres = known.places[np.argsort(losses, kind="stable")[:5]]
        guess = _Guess(features(space, known.places), losses)
        for row in features(space, known.pending):
            guess.believe(row)
        found = []
        for number in range(first, first + n):
            rng = np.random.default_rng([self.seed, number])
            values, inputs = _candidates(space, conditions, centres, rng)
            chosen = int(np.argmax(guess.improvement(inputs)))
            guess.believe(inputs[chosen])
            found.append(values[chosen])
        return found


class _Guess:
    """A Gaussian process through inputs (n, k) and losses (n,), its lengths found once, from real losses."""

    def __init__(self, inputs: Floats, losses: Floats) -> None:
        self.inputs = inputs
        self.shift, self.scale = losses.mean(), losses.std() or 1.0
        self.targets = (losses - self.shift) / self.scale
        self.best = self.targets.min()
        self.kernel = self._fitted()
        self.process = self._process()

    def believe(self, row: Floats) -> None:
        """Take what is guessed at (k,) for its loss: so trials that are asked for together lie apart."""
        target = self.process.predict(row[None])[0]
        self.inputs = np.vstack([self.inputs, row])
        self.targets = np.append(self.targets, target)
        self.process = self._process()

    def improvement(self, inputs: Floats) -> Floats:
        """The expected improvement (m,) on the best at inputs (m, k)."""
        mean, deviation = self.process.predict(inputs, return_std=True)
        gain = self.best - mean
        z = gain / np.maximum(deviation, 1e-12)
        return gain * norm.cdf(z) + deviation * norm.pdf(z)

    def _process(self) -> GaussianProcessRegressor:
        return GaussianProcessRegressor(self.kernel, alpha=1e-8, optimizer=None).fit(
            self.inputs, self.targets
        )

    def _fitted(self) -> Any:
        """The kernel under which the targets are likeliest. Scikit-learn's own search warns when it ends at a
        bound, which is no fault here: that is how a dimension is found not to matter."""
        lengths = np.full(self.inputs.shape[1], 0.5)
        kernel = ConstantKernel(1.0, (0.05, 20)) * Matern(lengths, (0.05, 20), nu=2.5) + WhiteKernel(
            0.01, (1e-6, 1)
        )
        self.kernel = kernel
        process = self._process()

        def unlikely(theta: Floats) -> tuple[float, Floats]:
            value, slope = process.log_marginal_likelihood(theta, eval_gradient=True, clone_kernel=False)
            return -value, -slope

        options = {"maxiter": STEPS}
        bounds = kernel.bounds
        best = minimize(unlikely, kernel.theta, jac=True, bounds=bounds, method="L-BFGS-B", options=options)
        return kernel.clone_with_theta(np.clip(best.x, bounds[:, 0], bounds[:, 1]))


def features(space: Space, places: Places) -> Floats:
    """What the process sees of places (n, dimensions): places, a column for each option of a choice, and the
    middle of what does not matter there."""
    columns: list[Floats] = []
    for column, known in zip(places.T, space.dimensions.values(), strict=True):
        absent = np.isnan(column)
        if isinstance(known, Options):
            chosen = np.where(absent, -1, np.nan_to_num(column) * known.size).astype(int)
            columns += [(chosen == option) * 0.5 for option in range(known.size)]
        else:
            columns.append(np.where(absent, 0.5, column))
    return np.stack(columns, axis=1).astype(float)


def _candidates(
    space: Space, conditions: Conditions, centres: Places, rng: np.random.Generator
) -> tuple[list[Values], Floats]:
    """Values to choose from and their features: anywhere, and near the best, `centres` (k, dimensions)."""
    d = len(space.dimensions)
    near = centres[rng.integers(len(centres), size=NEAR)]
    moved = near + rng.normal(0, 0.05, (NEAR, d)) * (rng.random((NEAR, d)) < 0.5)
    moved = np.where(np.isnan(moved), rng.random((NEAR, d)), moved)
    places = np.vstack([rng.random((EVERYWHERE, d)), moved])
    values = [conditions.kept(values_at(space, row)) for row in places]
    return values, features(space, places_of(space, values))
