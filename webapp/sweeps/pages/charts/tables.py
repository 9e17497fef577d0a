"""The numbers of the charts of a sweep as rows of a table; the first row names the columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from webapp.charts.best_so_far import best_until
from webapp.sweeps.pages.charts.drawing import curves_of, finalists_of, in_order
from webapp.sweeps.pages.charts.scene import Scene, columns

Table = Iterator[list[Any]]


def trials_table(scene: Scene, _option: str = "") -> Table:
    """The trials with all their values."""
    paths = list(scene.dimensions)
    yield ["trial", "state", "epochs", scene.objective, *paths]
    for row in scene.rows:
        yield [row.number, row.state, row.epoch, row.score, *(row.values.get(path) for path in paths)]


def slice_table(scene: Scene, path: str) -> Table:
    yield ["trial", "state", path, scene.objective]
    for row in scene.rows:
        if path in row.values:
            yield [row.number, row.state, row.values[path], row.score]


def best_table(scene: Scene, _option: str) -> Table:
    rows, x = in_order(scene)
    yield ["trial", "state", scene.asked.x, "score", "best so far"]
    best = best_until(columns(rows)).tolist()
    for row, at, least in zip(rows, x, best, strict=True):
        yield [row.number, row.state, at, row.score, least]


def curves_table(scene: Scene, _option: str) -> Table:
    yield ["trial", "epoch", scene.objective]
    for curve in curves_of(scene):
        for epoch, score in zip(np.asarray(curve.epochs).tolist(), curve.scores.tolist(), strict=True):
            yield [curve.number, epoch, score]


def finalists_table(scene: Scene, _option: str) -> Table:
    yield ["finalist", "trial", "score"]
    for one in finalists_of(scene):
        for trial, score in zip(one.trials, one.scores, strict=True):
            yield [one.number, trial, score]
