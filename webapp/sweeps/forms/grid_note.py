"""Why random search beats a grid: nine trials of each, drawn."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np

from webapp.charts.grid_against_random import grid_against_random
from webapp.charts.payload import payload

STEPS = (1 / 6, 1 / 2, 5 / 6)


@cache
def grid_note() -> dict[str, Any]:
    """The figure: two dimensions, of which only one matters."""
    x, y = zip(*product(STEPS, STEPS), strict=True)
    across, up = np.random.default_rng(481).random((2, len(x))).tolist()
    return payload(grid_against_random((x, y), (across, up)))
