"""How much each dimension matters: the numbers of webapp/sweeps/evidence, drawn."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from django.core.cache import cache
from plotly.graph_objects import Figure

from webapp.charts import ranking
from webapp.sweeps.evidence.importance import importance as importance_of
from webapp.sweeps.pages.charts.scene import Scene
from webapp.sweeps.wording import title_of

REMEMBERED = 3600  # seconds
SLACK = 20  # one more or less of so many trials changes little: they share what was computed


class Weights(NamedTuple):
    """Dimensions by title, the share of the spread of scores that each explains, and its deviation; none
    while there are too few trials. `note` says what it rests on."""

    names: list[str]
    means: list[float]
    deviations: list[float]
    note: str


def weights_of(scene: Scene) -> Weights:
    """Remembered, for forests are grown for it: of a sweep that goes on, until it has some more trials."""
    key = f"sweep-importance:{scene.sweep.pk}:{_state(scene)}"
    if (known := cache.get(key)) is None:
        known = list(_computed(scene))
        cache.set(key, known, REMEMBERED)
    return Weights(*known)


def _state(scene: Scene) -> str:
    """What the importance depends on, in a few letters."""
    n = sum(row.counts for row in scene.rows)
    about = n - n % max(1, n // SLACK)
    end = scene.sweep.revision if scene.sweep.has_ended else about
    chosen = sha256(f"{scene.selection.query} {scene.selection.space}".encode()).hexdigest()[:16]
    return f"{end}:{chosen}"


def _computed(scene: Scene) -> Weights:
    found = importance_of(scene.selection.space, scene.rows)
    return Weights(
        [title_of(one.path) for one in found.dimensions],
        [one.share for one in found.dimensions],
        [one.error for one in found.dimensions],
        found.note,
    )


def importance(scene: Scene, _option: str) -> Figure | None:
    """A bar for each dimension, the most important first."""
    found = weights_of(scene)
    return ranking.importance(*found[:3]) if found.names else None


def note(scene: Scene) -> str:
    return weights_of(scene).note


def importance_table(scene: Scene, _option: str) -> Iterator[list[Any]]:
    yield ["dimension", "importance", "standard deviation"]
    yield from map(list, zip(*weights_of(scene)[:3], strict=True))
