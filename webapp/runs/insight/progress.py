"""Charts of how far a run has come: cost, learning rate, metrics, and how fast it goes."""

import numpy as np
from plotly.graph_objects import Figure

from engine.schedules import planned_at
from engine.timeline import Timeline
from webapp.charts.curves import Line, curves
from webapp.runs.history.series import series
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
    lines = [Line("so far", [], [], "train")]
    steps, planned = plan(scene.run)
    if steps:
        lines.append(Line("planned", steps, planned, dash="dot", width=1.25))
    return curves(lines, "learning rate")


def plan(run: Run) -> tuple[list[int], list[float]]:
    """The coming steps and the learning rate planned at them; of a run that has ended, nothing."""
    if not run.n_steps or run.has_ended or run.step >= run.n_steps:
        return [], []
    steps = np.unique(np.linspace(run.step + 1, run.n_steps, AHEAD).astype(int))
    planned = planned_at(run.configuration, timeline(run), steps) * cut(run)
    return steps.tolist(), planned.tolist()


def timeline(run: Run) -> Timeline:
    """How the coming steps lie in their epochs, whatever the batches were before: counted back from the end,
    which is that of the last epoch."""
    per_epoch = run.steps_per_epoch
    whole = (run.n_steps - run.step) // per_epoch
    begin = (run.n_steps - whole * per_epoch, float(run.spec["epochs"] - whole))
    return Timeline(per_epoch, per_epoch * run.spec["epochs"], (begin,))


def cut(run: Run) -> float:
    """What is left of the planned rate after the cuts of plateaus, as the last step shows it."""
    if run.spec["schedule"]["kind"] != "reduce_on_plateau" or not run.step:
        return 1.0
    rates = series(run, ["learning_rate"], first=run.step).series["steps"]["learning_rate"]
    planned = float(planned_at(run.configuration, timeline(run), [run.step])[0])
    return rates[-1] / planned if rates and rates[-1] and planned else 1.0


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
        ahead=True,
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
