"""Input normalisation: fitted on the training part only, then applied to every part alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field
from typing_extensions import override

from .choices import BARE_STRING, Choice, registry

Floats = npt.NDArray[np.floating[Any]]
_CHUNK = 1 << 20  # numbers worked on at once


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

    def fit(self, x: npt.NDArray[Any], unit: float = 1.0) -> Scaling:
        """The scaling learnt from the training inputs ``x`` (m, n), which may be larger than memory.

        ``unit`` is what counts as 1 where the data do not say it: 255 for stored pixels.
        """
        raise NotImplementedError


class Standardise(Normalisation):
    """Shifts every input to mean 0 and scales it to deviation 1. Nearly always right: descent is faster and
    smoother when all inputs have one size.

    x -> (x - mean) / deviation. A constant input is shifted, and divided by the unit alone.
    LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf
    """

    model_config = ConfigDict(title="Standardise")
    kind: Literal["standardise"] = "standardise"

    @override
    def fit(self, x: npt.NDArray[Any], unit: float = 1.0) -> Scaling:
        low, high = _extremes(x)
        mean = sum((rows.sum(axis=0, dtype=np.float64) for rows in chunks(x)), start=np.zeros(x.shape[1]))
        mean /= len(x)
        squares = (np.square(rows - mean).sum(axis=0) for rows in chunks(x))
        deviation = np.sqrt(sum(squares, start=np.zeros(x.shape[1])) / len(x))
        return Scaling(mean, 1 / _or(unit, deviation, low, high, x.dtype))


class MinMax(Normalisation):
    """Brings every input into the range from 0 to 1. For inputs with natural bounds, such as pixels; one
    outlier squeezes all other values together, so standardise measurements instead.

    x -> (x - min) / (max - min). A constant input is shifted, and divided by the unit alone. Other parts may
    leave the range.
    """

    model_config = ConfigDict(title="Min-max")
    kind: Literal["min_max"] = "min_max"

    @override
    def fit(self, x: npt.NDArray[Any], unit: float = 1.0) -> Scaling:
        low, high = _extremes(x)
        return Scaling(low, 1 / _or(unit, high - low, low, high, x.dtype))


class NoNormalisation(Normalisation):
    """Leaves the inputs as they are. For data already scaled, or to see what normalising is good for.

    x -> x / unit.
    """

    model_config = ConfigDict(title="None")
    kind: Literal["none"] = "none"

    @override
    def fit(self, x: npt.NDArray[Any], unit: float = 1.0) -> Scaling:
        return Scaling(np.zeros(x.shape[1]), np.full(x.shape[1], 1 / unit))


def chunks(x: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    """``x`` in pieces of bounded size, so that what is worked out row by row needs little memory."""
    step = max(1, _CHUNK // max(1, x.shape[1]))
    return (x[start : start + step] for start in range(0, len(x), step))


def _extremes(x: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """Smallest and largest value of every column, each (n,) in float64."""
    return x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)


def _or(unit: float, size: Floats, low: Floats, high: Floats, dtype: np.dtype[Any]) -> Floats:
    """``size`` of every column, ``unit`` where the column is constant but for the rounding of its ``dtype``.

    Dividing by a few rounding errors would turn them into a signal."""
    rounding = 4 * np.finfo(dtype).eps if dtype.kind == "f" else 0.0
    constant = high - low <= rounding * np.maximum(np.abs(low), np.abs(high))
    return np.where(constant, unit, size)


AnyNormalisation = Annotated[Standardise | MinMax | NoNormalisation, Field(discriminator="kind"), BARE_STRING]
NORMALISATIONS: dict[str, type[Normalisation]] = registry(AnyNormalisation)
