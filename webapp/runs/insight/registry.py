"""All charts of a run, and how one of them is named: `confusion`, or with an option `metric@f1`."""

from collections.abc import Iterator
from typing import NamedTuple

from webapp.runs.insight import inside, judged, progress
from webapp.runs.insight.kind import Kind
from webapp.runs.models import Run

KINDS: dict[str, Kind] = {kind.key: kind for kind in (*progress.KINDS, *judged.KINDS, *inside.KINDS)}


class UnknownChartError(LookupError):
    """There is no chart of that name."""


class UnfitChartError(ValueError):
    """The run cannot have that chart; the message says why."""


class Chart(NamedTuple):
    """A kind of chart with one of its options."""

    kind: Kind
    option: str
    title: str

    @property
    def name(self) -> str:
        return f"{self.kind.key}@{self.option}" if self.option else self.kind.key


def find(name: str) -> Kind:
    """The kind of a chart's name, with or without an option. Raises UnknownChartError."""
    kind = KINDS.get(name.split("@")[0])
    if kind is None:
        raise UnknownChartError(f"There is no chart “{name}”. There are: {', '.join(KINDS)}.")
    return kind


def chart(run: Run, name: str) -> Chart:
    """A run's chart by name. Raises UnknownChartError, or UnfitChartError when the run has no such chart."""
    kind, option = find(name), name.partition("@")[2]
    if why := kind.unfit(run):
        raise UnfitChartError(f"{kind.title}: this run has no such chart. {why}")
    options = kind.options(run)
    if option not in options:
        known = ", ".join(f"{kind.key}@{value}" if value else kind.key for value in options)
        raise UnfitChartError(f"“{name}” is not among the charts of this run: {known}.")
    return Chart(kind, option, titled(kind, options[option]))


def titled(kind: Kind, option: str) -> str:
    """`Weights over time: Layer 1`."""
    return f"{kind.title}: {option}" if option else kind.title


def charts_of(run: Run) -> Iterator[Chart]:
    """All charts that the run can have, in the order of the chooser."""
    for kind in KINDS.values():
        if not kind.unfit(run):
            for value, option in kind.options(run).items():
                yield Chart(kind, value, titled(kind, option))
