"""The network as a drawing: where each unit and each connection goes, in the units of an SVG viewBox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt

WIDTH, HEIGHT = 340, 196
TOP, BOTTOM = 28, 42
MOST_COLUMNS = 8
MOST_DOTS = 9
SPACING = 14.0


@dataclass(frozen=True)
class Layer:
    """What is to be drawn: its width, what is written under it, the control it leads to."""

    units: int | None
    caption: str
    role: str = "hidden"
    target: str = ""


@dataclass(frozen=True)
class Column:
    """A drawn layer; `units` None stands for a width that cannot be read."""

    x: float
    top: float
    height: float
    dots: tuple[float, ...]
    gap: float | None
    layer: Layer
    left: float = 0
    left_out: int = 0

    @property
    def caption(self) -> list[str]:
        """At most two lines under the column."""
        return self.layer.caption.split(" ", 1)

    @property
    def label(self) -> str:
        """Written above the column."""
        if self.left_out:
            return ""
        return "?" if self.layer.units is None else compact(self.layer.units)

    @property
    def gap_dots(self) -> tuple[tuple[float, float], ...]:
        """Three small dots: one above the other for units not drawn, side by side for layers not drawn."""
        if self.left_out:
            return tuple((self.x + shift, self.top) for shift in (-6, 0, 6))
        return () if self.gap is None else tuple((self.x, self.gap + shift) for shift in (-4, 0, 4))


@dataclass(frozen=True)
class Drawing:
    columns: tuple[Column, ...]
    links: tuple[str, ...]
    title: str
    step: float
    width: int = WIDTH
    height: int = HEIGHT
    label_y: int = TOP - 12
    caption_y: int = HEIGHT - BOTTOM + 17


def draw(layers: Sequence[Layer]) -> Drawing:
    """The drawing of a network from its inputs to its outputs; heights grow with the root of the width."""
    shown = abbreviated(layers)
    widest = max((layer.units or 1 for layer in layers), default=1)
    step = WIDTH / len(shown)
    columns = tuple(
        replace(_column(layer, left_out, step * (place + 0.5), widest), left=round(step * place, 1))
        for place, (layer, left_out) in enumerate(shown)
    )
    links = tuple(_links(one, other) for one, other in pairwise(columns))
    title = ", then ".join(_phrase(layer, left_out) for layer, left_out in shown)
    return Drawing(columns, links, f"The network: {title}.", round(step, 1))


def abbreviated(layers: Sequence[Layer]) -> list[tuple[Layer, int]]:
    """The layers there is room for; the one in the middle stands for as many others as its number says."""
    if len(layers) <= MOST_COLUMNS:
        return [(layer, 0) for layer in layers]
    first, last = MOST_COLUMNS // 2, MOST_COLUMNS - MOST_COLUMNS // 2 - 1
    left_out = len(layers) - first - last
    gap = (Layer(None, f"{left_out} more", "gap"), left_out)
    return [*((layer, 0) for layer in layers[:first]), gap, *((layer, 0) for layer in layers[-last:])]


def _column(layer: Layer, left_out: int, x: float, widest: int) -> Column:
    middle, room = TOP + (HEIGHT - TOP - BOTTOM) / 2, HEIGHT - TOP - BOTTOM
    if left_out:
        return Column(round(x, 1), middle, 0, (), None, layer, left_out=left_out)
    units = layer.units or 1
    slots = max(min(units, 5), min(units, MOST_DOTS, int(room * sqrt(units / widest) / SPACING)))
    height = max(slots * SPACING, room * sqrt(units / widest)) if units > slots else slots * SPACING
    top, spacing = middle - height / 2, height / slots
    places = [round(top + spacing * (slot + 0.5), 1) for slot in range(slots)]
    gap = places.pop(slots // 2) if units > slots else None
    return Column(round(x, 1), round(top, 1), round(height, 1), tuple(places), gap, layer)


def _links(one: Column, other: Column) -> str:
    """An SVG path with a line from every dot of one column to every dot of the next."""
    left, right = one.x + 5, other.x - 5
    return "".join(f"M{left:g} {a:g}L{right:g} {b:g}" for a in one.dots for b in other.dots)


def _phrase(layer: Layer, left_out: int) -> str:
    if left_out:
        return f"{left_out} more layers"
    units = "an unknown number of" if layer.units is None else f"{layer.units:,}"
    return f"{units} {layer.caption}"


def compact(number: int) -> str:
    """65536 -> "65.5k": a label is at most five characters wide."""
    if number < 10_000:
        return f"{number:,}"
    return f"{number / 1000:.1f}k" if number < 100_000 else f"{number / 1000:.0f}k"
