"""The kinds of probes: a question, who answers it, and how the answer is drawn; a new kind is one entry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from plotly.graph_objects import Figure

from engine import checkpoint
from engine.landscape import loss_surface
from engine.probes import overfit_batch, range_test, suggest
from webapp.charts.loss_surface import loss_surface as drawn_surface
from webapp.charts.overfit_curve import overfit_curve
from webapp.charts.range_test import range_test as drawn_range
from webapp.datasets.preparation import prepare
from webapp.runs.history.columns import finite
from webapp.runs.models import Run
from webapp.runs.training.session import on_the_line

Json = dict[str, Any]
EXAMPLES = 500  # that a loss surface is measured on
AXES = 21
MOST_STOPS = 12  # checkpoints of a trajectory


class ProbeRefusedError(ValueError):
    """There is nothing to probe; the message says what is missing."""


@dataclass(frozen=True)
class Kind:
    """`ask` works on a worker and gives plain JSON; `draw` makes a figure of it."""

    key: str
    title: str
    help: str
    ask: Callable[[Run], Json]
    draw: Callable[[Json], Figure]

    @property
    def figure_id(self) -> str:
        """The id of the script element that holds its figure."""
        return f"figure-{self.key}"


def ask_for_range(run: Run) -> Json:
    """The learning-rate range test on a new network of the run's spec."""
    spec = run.configuration
    points = list(range_test(spec, prepare(run.version, spec)))
    rates = [point.learning_rate for point in points]
    found = suggest(rates, [point.smoothed for point in points])
    return {
        "rates": rates,
        "costs": [finite(point.cost) for point in points],
        "smoothed": [finite(point.smoothed) for point in points],
        "suggestion": None if found.learning_rate is None else float(f"{found.learning_rate:.2g}"),
        "verdict": found.reason,
    }


def draw_range(result: Json) -> Figure:
    return drawn_range(result["rates"], result["costs"], result["smoothed"], result["suggestion"])


def ask_for_overfit(run: Run) -> Json:
    """Whether a new network of the run's spec can learn one batch by heart."""
    spec = run.configuration
    found = overfit_batch(spec, prepare(run.version, spec))
    costs = [finite(float(cost)) for cost in np.ravel(found.costs)]
    return {"costs": costs, "error": finite(float(found.error)), "verdict": found.verdict}


def draw_overfit(result: Json) -> Figure:
    return overfit_curve(result["costs"])


def ask_for_surface(run: Run) -> Json:
    """The cost around the network of the newest checkpoint, and the way that the others show."""
    kept = on_the_line(run)
    if not kept:
        raise ProbeRefusedError("The run has no checkpoint yet: take one first.")
    data = prepare(run.version, run.configuration)
    newest, *earlier = (checkpoint.load(found.file(), data) for found in spread(kept, MOST_STOPS))
    rows = np.linspace(0, data.n_train - 1, min(EXAMPLES, data.n_train)).astype(int)
    stops = [trainer.network.theta[0] for trainer in reversed(earlier)] + [newest.network.theta[0]]
    found = loss_surface(newest.network, data.x_train[rows], data.y_train[rows], AXES, trajectory=stops)
    return {
        "offsets": found.offsets.tolist(),
        "costs": [[finite(cost) for cost in row] for row in found.costs.tolist()],
        "trajectory": np.asarray(found.trajectory).tolist(),
        "steps": [trainer.step for trainer in reversed(earlier)] + [newest.step],
        "verdict": f"The cost of {len(rows):,} training examples around step {newest.step:,}. The way "
        f"is shown as far as it lies in this plane, which is {np.nanmin([*found.within, 1.0]):.0%} of it at "
        "least: two random directions hold little of a path.",
    }


def draw_surface(result: Json) -> Figure:
    return drawn_surface(result["offsets"], result["costs"], result["trajectory"], result["steps"])


def spread(items: list[Any], most: int) -> list[Any]:
    """At most so many of the items, the first and the last among them."""
    places = np.linspace(0, len(items) - 1, min(most, len(items))).round().astype(int)
    return [items[place] for place in places]


KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "range_test",
            "Learning-rate finder",
            "Trains a new network for some 200 steps while the rate rises, until the cost explodes. When you "
            "do not know where to begin.",
            ask_for_range,
            draw_range,
        ),
        Kind(
            "overfit_batch",
            "Overfit one batch",
            "Trains a new network, without regularisation, on one batch. One that cannot learn it by heart "
            "has a fault or too few units.",
            ask_for_overfit,
            draw_overfit,
        ),
        Kind(
            "loss_surface",
            "Loss surface",
            "The cost along two random directions around the network, with the way it came. Sharp walls say "
            "that the learning rate is near its limit.",
            ask_for_surface,
            draw_surface,
        ),
    )
}
