"""Every chart of a sweep: from a scene and an option to a figure, None when there is nothing to draw."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from plotly.graph_objects import Figure

from webapp.charts import coordinates as parallel
from webapp.charts import slices
from webapp.charts.best_so_far import best_so_far
from webapp.charts.contour import contour
from webapp.charts.learning_curves import LearningCurve, learning_curves
from webapp.charts.seeds import Finalist, seeds
from webapp.charts.trials import few
from webapp.runs.history.many import epochs_of
from webapp.sweeps.models import Trial
from webapp.sweeps.pages.charts.scales import Dimension
from webapp.sweeps.pages.charts.scene import Scene, columns
from webapp.sweeps.results import Row, best_of

MOST_CURVES = 200
MOST_AXES = 12
GIVEN_UP = (Trial.State.PRUNED, Trial.State.STOPPED, Trial.State.DIVERGED, Trial.State.FAILED)


def best(scene: Scene, _option: str) -> Figure | None:
    """The score of each trial, in the order in which they ended, and the best so far."""
    rows, x = in_order(scene)
    title = {"trials": "trials ended", "minutes": "minutes since the start"}[scene.asked.x]
    return best_so_far(x, columns(rows), scene.look, title) if rows else None


def in_order(scene: Scene) -> tuple[list[Row], list[float]]:
    """The trials that ended in the order in which they did, and where each of them is on the x axis."""
    ended = dict(Trial.objects.filter(sweep=scene.sweep, ended__isnull=False).values_list("number", "ended"))
    rows = [row for row in scene.rows if row.number in ended]
    rows.sort(key=lambda row: (ended[row.number], row.number))
    if scene.asked.x == "trials":
        return rows, list(range(1, len(rows) + 1))
    start = scene.sweep.created
    return rows, [max(0.0, (ended[row.number] - start).total_seconds() / 60) for row in rows]


def coordinates(scene: Scene, _option: str) -> Figure | None:
    """All trials across all dimensions; those that are not chosen stay as a grey ground."""
    rows = scene.all_rows
    if not rows:
        return None
    axes = [*axes_of(scene), scene.scores]
    values = [scene.values(one, rows) for one in axes[:-1]] + [[row.score for row in rows]]
    chosen = {row.number for row in scene.rows}
    is_chosen = np.array([row.number in chosen for row in rows])
    return parallel.coordinates([one.scale for one in axes], values, columns(rows), is_chosen, scene.look)


def axes_of(scene: Scene) -> list[Dimension]:
    return list(scene.dimensions.values())[:MOST_AXES]


def brushes(scene: Scene) -> dict[str, Any]:
    """What the page needs to brush the axes."""
    ranges = scene.selection.ranges
    return {"axes": [one.brushes(ranges.get(one.path)) for one in [*axes_of(scene), scene.scores]]}


def slice_of(scene: Scene, path: str) -> Figure | None:
    """The score over one dimension."""
    dimension = scene.dimensions[path]
    values = scene.values(dimension)
    if all(value is None for value in values):
        return None
    return slices.slice_of(dimension.scale, values, scene.trials, scene.look)


def surface(scene: Scene, _option: str) -> Figure | None:
    """The score over two dimensions, which the address names."""
    pair = pair_of(scene)
    if pair is None or not scene.rows:
        return None
    a, b = pair
    values = scene.values(a), scene.values(b)
    return contour((a.scale, b.scale), values, scene.trials, scene.look)


def pair_of(scene: Scene) -> tuple[Dimension, Dimension] | None:
    """The two dimensions that are asked for, else the first ones of numbers."""
    known = {one.path: one for one in scene.numeric}
    asked = [known[path] for path in (scene.asked.a, scene.asked.b) if path in known]
    pair = list(dict.fromkeys([*asked, *known.values()]))[:2]
    return (pair[0], pair[1]) if len(pair) == 2 else None


def pair_named(scene: Scene) -> dict[str, Any]:
    """What can be chosen for both axes, and what is."""
    pair = pair_of(scene)
    return {
        "dimensions": [{"path": one.path, "title": one.title} for one in scene.numeric],
        "pair": [one.path for one in pair] if pair else [],
    }


def curves(scene: Scene, _option: str) -> Figure | None:
    """The objective of each trial after each of its epochs."""
    found = curves_of(scene)
    best = best_of(scene.rows)
    return learning_curves(found, scene.look, best.number if best else None) if found else None


def curves_of(scene: Scene) -> list[LearningCurve]:
    """Of the trials that are chosen, and of many of them some at even distances and the best."""
    rows = with_runs(scene)
    kept = {rows[place].number for place in few(columns(rows), MOST_CURVES)} | {scene.asked.trial}
    rows = [row for row in rows if row.number in kept]
    tables = epochs_of([row.run for row in rows], [scene.objective])
    return [
        LearningCurve(row.number, table["epoch"], table[scene.objective].astype(float), row.state in GIVEN_UP)
        for row in rows
        if (table := tables.get(row.run))
    ]


def with_runs(scene: Scene) -> list[Row]:
    """The chosen trials that began to train."""
    return [row for row in scene.selection.rows if row.run is not None and row.repeats is None]


def finalists(scene: Scene, _option: str) -> Figure | None:
    """The finalists with all trainings of each."""
    found = finalists_of(scene)
    return seeds(found, scene.look) if found else None


def finalists_of(scene: Scene) -> list[Finalist]:
    """The first training counts as one of them."""
    again: dict[int, list[Row]] = defaultdict(list)
    for row in scene.selection.all_rows:
        if row.repeats is not None and row.counts:
            again[row.repeats].append(row)
    chosen = {row.number for row in scene.selection.rows}
    known = {row.number: row for row in scene.selection.all_rows}
    found = []
    for number, rows in again.items():
        everyone = [known[number], *rows]
        own = [row for row in everyone if row.counts and {number, row.number} & chosen]
        if own:
            found.append(Finalist(number, [row.number for row in own], [row.score for row in own]))
    return found
