"""Charts of how far a run has come: cost, learning rate, metrics, and how fast it goes."""

import numpy as np
from plotly.graph_objects import Figure

from engine.schedules import Timeline
from webapp.charts.curves import Line, curves
from webapp.runs.insight.answers import suiting
from webapp.runs.insight.kind import Kind, Options
from webapp.runs.insight.scene import Scene
from webapp.runs.models import Run

AHEAD = 400  # points of the planned learning rate


def cost_by_epoch(scene: Scene, option: str) -> Figure:
    lines = [Line("train", [], [], "train"), Line("dev", [], [], "dev")]
    return curves(lines, "cost", number=".5g", markers=scene.run.spec["epochs"] <= 60)


def learning_rate(scene: Scene, option: str) -> Figure:
    """What was, which the page gets live, and what the schedule plans."""
    steps, planned = plan(scene.run)
    lines = [Line("so far", [], [], "train"), Line("planned", steps, planned, dash="dot", width=1.25)]
    return curves(lines, "learning rate")


def plan(run: Run) -> tuple[list[int], list[float]]:
    """Steps and the learning rate planned at them; nothing before the run has begun."""
    spec = run.configuration
    if not run.n_steps:
        return [], []
    steps = np.unique(np.linspace(1, run.n_steps, AHEAD).astype(int))
    timeline = Timeline(max(1, round(run.n_steps / spec.epochs)), run.n_steps)
    planned = spec.learning_rate * spec.schedule.multipliers(steps.astype(np.float64), timeline)
    return steps.tolist(), planned.tolist()


def metric(scene: Scene, option: str) -> Figure | None:
    if not scene.snapshots:
        return None
    title = suiting(scene.run.version.task)[option].title
    return curves([Line("dev", scene.steps, scene.numbers(f"metrics.{option}"), "dev")], title)


def metrics_of(run: Run) -> Options:
    return {name: found.title for name, found in suiting(run.version.task).items()}


def speed(scene: Scene, option: str) -> Figure:
    return curves([Line("steps/s", [], [], "train")], "steps per second", number=",.0f")


def memory(scene: Scene, option: str) -> Figure:
    return curves([Line("memory", [], [], "train")], "MB", number=",.0f")


KINDS = (
    Kind(
        "cost_by_epoch",
        "Cost per epoch",
        "Train and dev after every epoch: a gap that grows is overfitting, even while the error still falls.",
        "Progress",
        cost_by_epoch,
        source="history",
        table="epochs",
        columns=("train_cost", "dev_cost"),
        default=True,
    ),
    Kind(
        "learning_rate",
        "Learning rate",
        "As it was and as it is planned: look here when the cost jumps, or stops falling too soon.",
        "Progress",
        learning_rate,
        source="history",
        table="steps",
        columns=("learning_rate",),
        default=True,
    ),
    Kind(
        "metric",
        "Metric",
        "How good the answers on the dev part are by another measure than the one that is optimised.",
        "Progress",
        metric,
        options=metrics_of,
        judges=True,
    ),
    Kind(
        "speed",
        "Steps per second",
        "How fast training goes: a drop tells of a neighbour on the same machine.",
        "Machine",
        speed,
        source="history",
        table="pulse",
        columns=("steps_per_second",),
    ),
    Kind(
        "memory",
        "Memory",
        "What the worker takes: a line that only rises will end in a failure.",
        "Machine",
        memory,
        source="history",
        table="pulse",
        columns=("memory_mb",),
    ),
)
