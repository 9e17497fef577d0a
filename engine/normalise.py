"""Input normalisation: fitted on the training part only, then applied to every part alike."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field
from typing_extensions import override

from .choices import BARE_STRING, Choice, registry

Floats = npt.NDArray[np.floating[Any]]


class Scaling(NamedTuple):
    """x -> (x - shift) * factor, one shift and one factor per feature, each of shape (n,)."""

    shift: Floats
    factor: Floats

    def apply(self, x: Floats) -> Floats:
        """Scaled copy of ``x`` (m, n), in the precision of ``x``."""
        scaled = np.subtract(x, self.shift.astype(x.dtype))
        return np.multiply(scaled, self.factor.astype(x.dtype), out=scaled)


class Normalisation(Choice):
    """The base of all normalisations."""

    def fit(self, x: Floats) -> Scaling:
        """The scaling learnt from the training inputs ``x`` (m, n)."""
        raise NotImplementedError


class Standardise(Normalisation):
    """Shifts every input to mean 0 and scales it to deviation 1. Nearly always right: descent is faster and
    smoother when all inputs have one size.

    x -> (x - mean) / deviation. A constant input is only shifted.
    LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf
    """

    model_config = ConfigDict(title="Standardise")
    kind: Literal["standardise"] = "standardise"

    @override
    def fit(self, x: Floats) -> Scaling:
        shift = x.mean(axis=0, dtype=np.float64)
        deviation = x.std(axis=0, dtype=np.float64)
        # Rounding leaves a constant 0.1 with a deviation near 1e-17: dividing by it would invent noise.
        constant = deviation <= 1e-7 * np.abs(shift)
        return Scaling(shift, 1 / np.where(constant, 1.0, deviation))


class NoNormalisation(Normalisation):
    """Leaves the inputs as they are. For data already scaled, or to see what normalising is good for.

    x -> x.
    """

    model_config = ConfigDict(title="None")
    kind: Literal["none"] = "none"

    @override
    def fit(self, x: Floats) -> Scaling:
        return Scaling(np.zeros(x.shape[1]), np.ones(x.shape[1]))


AnyNormalisation = Annotated[Standardise | NoNormalisation, Field(discriminator="kind"), BARE_STRING]
NORMALISATIONS: dict[str, type[Normalisation]] = registry(AnyNormalisation)
