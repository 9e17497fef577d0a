"""A Gaussian process through losses, and what is to be gained elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

STEPS = 20  # of the search for the kernel's lengths
LENGTHS = 20  # of more inputs, one length serves all

Floats = npt.NDArray[np.float64]


class Guess:
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
        k = self.inputs.shape[1]
        lengths = np.full(k, 0.5) if k <= LENGTHS else 0.5
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
