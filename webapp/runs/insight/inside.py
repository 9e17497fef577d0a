"""Charts of what goes on inside a network: signals, weights and gradients of its layers."""

from plotly.graph_objects import Figure

from webapp.charts.curves import Line, curves
from webapp.charts.first_weights import first_weights
from webapp.charts.histogram_over_time import histogram_over_time
from webapp.charts.histograms_by_layer import histograms_by_layer
from webapp.runs.insight.kind import Draw, Kind, each_layer, only_batch_norm, only_images
from webapp.runs.insight.scene import Scene

SIGNALS = {
    "activations": (
        "Activations",
        "What a layer passes on: all squeezed to one value, nothing gets through.",
    ),
    "pre_activations": (
        "Pre-activations",
        "What goes into the activation: far from zero, sigmoid and tanh saturate and ReLU units die.",
    ),
    "weights": ("Weights", "How the weights are spread: growing without end they want L2 or max-norm."),
    "gradients": (
        "Gradients",
        "Gradients of the weights: all at zero they vanish, ever wider they explode.",
    ),
}


def by_layer(name: str, title: str, *, log: bool = False, share: bool = False) -> Draw:
    """A chart with one number of each layer over the steps."""

    def draw(scene: Scene, option: str) -> Figure | None:
        lines = [
            Line(layer, scene.steps, scene.numbers(f"{key}.{name}"))
            for key, layer in scene.layers.items()
            if scene.has(f"{key}.{name}")
        ]
        return curves(lines, title, log=log, share=share) if lines else None

    return draw


def batch_norm(scene: Scene, option: str) -> Figure | None:
    lines = [
        Line(f"{layer} {words}", scene.steps, scene.numbers(f"{key}.batch_norm.{name}"), dash=dash)
        for name, words, dash in (("std", "deviation", "solid"), ("mean", "|mean|", "dot"))
        for key, layer in scene.layers.items()
        if scene.has(f"{key}.batch_norm.{name}")
    ]
    return curves(lines, "running statistics") if lines else None


def now(signal: str) -> Draw:
    """The histograms of all layers at one moment."""

    def draw(scene: Scene, option: str) -> Figure | None:
        known = {
            key: layer for key, layer in scene.layers.items() if f"{key}/{signal}/counts" in scene.arrays
        }
        if not known:
            return None
        counts, ranges = (
            [scene.arrays[f"{key}/{signal}/{part}"] for key in known] for part in ("counts", "range")
        )
        return histograms_by_layer(list(known.values()), counts, ranges)

    return draw


def over_time(signal: str) -> Draw:
    """The histogram of one layer at every snapshot."""

    def draw(scene: Scene, option: str) -> Figure | None:
        found = list(scene.through(f"{option}/{signal}/counts", f"{option}/{signal}/range"))
        if not found:
            return None
        steps, arrays = zip(*found, strict=True)
        counts, ranges = zip(*arrays, strict=True)
        return histogram_over_time(steps, counts, ranges, SIGNALS[signal][0].lower())

    return draw


def first_layer(scene: Scene, option: str) -> Figure | None:
    if "images" not in scene.arrays:
        return None
    return first_weights(scene.arrays["images"], float(scene.arrays["images/scale"][0]))


KINDS = (
    Kind(
        "gradient_norms",
        "Gradient norms",
        "By layer: a line that falls towards zero vanishes, one that shoots up explodes and wants clipping.",
        "Layers",
        by_layer("gradient_norm", "gradient norm", log=True),
        default=True,
    ),
    Kind(
        "update_ratios",
        "Update to weight ratio",
        "How far a step moves the weights: about 0.001 is healthy, 0.01 too fast, 0.00001 too slow.",
        "Layers",
        by_layer("update_ratio", "|update| / |weights|", log=True),
        default=True,
    ),
    Kind(
        "dead_units",
        "Dead units",
        "The share of units that answer with zero to everything: lower the rate, or use leaky ReLU.",
        "Layers",
        by_layer("dead", "share of units", share=True),
    ),
    Kind(
        "saturated_units",
        "Saturated units",
        "The share of units stuck at an end of their range: normalise inputs, start with smaller weights.",
        "Layers",
        by_layer("saturated", "share of units", share=True),
    ),
    Kind(
        "activation_spread",
        "Spread of activations",
        "Their deviation by layer: dwindling from layer to layer, signals die out; use He initialisation.",
        "Layers",
        by_layer("activations.std", "deviation", log=True),
    ),
    Kind(
        "batch_norm",
        "Batch norm statistics",
        "What batch norm keeps for test time: still drifting at the end, dev answers lag behind training.",
        "Layers",
        batch_norm,
        unfit=only_batch_norm,
    ),
    *(
        Kind(f"{signal}_now", f"{title} by layer", help_, "Distributions", now(signal), "moment", tall=True)
        for signal, (title, help_) in SIGNALS.items()
    ),
    *(
        Kind(
            f"{signal}_over_time",
            f"{title} over time",
            help_,
            "Distributions",
            over_time(signal),
            options=each_layer,
        )
        for signal, (title, help_) in SIGNALS.items()
    ),
    Kind(
        "first_weights",
        "What the first layer looks for",
        "Its weights as images: clear strokes have learnt something, noise has not or overfits.",
        "Layers",
        first_layer,
        source="moment",
        unfit=only_images,
        default=True,
        tall=True,
    ),
)
