"""Gradient checking: does backpropagation agree with centred differences?

relative difference = ||g - g'|| / (||g|| + ||g'||), with g' = (J(w + e) - J(w - e)) / 2e for each w, in
float64. Below 1e-7 is right, below 1e-5 plausible, above 1e-3 wrong. A kink (ReLU near zero) can raise it
without a mistake. Dropout is off; batch norm uses the batch's own statistics, as in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .initializers import Zeros
from .network import Network, by_name
from .program import Array
from .spec import Spec

#: Perturbed networks evaluated together, as a cohort.
TOGETHER = 64


class GradientCheck(NamedTuple):
    """Relative difference of each parameter tensor by name, and what they mean together."""

    differences: dict[str, float]

    @property
    def worst(self) -> str:
        """Name of the tensor that differs most."""
        return max(self.differences, key=self.differences.__getitem__)

    @property
    def verdict(self) -> str:
        """``right`` below 1e-7, ``plausible`` below 1e-5, ``doubtful`` up to 1e-3, ``wrong`` beyond."""
        difference = self.differences[self.worst]
        limits = {"right": 1e-7, "plausible": 1e-5, "doubtful": 1e-3}
        return next((verdict for verdict, limit in limits.items() if difference < limit), "wrong")


def gradient_check(
    spec: Spec,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    n_outputs: int,
    *,
    initial: Mapping[str, npt.ArrayLike] | None = None,
    epsilon: float = 1e-5,
    sample: int | None = None,
) -> GradientCheck:
    """Check the gradients of ``spec``'s network on one batch ``x`` (m, n), ``y``.

    ``initial`` gives parameters by name (default: those the spec starts with); ``sample`` checks only so
    many parameters of each tensor, drawn with the spec's seed.
    """
    x = np.asarray(x, dtype=np.float64)
    spec = spec.model_copy(update={"precision": "float64"})
    network = Network([spec], x.shape[1], n_outputs, initial)
    network.backward(x, y)
    places = _places(network, sample, spec.seed)
    numeric = _centred_differences(
        spec, network, x, np.asarray(y), np.concatenate([*places.values()]), epsilon
    )
    analytic, differences, start = network.gradient[0], {}, 0
    for name, where in places.items():
        part = numeric[start : start + len(where)]
        differences[name] = relative_difference(analytic[where], part)
        start += len(where)
    return GradientCheck(differences)


def relative_difference(a: Array, b: Array) -> float:
    """||a - b|| / (||a|| + ||b||), and 0 when both are zero."""
    size = np.linalg.norm(a) + np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / size) if size else 0.0


def _places(network: Network, sample: int | None, seed: int) -> dict[str, Array]:
    """Positions in the flat row of the parameters to check, by tensor."""
    rng = np.random.default_rng(seed)
    numbers = by_name(network.blocks, np.arange(network.n_parameters)[None])
    places = {name: where.ravel() for name, where in numbers.items()}
    if sample is None:
        return places
    return {name: rng.permutation(where)[:sample] for name, where in places.items()}


def _centred_differences(
    spec: Spec, network: Network, x: Array, y: Array, where: Array, epsilon: float
) -> Array:
    """Numeric gradients (len(where),): each parameter moved up and down in a network of its own."""
    # Their parameters are about to be replaced, so none are drawn.
    layers = tuple(layer.model_copy(update={"initializer": Zeros()}) for layer in spec.layers)
    spec = spec.model_copy(update={"layers": layers})
    cohort = Network([spec] * (2 * TOGETHER), network.n_features, network.n_outputs)
    numeric = np.empty(len(where))
    for start in range(0, len(where), TOGETHER):
        moved = where[start : start + TOGETHER]
        up, down = np.arange(len(moved)), TOGETHER + np.arange(len(moved))
        cohort.theta[:] = network.theta
        cohort.theta[up, moved] += epsilon
        cohort.theta[down, moved] -= epsilon
        cost = cohort.objective(x, y)
        numeric[start : start + len(moved)] = (cost[up] - cost[down]) / (2 * epsilon)
    return numeric
