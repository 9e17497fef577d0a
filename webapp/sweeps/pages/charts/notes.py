"""What is said below a chart: what is left out of it, and how far it can be believed."""

from __future__ import annotations

from webapp.charts import best_so_far, coordinates, slices
from webapp.charts.contour import FEWEST
from webapp.sweeps.pages.charts.drawing import MOST_AXES, MOST_CURVES, pair_of, with_runs
from webapp.sweeps.pages.charts.scene import Scene


def some_of(n: int, most: int) -> str:
    """That of many trials some are drawn."""
    return f"{most:,} of {n:,} trials are drawn: at even distances, and the best." if n > most else ""


def of_points(scene: Scene) -> str:
    return some_of(len(scene.rows), best_so_far.MOST)


def of_slice(scene: Scene) -> str:
    return some_of(len(scene.rows), slices.MOST)


def of_curves(scene: Scene) -> str:
    return some_of(len(with_runs(scene)), MOST_CURVES)


def of_lines(scene: Scene) -> str:
    more = len(scene.dimensions) - MOST_AXES
    axes = f"The first {MOST_AXES} dimensions; {more} more were searched." if more > 0 else ""
    return f"{some_of(len(scene.all_rows), coordinates.MOST)} {axes}".strip()


def of_surface(scene: Scene) -> str:
    """How far the surface can be believed."""
    pair = pair_of(scene)
    if pair is None:
        return ""
    there = sum(row.counts and all(one.path in row.values for one in pair) for row in scene.rows)
    if there < FEWEST:
        return f"{there} whole trainings are too few for a surface: it begins with {FEWEST}."
    return "The mean of trials nearby, whatever their other values; where none is near, nothing is drawn."
