"""Input normalisation: fitted on the training part only, then applied to every part alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    def apply(self, x: npt.NDArray[Any]) -> Floats:
        """Scaled copy of ``x`` (m, n), in the precision of ``x``, or the next that holds its integers."""
        dtype = np.result_type(x.dtype, np.float32) if x.dtype.kind != "f" else x.dtype
        scaled: Floats = np.subtract(x, self.shift.astype(dtype), dtype=dtype)
        scaled *= self.factor.astype(dtype)
        return scaled

    def state(self) -> dict[str, list[float]]:
        """What was fitted, as JSON takes it; ``Scaling.restored`` gives back the very same numbers."""
        return {"shift": self.shift.tolist(), "factor": self.factor.tolist()}

    @classmethod
    def restored(cls, state: Mapping[str, Sequence[float]]) -> Scaling:
        """The scaling whose ``state`` this is. Raises ValueError when its rows do not belong together."""
        shift, factor = (np.asarray(state[name], dtype=np.float64) for name in ("shift", "factor"))
        if shift.ndim != 1 or shift.shape != factor.shape:
            raise ValueError(
                f"shift has shape {shift.shape} and factor {factor.shape}: one of each per feature is needed."
            )
        return cls(shift, factor)


class Normalisation(Choice):
    """The base of all normalisations."""

    def fit(self, x: npt.NDArray[Any]) -> Scaling:
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
    def fit(self, x: npt.NDArray[Any]) -> Scaling:
        low, high = _extremes(x)
        deviation = x.std(axis=0, dtype=np.float64)
        return Scaling(x.mean(axis=0, dtype=np.float64), 1 / _or_one(deviation, low, high, x.dtype))


class MinMax(Normalisation):
    """Brings every input into the range from 0 to 1. For inputs with natural bounds, such as pixels; one
    outlier squeezes all other values together, so standardise measurements instead.

    x -> (x - min) / (max - min). A constant input is only shifted. Other parts may leave the range.
    """

    model_config = ConfigDict(title="Min-max")
    kind: Literal["min_max"] = "min_max"

    @override
    def fit(self, x: npt.NDArray[Any]) -> Scaling:
        low, high = _extremes(x)
        return Scaling(low, 1 / _or_one(high - low, low, high, x.dtype))


class NoNormalisation(Normalisation):
    """Leaves the inputs as they are. For data already scaled, or to see what normalising is good for.

    x -> x.
    """

    model_config = ConfigDict(title="None")
    kind: Literal["none"] = "none"

    @override
    def fit(self, x: npt.NDArray[Any]) -> Scaling:
        return Scaling(np.zeros(x.shape[1]), np.ones(x.shape[1]))


def _extremes(x: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """Smallest and largest value of every column, each (n,) in float64."""
    return x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)


def _or_one(size: Floats, low: Floats, high: Floats, dtype: np.dtype[Any]) -> Floats:
    """``size`` of every column, 1 where the column is constant but for the rounding of its ``dtype``.

    Dividing by a few rounding errors would turn them into a signal."""
    rounding = 4 * np.finfo(dtype).eps if dtype.kind == "f" else 0.0
    constant = high - low <= rounding * np.maximum(np.abs(low), np.abs(high))
    return np.where(constant, 1.0, size)


AnyNormalisation = Annotated[Standardise | MinMax | NoNormalisation, Field(discriminator="kind"), BARE_STRING]
NORMALISATIONS: dict[str, type[Normalisation]] = registry(AnyNormalisation)
