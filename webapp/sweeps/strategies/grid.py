"""Grid search: every combination of a few values of each dimension."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, Literal

from pydantic import ConfigDict, Field
from typing_extensions import override

from webapp.sweeps.space import Conditions, Space, Values

from .strategy import Result, Strategy

MOST_COUNTED = 128  # combinations of kinds and numbers of layers, of which each takes a spec


class Grid(Strategy):
    """Every combination of a few values of each dimension. For one or two dimensions, or a few choices; with
    more, random search finds better values in as many trials, for it tries another value of what matters each
    time."""

    model_config = ConfigDict(title="Grid")
    kind: Literal["grid"] = "grid"
    steps: int = Field(
        3,
        ge=1,
        le=100,
        title="Steps",
        description="Values of each range, evenly on its scale, both ends among them. Of a choice: all.",
    )

    @override
    def most(self, space: Space, base: Mapping[str, Any]) -> int | None:
        """The number of combinations, each once where some dimensions matter only for some choices. Where too
        many choices decide that to look at each, those that make the same spec are counted, too."""
        sizes = {path: len(known.grid(self.steps)) for path, known in space.dimensions.items()}
        if math.prod(sizes[path] for path in Conditions(space, base).deciding) > MOST_COUNTED:
            return math.prod(sizes.values())
        return _count(self.model_dump_json(), space.model_dump_json(), json.dumps(base))

    @override
    def suggest(
        self, space: Space, base: Mapping[str, Any], first: int, n: int, results: Sequence[Result]
    ) -> list[Values]:
        found: list[Values] = []
        skipped = 0
        for axes in self._blocks(space, base):
            size = math.prod(map(len, axes.values()))
            begin = max(first - 1 - skipped, 0)
            skipped += size
            for place in range(begin, min(size, begin + n - len(found))):
                found.append(_combination(axes, place))
            if len(found) == n:
                break
        return found

    def _blocks(self, space: Space, base: Mapping[str, Any]) -> Iterator[dict[str, list[Any]]]:
        """Grids that together are the whole without repetitions: one for each combination of what decides
        which dimensions matter, of those alone."""
        conditions = Conditions(space, base)
        grids = {path: known.grid(self.steps) for path, known in space.dimensions.items()}
        somewhere = {path: values[0] for path, values in grids.items()}
        seen = set()
        for chosen in product(*(grids[path] for path in conditions.deciding)):
            decided = dict(zip(conditions.deciding, chosen, strict=True))
            matter = conditions.matter({**somewhere, **decided})
            here = tuple((path, decided[path]) for path in decided if path in matter)
            if here not in seen:
                seen.add(here)
                yield {
                    path: [decided.get(path)] if path in decided else grids[path]
                    for path in grids
                    if path in matter
                }


@lru_cache(maxsize=64)
def _count(grid: str, space: str, base: str) -> int:
    """How many points a grid has. Pages ask for it every second, and it takes a spec for each combination of
    what decides which dimensions matter."""
    blocks = Grid.model_validate_json(grid)._blocks(Space.model_validate_json(space), json.loads(base))
    return sum(math.prod(map(len, axes.values())) for axes in blocks)


def _combination(axes: Mapping[str, Sequence[Any]], place: int) -> Values:
    """Number `place` of all combinations, from 0 on; the last axis changes first."""
    values = {}
    for path, options in reversed(axes.items()):
        place, which = divmod(place, len(options))
        values[path] = options[which]
    return {path: values[path] for path in axes}
