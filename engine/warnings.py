"""Warnings: settings that are allowed but rarely meant. Each says what happens and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .architecture import blocks
from .environment import cache_bytes
from .spec import Spec


class Warning(NamedTuple):
    """``field`` is a path into the spec, such as ``layers.0.units``."""

    field: str
    message: str


class Setting(NamedTuple):
    """What a rule looks at."""

    spec: Spec
    n_features: int
    n_outputs: int
    n_train: int


Rule = Callable[[Setting], Iterator[Warning]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Register a rule."""
    RULES[function.__name__] = function
    return function


def warnings_for(spec: Spec, n_features: int, n_outputs: int, n_train: int) -> list[Warning]:
    """What every rule has to say about a spec and the data it meets."""
    setting = Setting(spec, n_features, n_outputs, n_train)
    return [warning for each in RULES.values() for warning in each(setting)]


@rule
def zeros_keep_symmetry(s: Setting) -> Iterator[Warning]:
    for i, layer in enumerate(s.spec.layers):
        if layer.initializer.kind == "zeros":
            yield Warning(
                f"layers.{i}.initializer",
                f"With zeros, all {layer.units} units of this layer compute and learn the same. "
                "Choose He (ReLU) or Xavier (tanh, sigmoid).",
            )


@rule
def initializer_does_not_suit_the_activation(s: Setting) -> Iterator[Warning]:
    names = {"he": "He", "xavier": "Xavier", "glorot": "Glorot"}
    for i, layer in enumerate(s.spec.layers):
        given, better = layer.initializer.kind, layer.activation.suits
        matters = given in names and layer.activation.kind != "linear"
        if matters and (given == "he") != (better == "he"):
            effect = "grow" if given == "he" else "fade"
            yield Warning(
                f"layers.{i}.initializer",
                f"{names[given]} is made for other activations: with {layer.activation.kind}, signals "
                f"{effect} from layer to layer. Choose {names[better]}.",
            )


@rule
def only_linear_layers(s: Setting) -> Iterator[Warning]:
    if all(layer.activation.kind == "linear" for layer in s.spec.layers):
        yield Warning(
            "layers.0.activation",
            "All hidden layers are linear: together they can do no more than one linear layer. "
            "Choose ReLU in at least one.",
        )


@rule
def deep_saturating_network(s: Setting) -> Iterator[Warning]:
    limits = {"sigmoid": 3, "tanh": 8}
    for kind, limit in limits.items():
        count = sum(layer.activation.kind == kind for layer in s.spec.layers)
        if count > limit:
            yield Warning(
                "layers",
                f"{count} layers of {kind}: gradients shrink at each and hardly reach the first (vanishing "
                f"gradients). Choose ReLU, or keep to {limit} such layers.",
            )


@rule
def unusual_learning_rate(s: Setting) -> Iterator[Warning]:
    rate, name = s.spec.learning_rate, s.spec.optimizer.kind.replace("_", " ")
    low, high, start = s.spec.optimizer.usual_rates
    if rate > high:
        message = f"{rate:g} is large for {name}: the cost may jump or diverge. Try {start:g}."
        yield Warning("learning_rate", message)
    if rate < low:
        message = f"{rate:g} is small for {name}: the cost may hardly move. Try {start:g}."
        yield Warning("learning_rate", message)


@rule
def batch_larger_than_the_data(s: Setting) -> Iterator[Warning]:
    if s.spec.batch_for(s.n_train) > s.n_train:
        yield Warning(
            "batch_size",
            f"A batch of {s.spec.batch_size:,} is larger than the {s.n_train:,} training examples, so the "
            f"run cannot start. Choose at most {s.n_train:,}.",
        )


@rule
def batch_size_not_a_power_of_two(s: Setting) -> Iterator[Warning]:
    size = s.spec.batch_for(s.n_train)
    if size & (size - 1) and size < s.n_train:
        lower = 1 << (size.bit_length() - 1)
        yield Warning(
            "batch_size",
            f"{size} is not a power of two, which suits memory and processor less well. Try {lower} or "
            f"{2 * lower}.",
        )


@rule
def full_batch_on_much_data(s: Setting) -> Iterator[Warning]:
    if s.spec.batch_for(s.n_train) == s.n_train > 2_000:
        yield Warning(
            "batch_size",
            f"The whole training part ({s.n_train:,} examples) is one batch: one step per epoch, so "
            "progress is slow. Try 64 to 512.",
        )


@rule
def dropout_of_inputs(s: Setting) -> Iterator[Warning]:
    if s.spec.input_keep_prob < 1:
        yield Warning(
            "input_keep_prob",
            f"{1 - s.spec.input_keep_prob:.0%} of the inputs are thrown away at each step, before the "
            "network has seen them. Try dropout in the hidden layers first.",
        )


@rule
def batch_norm_of_few_examples(s: Setting) -> Iterator[Warning]:
    size = s.spec.batch_for(s.n_train)
    if size < 8 and any(layer.batch_norm for layer in s.spec.layers):
        yield Warning(
            "batch_size",
            f"Batch norm takes mean and variance of {size} example{'s' * (size > 1)}: too few to mean much. "
            "Try a batch of 32 or more.",
        )


@rule
def heavy_dropout(s: Setting) -> Iterator[Warning]:
    for i, layer in enumerate(s.spec.layers):
        if layer.keep_prob < 0.2:
            yield Warning(
                f"layers.{i}.keep_prob",
                f"Only {layer.keep_prob:.0%} of the units are kept in a step: hardly anything gets through. "
                "Try 0.5 to 0.9.",
            )


@rule
def many_parameters_for_the_data(s: Setting) -> Iterator[Warning]:
    n_parameters = blocks(s.spec, s.n_features, s.n_outputs)[-1].stop
    if n_parameters > 100 * s.n_train:
        yield Warning(
            "layers",
            f"{n_parameters:,} parameters for {s.n_train:,} training examples: the network can learn them by "
            "heart (variance). Use fewer units or more data, and watch the dev error.",
        )


@rule
def batch_leaves_the_cache(s: Setting) -> Iterator[Warning]:
    itemsize = 4 if s.spec.precision == "float32" else 8
    widths = [layer.units for layer in s.spec.layers] + [s.n_outputs]
    # A step walks over the inputs once and over every layer's output and its gradient.
    per_example = (s.n_features + 2 * sum(widths)) * itemsize
    batch = s.spec.batch_for(s.n_train)
    needed, cache = per_example * batch, cache_bytes()
    fits = cache // per_example
    if needed > cache and fits >= 32 and batch <= s.n_train:
        yield Warning(
            "batch_size",
            f"One batch works on {needed / 2**20:.1f} MiB, this processor's level-2 cache holds "
            f"{cache / 2**20:.1f} MiB: steps wait for memory. A batch of "
            f"{1 << (fits.bit_length() - 1)} fits.",
        )
