"""Random search: the default, and hard to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict
from typing_extensions import override

from webapp.sweeps.space import Space, Values

from .strategy import Result, Strategy


class Random(Strategy):
    """Points at random, each dimension on its own scale. Every trial tries another value of what matters,
    which a grid does not.

    Bergstra and Bengio 2012, https://www.jmlr.org/papers/v13/bergstra12a.html
    """

    model_config = ConfigDict(title="Random")
    kind: Literal["random"] = "random"

    @override
    def suggest(
        self, space: Space, base: Mapping[str, Any], first: int, n: int, results: Sequence[Result]
    ) -> list[Values]:
        paths = list(space.dimensions)
        found = []
        for number in range(first, first + n):
            places = np.random.default_rng([self.seed, number]).random(len(paths))
            found.append(space.at(dict(zip(paths, places.tolist(), strict=True))))
        return found
