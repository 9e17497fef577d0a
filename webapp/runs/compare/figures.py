"""The charts of the page, as JSON."""

from typing import Any

from webapp.charts.overlay import Band, Curve, overlay
from webapp.charts.parallel import Axis, parallel
from webapp.charts.payload import payload
from webapp.runs.compare.curves import GRID, GRIDS, Curves, Floats, band, rounded
from webapp.runs.compare.differences import DATASET, Difference
from webapp.runs.compare.metrics import Group
from webapp.runs.compare.selection import AXES, Selection
from webapp.runs.models import Run

WITH_TRAIN = 6  # runs up to which the train errors are drawn, too
MOST_AXES = 12


def cost(selection: Selection, curves: dict[int, Curves], groups: list[Group]) -> dict[str, Any]:
    """The smoothed cost of each run, or of each group."""
    x, title = selection.x, AXES[selection.x]
    lines = [(curves[run.pk].steps[x], curves[run.pk].cost) for run in selection.runs]
    if groups:
        return payload(overlay([], bands(groups, lines), x=title, y="cost, smoothed"))
    drawn = [
        Curve(name(run), i, rounded(xs), rounded(ys), run == selection.baseline, short=str(run.pk))
        for i, (run, (xs, ys)) in enumerate(zip(selection.runs, lines, strict=True))
    ]
    return payload(overlay(drawn, x=title, y="cost, smoothed"))


def errors(selection: Selection, curves: dict[int, Curves], groups: list[Group]) -> dict[str, Any]:
    """The dev error of each run, or of each group; of few runs the train error, dotted, as well."""
    x, title = selection.x, AXES[selection.x]
    lines = [(curves[run.pk].epochs[x], curves[run.pk].dev_error) for run in selection.runs]
    if groups:
        return payload(overlay([], bands(groups, lines), x=title, y="dev error", share=selection.is_share))
    drawn = [
        Curve(name(run), i, rounded(xs), rounded(ys), run == selection.baseline, short=str(run.pk))
        for i, (run, (xs, ys)) in enumerate(zip(selection.runs, lines, strict=True))
    ]
    if len(drawn) <= WITH_TRAIN:
        drawn += [
            Curve(f"{name(run)}, train", i, rounded(curves[run.pk].epochs[x]),
                  rounded(curves[run.pk].train_error), is_dotted=True)
            for i, run in enumerate(selection.runs)
        ]  # fmt: skip
    return payload(overlay(drawn, x=title, y="error", share=selection.is_share))


def bands(groups: list[Group], lines: list[tuple[Floats, Floats]]) -> list[Band]:
    """One for each group, of the curves of its runs."""
    points = min(GRID, GRIDS // len(groups))
    return [
        band(group.name, place, [lines[member] for member in group.places], points)
        for place, group in enumerate(groups)
    ]


def coordinates(selection: Selection, differing: list[Difference]) -> dict[str, Any]:
    """What differs, and the best dev error that came of it."""
    many = len(differing) > 4
    axes = [
        Axis(one.title.rpartition(": ")[2] if many else one.title, one.values)
        for one in differing
        if one.path != DATASET
    ][:MOST_AXES]
    result = [run.best_dev_error for run in selection.runs]
    axes.append(Axis("Best dev error", result, share=selection.is_share))
    return payload(parallel(axes, [name(run) for run in selection.runs]))


def name(run: Run) -> str:
    """Names that are alike stay apart by their numbers."""
    return f"{run.pk}: {run.name}"
