"""The space of a sweep: which fields of the spec are ranges, and what a point of it is as a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import Field, ValidationError, field_validator

from engine import Spec, problems
from engine.choices import Choice
from engine.spec import MAX_LAYERS

from .distributions import AnyDistribution, Options, Value
from .paths import COUNT, copied, order_of, put

MAX_DIMENSIONS = 64
Values = dict[str, Value]


class Point(NamedTuple):
    """A spec, and the values that matter in it: those of a kind that was not chosen are left out."""

    values: Values
    spec: Spec


class Space(Choice):
    """Dimensions by their path in the spec, always in one order, whatever order they were given in: what a
    seed draws depends on it, and a database may keep another one."""

    dimensions: dict[str, AnyDistribution] = Field(
        default_factory=dict, title="Ranges", max_length=MAX_DIMENSIONS
    )

    @field_validator("dimensions")
    @classmethod
    def _in_the_order_of_the_spec(cls, dimensions: dict[str, AnyDistribution]) -> dict[str, AnyDistribution]:
        return dict(sorted(dimensions.items(), key=lambda item: _place_in_spec(item[0])))

    def point(self, base: Mapping[str, Any], values: Mapping[str, Value]) -> Point:
        """The spec at `values`; `base` is the spec as JSON that gives everything else.

        What depends on a choice follows from the spec itself: `optimizer.beta2` matters where the chosen
        optimizer has one, `layers.2.units` where there is a third layer. Raises ValidationError when the spec
        allows no such value.
        """
        above = {path.partition(".")[0] for path in values}
        content = {name: copied(part) if name in above else part for name, part in base.items()}
        kept: Values = {}
        for path in sorted(values, key=order_of):
            if path.endswith(".kind"):
                content = Spec.model_validate(content).model_dump(mode="json")
            if put(content, path, values[path]):
                kept[path] = values[path]
                if path.endswith(".kind"):  # its usual constants come with it
                    content = Spec.model_validate(content).model_dump(mode="json")
        return Point({path: kept[path] for path in values if path in kept}, Spec.model_validate(content))

    def at(self, places: Mapping[str, float]) -> Values:
        """The values at places in [0, 1) of each dimension."""
        return {path: known.at(places[path]) for path, known in self.dimensions.items()}

    def problems(self, base: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong, by path: dimensions that the spec does not have, and ends that it does not allow."""
        found: dict[str, str] = {}
        if not self.dimensions:
            found[""] = "Nothing is searched: turn at least one value into a range."
        kinds = {
            path: known.options
            for path, known in self.dimensions.items()
            if path.endswith(".kind") and isinstance(known, Options)
        }
        for path, known in self.dimensions.items():
            problem = self._layers_problem(path, known) or self._double_problem(path)
            if problem := problem or self._problem(base, path, _samples(known), kinds):
                found[path] = problem
        return found

    def _layers_problem(self, path: str, known: AnyDistribution) -> str | None:
        """Why it cannot be a number of layers, if so."""
        if path != COUNT:
            return None
        whole = all(isinstance(value, int) and not isinstance(value, bool) for value in _samples(known))
        if whole and all(1 <= value <= MAX_LAYERS for value in _samples(known)):
            return None
        return f"The number of hidden layers is a whole number from 1 to {MAX_LAYERS}."

    def _double_problem(self, path: str) -> str | None:
        """Why another dimension takes its effect away, if so."""
        general = ".".join(part for part in path.split(".") if not part.isdecimal())
        if general == path or general not in self.dimensions:
            return None
        return f"{general} sets this for every layer already: search one of the two."

    def _problem(
        self, base: Mapping[str, Any], path: str, values: Sequence[Value], kinds: Mapping[str, Any]
    ) -> str | None:
        """Why a dimension cannot be searched, if so. A constant may belong to any of the kinds searched."""
        above = [kind for kind in kinds if path.startswith(kind.removesuffix("kind")) and kind != path]
        settings: list[Values] = [self._most_layers(path)]
        for kind in above:
            settings = [{**setting, kind: option} for setting in settings for option in kinds[kind]]
        matters = False
        for value in values:
            for setting in settings:
                try:
                    matters |= path in self.point(base, {**setting, path: value}).values
                except ValidationError as error:
                    return " ".join(each.message for each in problems(error))
        return None if matters else f"There is no {path} in this network."

    def _most_layers(self, path: str) -> Values:
        """As many layers as are ever tried, for a path into them."""
        known = self.dimensions.get(COUNT)
        if known is None or path == COUNT or not path.startswith("layers."):
            return {}
        counts = [] if self._layers_problem(COUNT, known) else _samples(known)
        return {COUNT: max(counts)} if counts else {}


def _samples(known: AnyDistribution) -> Sequence[Any]:
    """All options; of a range both ends and one in between that is no round number."""
    return known.options if isinstance(known, Options) else [*known.grid(2), known.at(0.371)]


def _place_in_spec(path: str) -> tuple[int, str]:
    """The fields of the spec one after the other, what is no field of it last."""
    fields, first = list(Spec.model_fields), path.partition(".")[0]
    return fields.index(first) if first in fields else len(fields), path
