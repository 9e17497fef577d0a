"""The spec: everything that defines a training run, in one frozen object, JSON in and out."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, field_validator

from .augmentations import AnyAugmentation
from .batch_norm import BatchNorm
from .choices import Choice
from .early_stopping import AnyEarlyStopping, NoEarlyStopping
from .heads import AnyHead
from .layers import Dense
from .normalise import AnyNormalisation, Standardise
from .optimizers import Adam, AnyOptimizer
from .schedules import AnySchedule, Constant

MAX_LAYERS = 64


class Spec(Choice):
    """A network and how to train it. The output layer's width comes from the data; its weights are drawn by
    the last hidden layer's initializer."""

    model_config = ConfigDict(title="Network")
    layers: tuple[Dense, ...] = Field(
        max_length=MAX_LAYERS,
        json_schema_extra={"minItems": 1},
        title="Hidden layers",
        description="From input to output. Add layers or units when the training error stays high (bias).",
    )
    head: AnyHead = Field(
        title="Head",
        description="What the network answers: a class (softmax), yes or no (sigmoid), a number (squared "
        "error).",
    )
    optimizer: AnyOptimizer = Field(
        default_factory=Adam,
        title="Optimizer",
        description="How gradients become steps. Adam is a good first choice; change it when the cost "
        "crawls.",
    )
    learning_rate: float = Field(
        0.001,
        gt=0,
        le=10,
        title="Learning rate",
        description="Size of a step, the knob to tune first. Lower it when the cost jumps or diverges, raise "
        "it when the cost crawls.",
    )
    schedule: AnySchedule = Field(
        default_factory=Constant,
        title="Learning-rate schedule",
        description="How the learning rate changes on the way. Let it decay when the cost jitters late.",
    )
    batch_norm: BatchNorm = Field(
        default_factory=BatchNorm,
        title="Batch norm constants",
        description="How the layers that have batch norm keep their statistics for test time.",
    )
    input_keep_prob: float = Field(
        1.0,
        gt=0,
        le=1,
        title="Keep inputs",
        description="Dropout on the inputs: share kept in a step. Seldom good, it throws away data; 1: off.",
    )
    l2: float = Field(
        0.0,
        ge=0,
        le=1e6,
        title="L2 (lambda)",
        description="Pulls weights towards zero: adds l2 / 2m * sum(w^2) to the cost. Raise it when dev is "
        "much worse than train.",
    )
    l1: float = Field(
        0.0,
        ge=0,
        le=1e6,
        title="L1",
        description="Pulls weights to exactly zero: adds l1 / m * sum(|w|) to the cost. For networks with "
        "few weights in use.",
    )
    max_norm: float | None = Field(
        None,
        gt=0,
        le=1e6,
        title="Max-norm",
        description="Longest that a unit's weights may become, usually 3 or 4. Goes well with dropout."
        " Empty: any length.",
    )
    clip_norm: float | None = Field(
        None,
        gt=0,
        le=1e6,
        title="Clip gradient norm",
        description="Scales a longer gradient down to this length, 1 say. Reach for it when the cost jumps. "
        "Empty: never.",
    )
    clip_value: float | None = Field(
        None,
        gt=0,
        le=1e6,
        title="Clip gradient values",
        description="Cuts each gradient entry at this size. Cruder than the norm, for it bends the path. "
        "Empty: never.",
    )
    batch_size: int = Field(
        64,
        ge=1,
        title="Batch size",
        description="Examples per step. Powers of two from 32 to 512 train fast; smaller is noisier.",
    )
    full_batch: bool = Field(
        False,
        title="Full batch",
        description="One step per epoch on all examples, in place of the batch size. Smooth, but slow.",
    )
    shuffle: bool = Field(
        True,
        title="Shuffle",
        description="A new order each epoch. Turn it off only to see what the order does.",
    )
    epochs: int = Field(
        20,
        ge=1,
        le=100_000,
        title="Epochs",
        description="Passes over the training data. Raise it while the dev error still falls.",
    )
    early_stopping: AnyEarlyStopping = Field(
        default_factory=NoEarlyStopping,
        title="Early stopping",
        description="Ends a run that no longer gets better on dev. Saves time and limits overfitting.",
    )
    augmentations: tuple[AnyAugmentation, ...] = Field(
        (),
        max_length=16,
        title="Augmentations",
        description="Random changes to images while training, in order. When dev is much worse than train.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**53 - 1,  # the largest integer a browser reads back exactly
        title="Seed",
        description="Start of all random numbers. The same seed repeats a run exactly; vary it to see luck.",
    )
    precision: Literal["float32", "float64"] = Field(
        "float32",
        title="Precision",
        description="float32 is fast and enough. float64 halves the speed; for checking gradients.",
    )
    normalise: AnyNormalisation = Field(
        default_factory=Standardise,
        title="Input normalisation",
        description="Brings all inputs to one size, learnt from the training part only. Faster, smoother "
        "descent.",
    )

    def batch_for(self, n_train: int) -> int:
        """Examples per step with ``n_train`` to train on."""
        return n_train if self.full_batch else self.batch_size

    @field_validator("layers")
    @classmethod
    def _at_least_one_layer(cls, layers: tuple[Dense, ...]) -> tuple[Dense, ...]:
        if not layers:
            raise ValueError("A network needs at least one hidden layer: add one.")
        return layers
