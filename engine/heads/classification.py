"""Heads for classes: softmax and sigmoid."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import ConfigDict, Field
from typing_extensions import override

from ..program import Array, Program, product, scalar
from .base import Encoder, Head, Judgement, check_width

Weights = tuple[Annotated[float, Field(ge=0, le=1e6)], ...]


class ClassificationHead(Head):
    """What the heads for classes share: weights for them, and softened labels."""

    class_weights: Weights = Field(
        (),
        title="Class weights",
        description="How much each class counts, in order, such as 1, 5. Raise a rare class that is missed; "
        "empty: all alike.",
    )
    label_smoothing: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Label smoothing",
        description="Share of certainty taken from the labels. 0.1 when the network is overconfident or "
        "labels are noisy.",
    )

    def check_weights(self, n_classes: int) -> None:
        """Raise ValueError when there is not one class weight for each class."""
        given = len(self.class_weights)
        if given not in (0, n_classes):
            raise ValueError(
                f"head.class_weights has {given} values, but there are {n_classes} classes: give one for "
                "each, or none."
            )

    def weights(self, n_classes: int) -> Array:
        """The weight of each class (n_classes,)."""
        return np.array(self.class_weights or np.ones(n_classes), dtype=np.float64)


def balanced_weights(y: Array, n_classes: int) -> tuple[float, ...]:
    """Class weights m / (n_classes * count) that let each class count alike in ``y`` (m,); 0 for a class that
    is not there."""
    counts = np.bincount(np.asarray(y), minlength=n_classes)
    return tuple(float(len(y) / (n_classes * count)) if count else 0.0 for count in counts)


def _check_labels(name: str, y: Array, n_classes: int, width: int = 1) -> None:
    """Class numbers, ``width`` of them per row."""
    if y.ndim != 1:
        raise ValueError(f"{name} has shape {y.shape}, expected (rows,) with one class number per row.")
    if y.dtype.kind == "f":
        raise ValueError(f"{name} has dtype {y.dtype}, expected integers: class numbers from 0.")
    bad = np.flatnonzero((y < 0) | (y >= n_classes))
    if bad.size:
        row = bad[0] // width
        raise ValueError(f"{name} has {y[bad[0]]} in row {row}, but the classes are 0 to {n_classes - 1}.")


class SoftmaxHead(ClassificationHead):
    """One class out of several: a probability for each, adding up to one. For every task with two or more
    exclusive classes.

    p = softmax(z), cost = -mean(weight[class] * sum(q log p)), with q one for the class and zero elsewhere,
    or (1 - s) of that and s / n for all n classes under label smoothing s.
    """

    model_config = ConfigDict(title="Softmax")
    kind: Literal["softmax"] = "softmax"

    @override
    def check_answers(self, name: str, y: Array, n_outputs: int) -> None:
        if n_outputs < 2:
            raise ValueError("The softmax head needs n_outputs of at least 2: one output per class.")
        self.check_weights(n_outputs)
        _check_labels(name, y, n_outputs)

    @override
    def rows(self, n: int) -> int:
        return n + 1

    def _table(self, n: int) -> Array:
        """Row y holds (-weight * q, weight) of class y: against (z, log sum e^z) it gives the cost."""
        weights = self.weights(n)[:, None]
        q = np.eye(n) * (1 - self.label_smoothing) + self.label_smoothing / n
        return np.hstack([-weights * q, weights])

    @override
    def encoder(self, n: int, m: int, dtype: np.dtype[Any]) -> Encoder:
        table = (self._table(n) / m).astype(dtype)

        def encode(y: Array, out: Array) -> None:
            np.copyto(
                out, table.take(y.astype(np.intp, copy=False), axis=0).reshape(-1, m, n + 1).swapaxes(1, 2)
            )

        return encode

    @override
    def bind(self, scores: Array, targets: Array, dz: Array, cost: Array) -> Program:
        n = dz.shape[-2]
        z, log_total = scores[..., :n, :], scores[..., n:, :]
        top, total = np.empty_like(log_total), np.empty_like(log_total)
        return [
            # Subtracting the largest logit leaves the softmax unchanged and keeps exp from overflowing.
            partial(np.maximum.reduce, z, -2, None, top, True),
            partial(np.subtract, z, top, z),
            partial(np.exp, z, dz),
            product(np.ones((1, n), dtype=z.dtype), dz, total),
            partial(np.log, total, log_total),
            partial(np.dot, scores.reshape(len(cost), -1), targets.reshape(-1), cost),
            # The gradient by the logits is weight * (e^z / total - q) / m.
            partial(np.divide, targets[n:], total, total),
            partial(np.multiply, dz, total, dz),
            partial(np.add, dz, targets[:n], dz),
        ]

    @override
    def predict(self, z: Array) -> Array:
        p: Array = np.exp(z - z.max(axis=-2, keepdims=True))
        p /= p.sum(axis=-2, keepdims=True)
        return p

    @override
    def decide(self, z: Array) -> Array:
        return np.asarray(z.argmax(axis=-2))

    @override
    def judge(self, z: Array, y: Array) -> Judgement:
        z = z - z.max(axis=-2, keepdims=True)
        log_total = np.log(np.exp(z).sum(axis=-2))
        m = z.shape[-1]
        chosen = z.reshape(len(z), -1).take(y.astype(np.intp, copy=False) * m + np.arange(m), axis=1)
        # To look for the place of the largest logit, at 0 now, takes longer than to see that it is alone.
        is_unique = np.count_nonzero(z == 0) == chosen.size and np.isfinite(log_total).all()
        missed = chosen != 0 if is_unique else z.argmax(axis=-2) != y
        if self.label_smoothing:
            chosen = (1 - self.label_smoothing) * chosen + self.label_smoothing * z.mean(axis=-2)
        losses = log_total - chosen
        if self.class_weights:
            losses = losses * self.weights(z.shape[-2])[y.astype(np.intp)]
        cost = losses.sum(axis=-1, dtype=np.float64)
        return Judgement(cost, missed.sum(axis=-1, dtype=np.float64))


class SigmoidHead(ClassificationHead):
    """Yes or no: one probability, or several that do not exclude each other (multi-label). For two classes,
    and for tags.

    p = 1 / (1 + e^-z), cost = -mean(w1 y log p + w0 (1 - y) log(1 - p)), summed over the outputs; label
    smoothing s makes y (1 - s) y + s / 2.
    """

    model_config = ConfigDict(title="Sigmoid")
    kind: Literal["sigmoid"] = "sigmoid"

    @override
    def check_answers(self, name: str, y: Array, n_outputs: int) -> None:
        self.check_weights(2)
        if y.ndim == 2:
            check_width(name, y, n_outputs)
        elif n_outputs != 1:
            raise ValueError(
                f"The sigmoid head has one output, but n_outputs is {n_outputs}: use the softmax head, or "
                f"give {name} as 0 and 1 in {n_outputs} columns."
            )
        _check_labels(name, y.ravel(), 2, y.shape[1] if y.ndim == 2 else 1)

    @override
    def rows(self, n: int) -> int:
        return 2 * n

    def _targets(self, y: Array) -> tuple[Array, Array]:
        """What multiplies z and what multiplies log(1 + e^z) in the cost of answers ``y``."""
        no, yes = self.weights(2)
        q = y * (1 - self.label_smoothing) + self.label_smoothing / 2
        return -yes * q, no + (yes - no) * q

    @override
    def encoder(self, n: int, m: int, dtype: np.dtype[Any]) -> Encoder:
        def encode(y: Array, out: Array) -> None:
            by_z, by_softplus = self._targets(y.reshape(-1, m, n).swapaxes(1, 2))
            np.multiply(by_z, 1 / m, out=out[:, :n], casting="unsafe")
            np.multiply(by_softplus, 1 / m, out=out[:, n:], casting="unsafe")

        return encode

    @override
    def bind(self, scores: Array, targets: Array, dz: Array, cost: Array) -> Program:
        n = dz.shape[-2]
        z, softplus = scores[..., :n, :], scores[..., n:, :]
        return [
            partial(np.logaddexp, z, scalar(0, z), softplus),
            partial(np.dot, scores.reshape(len(cost), -1), targets.reshape(-1), cost),
            # The gradient by the logits is (p - y) / m with p = 1 / (1 + e^-z), each with its weight.
            partial(np.negative, z, dz),
            partial(np.exp, dz, dz),
            partial(np.add, dz, scalar(1, z), dz),
            partial(np.divide, targets[n:], dz, dz),
            partial(np.add, dz, targets[:n], dz),
        ]

    @override
    def predict(self, z: Array) -> Array:
        p: Array = 1 / (1 + np.exp(-z))
        return p

    @override
    def decide(self, z: Array) -> Array:
        decided = (z > 0).astype(np.intp)
        return decided[..., 0, :] if z.shape[-2] == 1 else decided

    @override
    def judge(self, z: Array, y: Array) -> Judgement:
        answers = y.reshape(z.shape[-1], -1).T
        by_z, by_softplus = self._targets(answers)
        cost = (by_softplus * np.logaddexp(0, z) + by_z * z).sum(axis=(-2, -1), dtype=np.float64)
        return Judgement(cost, ((z > 0) != (answers > 0.5)).sum(axis=(-2, -1), dtype=np.float64))

    @override
    def error(self, misses: Array, m: int, n: int, target_scale: float) -> Array:
        return misses / (m * n)

    @override
    def any_answers(self, m: int, n: int) -> Array:
        return np.zeros((m, n), dtype=np.intp)
