"""How much each dimension matters: the numbers of webapp/sweeps/evidence, drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from plotly.graph_objects import Figure

from webapp.charts import ranking
from webapp.sweeps.pages.charts.scene import Scene
from webapp.sweeps.pages.findings import importances_of
from webapp.sweeps.wording import title_of


class Weights(NamedTuple):
    """Dimensions by title, and the share of the spread of scores that each explains, with its deviation."""

    names: list[str]
    means: list[float]
    deviations: list[float]


def weights_of(scene: Scene) -> Weights | None:
    """None while there are too few trials to tell. The choice of trials does not matter: what explains a
    choice would be the choice."""
    found = importances_of(scene.sweep, scene.selection.all_rows)
    if found.too_few:
        return None
    rows = [(title_of(each.path), each.share, each.error) for each in found.dimensions]
    return Weights(*map(list, zip(*rows, strict=True)))


def importance(scene: Scene, _option: str) -> Figure | None:
    """A bar for each dimension, the most important first."""
    found = weights_of(scene)
    return ranking.importance(*found) if found else None


def note(scene: Scene) -> str:
    """What it rests on."""
    return importances_of(scene.sweep, scene.selection.all_rows).note


def importance_table(scene: Scene, _option: str) -> Iterator[list[Any]]:
    yield ["dimension", "importance", "standard deviation"]
    if found := weights_of(scene):
        yield from map(list, zip(*found, strict=True))
