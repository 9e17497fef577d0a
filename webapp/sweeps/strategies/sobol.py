"""Sobol's sequence: spread more evenly than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ConfigDict
from typing_extensions import override

from webapp.sweeps.space import Space, Values, values_at

from .strategy import Result, Strategy


class Sobol(Strategy):
    """Points that leave no gaps and make no clusters, each dimension on its own scale. Like random, with less
    luck in it; best with 16, 32, 64, ... trials.

    Sobol 1967, https://doi.org/10.1016/0041-5553(67)90144-9, scrambled after Owen 1998.
    """

    model_config = ConfigDict(title="Sobol sequence")
    kind: Literal["sobol"] = "sobol"

    @override
    def load(self) -> None:
        from scipy.stats import qmc  # noqa: F401

    @override
    def suggest(
        self, space: Space, base: Mapping[str, Any], first: int, n: int, results: Sequence[Result]
    ) -> list[Values]:
        from scipy.stats import qmc  # seconds, for a web process that never needs it

        sequence = qmc.Sobol(len(space.dimensions), rng=self.seed)
        power = (first + n - 2).bit_length()  # SciPy warns of any number that is no power of two
        places = sequence.random_base2(power)[first - 1 : first - 1 + n]
        return [values_at(space, row) for row in places]
