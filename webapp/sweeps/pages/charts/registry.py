"""All charts of a sweep, and how one of them is named: `best`, or with a dimension `slice@learning_rate`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from plotly.graph_objects import Figure

from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.charts import drawing, notes, tables, weights
from webapp.sweeps.pages.charts.scene import Scene
from webapp.sweeps.wording import title_of

Options = dict[str, str]  # in the name -> in words
Facts = dict[str, Any]


class UnknownChartError(LookupError):
    """There is no chart of that name; the message says which there are."""


def no_options(_sweep: Sweep) -> Options:
    return {"": ""}


def each_dimension(sweep: Sweep) -> Options:
    return {path: title_of(path) for path in sweep.planned.space.dimensions}


def everywhere(_sweep: Sweep) -> bool:
    return True


def with_finalists(sweep: Sweep) -> bool:
    return sweep.planned.finalists > 0


def silent(_scene: Scene) -> str:
    return ""


def nothing(_scene: Scene) -> Facts:
    return {}


@dataclass(frozen=True)
class Kind:
    """A chart, or one for each of its options. `help` is one line: what it tells. `note` says what is left
    out or uncertain, `beside` what the page needs beside the figure, `fits` whether a sweep has such a chart.
    `controls` are those of its choices, `empty` is said while there is nothing to draw."""

    key: str
    title: str
    help: str
    draw: Callable[[Scene, str], Figure | None]
    table: Callable[[Scene, str], Iterable[list[Any]]] = tables.trials_table
    options: Callable[[Sweep], Options] = no_options
    fits: Callable[[Sweep], bool] = everywhere
    note: Callable[[Scene], str] = silent
    beside: Callable[[Scene], Facts] = nothing
    controls: str = ""
    wide: bool = False
    small: bool = False
    empty: str = "Nothing yet: it begins with the first trial that ends."


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("best", "Best so far", "How fast the search gets better, and whether it still does.",
             drawing.best, tables.best_table, note=notes.of_points, controls="x"),
        Kind("curves", "Learning curves",
             "Who was given up, and when. Curves that cross late speak against it.",
             drawing.curves, tables.curves_table, note=notes.of_curves,
             empty="Nothing yet: it begins with the first epoch that ends."),
        Kind("coordinates", "Parallel coordinates",
             "A line is a trial, the strongest have the best scores. Drag along an axis, or move its ends"
             " with the arrow keys, to choose by it.",
             drawing.coordinates, note=notes.of_lines, beside=drawing.brushes, controls="brush", wide=True),
        Kind("importance", "Importance", "Which dimensions make the difference: search these more finely.",
             weights.importance, weights.importance_table, note=weights.note,
             empty="Too few trials have ended to tell which dimensions matter."),
        Kind("contour", "Two dimensions",
             "Where good trials lie, and whether the best is at the edge of a range.",
             drawing.surface, note=notes.of_surface, beside=drawing.pair_named, controls="pair",
             empty="It takes trials that have ended, and two dimensions of numbers."),
        Kind("seeds", "Finalists", "Skill or luck: what other seeds make of the best.",
             drawing.finalists, tables.finalists_table, fits=with_finalists,
             empty="The finalists are trained again once the search is over."),
        Kind("slice", "Score", "One dimension by itself: the later a trial, the stronger its point.",
             drawing.slice_of, tables.slice_table, each_dimension, note=notes.of_slice, small=True),
    )
}  # fmt: skip


class Chart(NamedTuple):
    """A kind of chart with one of its options."""

    kind: Kind
    option: str
    title: str

    @property
    def name(self) -> str:
        return f"{self.kind.key}@{self.option}" if self.option else self.kind.key


def chart(sweep: Sweep, name: str) -> Chart:
    """A sweep's chart by name. Raises UnknownChartError."""
    known = {one.name: one for one in charts_of(sweep)}
    if name not in known:
        raise UnknownChartError(f"This sweep has no chart “{name[:60]}”. There are: {', '.join(known)}.")
    return known[name]


def charts_of(sweep: Sweep) -> Iterator[Chart]:
    """All charts of a sweep, in the order of its page."""
    for kind in KINDS.values():
        if kind.fits(sweep):
            for value, words in kind.options(sweep).items():
                yield Chart(kind, value, words or kind.title)
