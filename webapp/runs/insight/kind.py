"""What the laboratory knows of a chart before it draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from plotly.graph_objects import Figure

from webapp.datasets.recipe import Task
from webapp.runs.insight.scene import Scene, layers_of
from webapp.runs.models import Run

Options = dict[str, str]  # value in the address -> name for people
Draw = Callable[[Scene, str], Figure | None]
Source = Literal["history", "snapshots", "moment"]


def everywhere(run: Run) -> str:
    """It suits every run: there is no reason against it."""
    return ""


def no_options(run: Run) -> Options:
    return {"": ""}


@dataclass(frozen=True)
class Kind:
    """One chart, or one for each of its options.

    `help` is one line: what the chart tells, and which problem it reveals. `source` is where its points come
    from: the `history` that the page gets live (`table` and `columns` say which of it), all `snapshots`, or
    one `moment`, which can be chosen. `unfit` says why a run has no such chart; "" where it has.
    """

    key: str
    title: str
    help: str
    group: str
    draw: Draw
    source: Source = "snapshots"
    table: str = ""
    columns: tuple[str, ...] = ()
    options: Callable[[Run], Options] = no_options
    unfit: Callable[[Run], str] = everywhere
    default: bool = False
    ahead: bool = False  # whether it also tells what is planned, which changes with the run
    judges: bool = False  # whether it is about the dev part, which may be a sample
    tall: bool = False


def each_layer(run: Run) -> Options:
    return layers_of(run)


def only_classes(run: Run) -> str:
    return "" if run.version.task != Task.REGRESSION else "It is about classes, and the run predicts numbers."


def only_exclusive_classes(run: Run) -> str:
    if run.version.task == Task.MULTILABEL:
        return "It needs classes that exclude each other, and an example may have several labels here."
    return only_classes(run)


def only_numbers(run: Run) -> str:
    return "" if run.version.task == Task.REGRESSION else "It is about numbers, and the run predicts classes."


def only_images(run: Run) -> str:
    return "" if run.version.image_shape else "It draws weights as images, and these data are no images."


def only_two_features(run: Run) -> str:
    n = run.version.n_features
    return "" if n == 2 else f"It draws the plane of two features, and these data have {n:,}."


def only_batch_norm(run: Run) -> str:
    normed = any(layer.get("batch_norm") for layer in run.spec["layers"])
    return "" if normed else "No layer of this run has batch norm."
