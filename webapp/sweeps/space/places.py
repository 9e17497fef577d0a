"""Values as places in [0, 1], each dimension on its own scale: what learners and statistics work with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from .paths import COUNT
from .space import Space, Values

Places = npt.NDArray[np.float64]
BELOW_ONE = float(np.nextafter(1, 0))


def is_within(space: Space, values: Mapping[str, Any]) -> bool:
    """Whether the space still holds these values: a range may have been narrowed since."""
    return all(known.holds(values[path]) for path, known in space.dimensions.items() if path in values)


def places_of(space: Space, several: Sequence[Mapping[str, Any]]) -> Places:
    """Where values that the space holds lie, (n, dimensions); NaN where a dimension did not matter."""
    places = np.full((len(several), len(space.dimensions)), np.nan)
    for column, (path, known) in enumerate(space.dimensions.items()):
        for row, values in enumerate(several):
            if path in values:
                places[row, column] = known.place(values[path])
    return places


def values_at(space: Space, places: Places) -> Values:
    """The values at places (dimensions,), those outside [0, 1) moved to its ends."""
    inside = np.clip(places, 0, BELOW_ONE).tolist()
    return space.at(dict(zip(space.dimensions, inside, strict=True)))


class Conditions:
    """Which dimensions matter where. That depends on kinds and on the number of layers alone, so the spec is
    made once for each combination of these."""

    def __init__(self, space: Space, base: Mapping[str, Any]) -> None:
        self.space, self.base = space, base
        self.deciding = [path for path in space.dimensions if path == COUNT or path.endswith(".kind")]
        self._known: dict[tuple[Any, ...], frozenset[str]] = {}

    def matter(self, values: Mapping[str, Any]) -> frozenset[str]:
        """The paths of `values`, which are of all dimensions, that matter."""
        key = tuple(values.get(path) for path in self.deciding)
        if key not in self._known:
            self._known[key] = self._found(values)
        return self._known[key]

    def kept(self, values: Mapping[str, Any]) -> Values:
        """Those of the values, which are of all dimensions, that matter."""
        matter = self.matter(values)
        return {path: value for path, value in values.items() if path in matter}

    def placed(self, places: Places) -> Places:
        """Places (n, dimensions) in [0, 1) as those of values: each of whole numbers and options in the
        middle of its share, NaN where a dimension does not matter."""
        found = places.copy()
        for column, (path, known) in enumerate(self.space.dimensions.items()):
            if known.size is not None or path in self.deciding:
                found[:, column] = [known.place(known.at(place)) for place in places[:, column].tolist()]
        if not self.deciding:
            return found
        deciding = [list(self.space.dimensions).index(path) for path in self.deciding]
        _, first, same = np.unique(found[:, deciding], axis=0, return_index=True, return_inverse=True)
        for group, row in enumerate(first):
            matter = self.matter(values_at(self.space, places[row]))
            absent = [path not in matter for path in self.space.dimensions]
            found[np.ix_(same.ravel() == group, absent)] = np.nan
        return found

    def _found(self, values: Mapping[str, Any]) -> frozenset[str]:
        try:
            return frozenset(self.space.point(self.base, values).values)
        except ValidationError:  # what the spec does not allow is not for us to say
            return frozenset(values)
