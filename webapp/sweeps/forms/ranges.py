"""Ranges as a template shows them, and the controls of the run's form that may hold one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

from webapp.runs.forms.fields import Bound, Option
from webapp.runs.forms.schema import Choice, Field, Options, Rows
from webapp.sweeps.space import Distribution, Value
from webapp.sweeps.wording import title_of

from .places import LAYERS, OF_A_LAYER, alike, constants_of, field_at, of_all_layers
from .spread import Spread, drawn, spread, written
from .suggestions import number_in
from .texts import LISTED, SCALES, TICK, RangeError, Texts, distribution_of, is_ticked, scales_of, takes

EXAMPLES = 12


@dataclass(frozen=True)
class Range:
    """One dimension of the space as it stands in the form. `value` is what the spec has at its place."""

    path: str
    texts: Texts
    value: str = ""
    refused: str = ""
    allowed: tuple[str, ...] | None = None

    @property
    def id(self) -> str:
        return id_of(self.path)

    @property
    def title(self) -> str:
        return title_of(self.path)

    @cached_property
    def field(self) -> Field | None:
        return field_at(self.path)

    @cached_property
    def _read(self) -> tuple[Distribution | None, str]:
        try:
            return distribution_of(self.texts, self.path), ""
        except RangeError as error:
            return None, str(error)

    @property
    def distribution(self) -> Distribution | None:
        """The range itself; None while it cannot be read."""
        return self._read[0]

    @property
    def error(self) -> str:
        return self._read[1] or self.refused

    @property
    def to_mend(self) -> str:
        """The id of the control to mend: of the two ends the upper one, where that alone is wrong."""
        has_ends = not (self.is_ticked or self.is_listed)
        is_upper = has_ends and takes(self.field, self.low) and not takes(self.field, self.high)
        return f"{self.id}-high" if is_upper else self.id

    @property
    def is_ticked(self) -> bool:
        return is_ticked(self.field)

    @property
    def is_listed(self) -> bool:
        """Whether its numbers are written one by one."""
        return not self.is_ticked and self.scale == LISTED

    @property
    def scale(self) -> str:
        return self.texts.get("scale", "")

    @property
    def low(self) -> str:
        return self.texts.get("low", "")

    @property
    def high(self) -> str:
        return self.texts.get("high", "")

    @property
    def listed(self) -> str:
        return self.texts.get("options", "")

    @property
    def scales(self) -> list[Option]:
        names = scales_of(self.field)
        known = [Option(name, SCALES[name], name == self.scale) for name in names]
        if self.scale in names:
            return known
        return [Option(self.scale, SCALES.get(self.scale, self.scale), selected=True), *known]

    @property
    def choices(self) -> list[Option]:
        """The boxes to tick."""
        here = self.field
        labels: Mapping[str, str] = {}
        if isinstance(here, Choice):
            labels = {kind: group.title for kind, group in here.kinds.items() if self._allows(kind)}
        elif isinstance(here, Options):
            labels = here.labels
        return [Option(value, label, f"{TICK}{value}" in self.texts) for value, label in labels.items()]

    def _allows(self, kind: str) -> bool:
        return self.allowed is None or kind in self.allowed or f"{TICK}{kind}" in self.texts

    @property
    def ticked(self) -> list[str]:
        return [option.value for option in self.choices if option.selected]

    @property
    def summary(self) -> str:
        """The range in a few words: "0.00001 to 0.02", "relu, tanh"."""
        if self.is_ticked:
            return ", ".join(option.label for option in self.choices if option.selected) or "nothing"
        return (self.listed or "?") if self.is_listed else f"{self.low or '?'} to {self.high or '?'}"

    @cached_property
    def spread(self) -> Spread | None:
        """How its values lie, drawn."""
        return spread(self.distribution, number_in(self.value)) if self.distribution else None

    @property
    def examples(self) -> str:
        """Some values as trials may get them, in order; every one when there are few, empty for boxes."""
        known = self.distribution
        if known is None or self.is_ticked:
            return ""
        values = known.grid(known.size) if known.size and known.size <= EXAMPLES else _drawn(known)
        return ", ".join(written(value) for value in values)


def _drawn(known: Distribution) -> list[Value]:
    return [known.at(place) for place in sorted(drawn(EXAMPLES))]


@dataclass(frozen=True)
class Slot:
    """Something that can be searched and has no control of its own, with its range when it is."""

    path: str
    range: Range | None = None

    @property
    def id(self) -> str:
        return id_of(self.path)

    @property
    def title(self) -> str:
        return title_of(self.path)

    @property
    def label(self) -> str:
        """Its name among its like: "units" of "All layers, units"."""
        return self.title.removeprefix("All layers, ").lower()


Ranges = Mapping[str, Range]


@dataclass(frozen=True)
class Searched(Bound):
    """A control of the run's form that may be a range. `covered`: all layers together are searched."""

    range: Range | None = None
    covered: Range | None = None
    slots: tuple[Slot, ...] = ()
    ranges: tuple[Range, ...] = field(default=())

    @property
    def control(self) -> str:
        if self.covered:
            return "sweeps/new/covered.html"
        if self.range is None:
            return super().control
        return "sweeps/new/in_row.html" if OF_A_LAYER.fullmatch(self.path) else "sweeps/new/range.html"

    @property
    def below(self) -> str:
        if isinstance(self.field, Rows):
            return "sweeps/new/all_layers.html" if self.slots else ""
        return "sweeps/new/row_ranges.html" if self.ranges else ""

    @property
    def variant(self) -> str:
        """Another scale, another set of ticked kinds brings other controls."""
        shown = [self.range, self.covered, *(slot.range for slot in self.slots)]
        return " ".join(variant_of(one) for one in shown if one)

    @property
    def help(self) -> str:
        return self.field.help if self.range else super().help

    @property
    def opened(self) -> bool:
        return super().opened or self.is_searched

    @property
    def is_searched(self) -> bool:
        """Whether it or something below it is a range."""
        return bool(self.range) or any(isinstance(c, Searched) and c.is_searched for c in self.children)


def variant_of(one: Range) -> str:
    kinds = ",".join(one.ticked) if isinstance(one.field, Choice) else ""
    return f"{one.path}:{one.is_listed}:{kinds}"


def searched(bound: Bound, ranges: Ranges) -> Searched:
    """The same control, and those below it, with the ranges in their places."""
    children = tuple(searched(child, ranges) for child in bound.children)
    own = {each.name: getattr(bound, each.name) for each in fields(Bound)}
    here = ranges.get(bound.name)
    in_row = tuple(one for child in children for one in _ranges_in(child)) if _is_row(bound) else ()
    covered = ranges.get(alike(bound.name))
    return Searched(
        **own | {"children": children},
        range=here,
        covered=covered,
        slots=_slots(bound, here, ranges),
        ranges=in_row,
    )


def _is_row(bound: Bound) -> bool:
    name, _, rest = bound.path.partition(".")
    return name == LAYERS and rest.isdigit()


def _ranges_in(bound: Searched) -> list[Range]:
    found = [bound.range] if bound.range and not bound.covered else []
    return found + [
        one for child in bound.children if isinstance(child, Searched) for one in _ranges_in(child)
    ]


def _slots(bound: Bound, here: Range | None, ranges: Ranges) -> tuple[Slot, ...]:
    """All layers together below the layers, constants of other kinds below a choice that is searched."""
    if bound.path == LAYERS:
        paths = [path for one in of_all_layers() for path in (one, *_others(one, ranges.get(one), ()))]
    else:
        paths = _others(bound.name, here, [child.name for child in bound.children])
    return tuple(Slot(path, ranges.get(path)) for path in paths)


def _others(path: str, here: Range | None, present: object) -> list[str]:
    """The constants of the ticked kinds that are not `present` already."""
    there = tuple(present) if isinstance(present, list | tuple) else ()
    return [each for each in constants_of(path, here.ticked if here else []) if each not in there]


def id_of(path: str) -> str:
    """Where a range can be found on the page: at the id of the value in whose place it is."""
    return path.removesuffix(".kind").replace(".", "-")


def descend(bound: Searched) -> Iterator[Searched]:
    """The control and all below it."""
    yield bound
    for child in bound.children:
        if isinstance(child, Searched):
            yield from descend(child)
