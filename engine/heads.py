"""Heads: the output layer's function, its cost and the cost's gradient with respect to the logits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import ConfigDict, Field
from typing_extensions import override

from .choices import BARE_STRING, Choice, registry
from .program import Array, Program, product, scalar

Encoder = Callable[[Array, Array], None]


class Judgement(NamedTuple):
    """Sums over examples, each (K,) in float64, so that chunks of a part can be added up."""

    cost: Array
    misses: Array


class Head(Choice):
    """The base of all heads.

    The hot loop hands a head ``scores`` (rows, m), whose first n rows are the logits, and ``targets`` of the
    same shape, made by the encoder; so the cost of most heads is one dot product of the two. A leading
    cohort axis K is there on ``scores`` when K > 1; the targets are shared.
    """

    def check_answers(self, name: str, y: Array, n_outputs: int) -> None:
        """Raise ValueError when the answers ``y``, called ``name``, do not fit ``n_outputs`` of this head."""
        raise NotImplementedError

    def rows(self, n: int) -> int:
        """Rows of ``scores`` for ``n`` outputs."""
        raise NotImplementedError

    def encoder(self, n: int, m: int, dtype: np.dtype[Any]) -> Encoder:
        """A function that writes the answers y of batches of ``m`` into targets (batches, rows, m)."""
        raise NotImplementedError

    def bind(self, scores: Array, targets: Array, dz: Array, cost: Array) -> Program:
        """Calls that write the mean cost (K,) and its gradient ``dz`` (n, m) by the logits."""
        raise NotImplementedError

    def predict(self, z: Array) -> Array:
        """Predictions from logits ``z`` (..., n, m): probabilities, or the values themselves."""
        raise NotImplementedError

    def judge(self, z: Array, y: Array) -> Judgement:
        """Summed cost and misses of logits ``z`` (K, n, m) against answers ``y``."""
        raise NotImplementedError

    def error(self, misses: Array, m: int, n: int, target_scale: float) -> Array:
        """The error of ``m`` examples with ``n`` outputs: the share misclassified, or the RMSE."""
        raise NotImplementedError


def _check_labels(name: str, y: Array, n_classes: int) -> None:
    if y.ndim != 1:
        raise ValueError(f"{name} has shape {y.shape}, expected (rows,) with one class number per row.")
    if y.dtype.kind == "f":
        raise ValueError(f"{name} has dtype {y.dtype}, expected integers: class numbers from 0.")
    bad = np.flatnonzero((y < 0) | (y >= n_classes))
    if bad.size:
        raise ValueError(f"{name} has {y[bad[0]]} in row {bad[0]}, but the classes are 0 to {n_classes - 1}.")


class SoftmaxHead(Head):
    """One class out of several: a probability for each, adding up to one. For every task with two or more
    exclusive classes.

    p = softmax(z), cost = -mean(log p[class]).
    """

    model_config = ConfigDict(title="Softmax")
    kind: Literal["softmax"] = "softmax"

    @override
    def check_answers(self, name: str, y: Array, n_outputs: int) -> None:
        if n_outputs < 2:
            raise ValueError("The softmax head needs n_outputs of at least 2: one output per class.")
        _check_labels(name, y, n_outputs)

    @override
    def rows(self, n: int) -> int:
        return n + 1

    @override
    def encoder(self, n: int, m: int, dtype: np.dtype[Any]) -> Encoder:
        # Column y of the targets is (-onehot, 1) / m; against the scores (z, log sum e^z) it gives the cost.
        table = np.zeros((n, n + 1), dtype=dtype)
        table[:, :n][np.diag_indices(n)] = -1 / m
        table[:, n] = 1 / m

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
            # The gradient by the logits is (e^z / total - onehot) / m.
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
    def judge(self, z: Array, y: Array) -> Judgement:
        z = z - z.max(axis=-2, keepdims=True)
        log_total = np.log(np.exp(z).sum(axis=-2))
        chosen = np.take_along_axis(z, y[None, None, :].astype(np.intp), axis=-2)[:, 0]
        cost = (log_total - chosen).sum(axis=-1, dtype=np.float64)
        return Judgement(cost, (z.argmax(axis=-2) != y).sum(axis=-1, dtype=np.float64))

    @override
    def error(self, misses: Array, m: int, n: int, target_scale: float) -> Array:
        return misses / m


class SigmoidHead(Head):
    """One yes or no: a single probability. For tasks with two classes.

    p = 1 / (1 + e^-z), cost = -mean(y log p + (1 - y) log(1 - p)).
    """

    model_config = ConfigDict(title="Sigmoid")
    kind: Literal["sigmoid"] = "sigmoid"

    @override
    def check_answers(self, name: str, y: Array, n_outputs: int) -> None:
        if n_outputs != 1:
            raise ValueError(
                f"The sigmoid head has one output, but n_outputs is {n_outputs}: use the softmax head."
            )
        _check_labels(name, y, 2)

    @override
    def rows(self, n: int) -> int:
        return 2 * n

    @override
    def encoder(self, n: int, m: int, dtype: np.dtype[Any]) -> Encoder:
        # Rows (-y, 1) / m; against the scores (z, log(1 + e^z)) they give the cost.
        def encode(y: Array, out: Array) -> None:
            np.multiply(y.reshape(-1, m, n).swapaxes(1, 2), -1 / m, out=out[:, :n], casting="unsafe")
            out[:, n:] = 1 / m

        return encode

    @override
    def bind(self, scores: Array, targets: Array, dz: Array, cost: Array) -> Program:
        n = dz.shape[-2]
        z, softplus = scores[..., :n, :], scores[..., n:, :]
        return [
            partial(np.logaddexp, z, scalar(0, z), softplus),
            partial(np.dot, scores.reshape(len(cost), -1), targets.reshape(-1), cost),
            # The gradient by the logits is (p - y) / m with p = 1 / (1 + e^-z).
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
    def judge(self, z: Array, y: Array) -> Judgement:
        answers = y.reshape(z.shape[-1], -1).T
        cost = (np.logaddexp(0, z) - answers * z).sum(axis=(-2, -1), dtype=np.float64)
        return Judgement(cost, ((z > 0) != (answers > 0.5)).sum(axis=(-2, -1), dtype=np.float64))

    @override
    def error(self, misses: Array, m: int, n: int, target_scale: float) -> Array:
        return misses / m


class SquaredErrorHead(Head):
    """A number, or several: the plain output judged by its squared distance. For regression.

    cost = mean((z - y)^2 / 2), summed over the outputs.
    """

    model_config = ConfigDict(title="Squared error")
    kind: Literal["squared_error"] = "squared_error"

    @override
    def check_answers(self, name: str, y: Array, n_outputs: int) -> None:
        width = 1 if y.ndim == 1 else y.shape[1]
        if width != n_outputs:
            raise ValueError(f"{name} has {width} values per row, but n_outputs is {n_outputs}.")

    @override
    def rows(self, n: int) -> int:
        return n

    @override
    def encoder(self, n: int, m: int, dtype: np.dtype[Any]) -> Encoder:
        def encode(y: Array, out: Array) -> None:
            np.copyto(out, y.reshape(-1, m, n).swapaxes(1, 2), casting="unsafe")

        return encode

    @override
    def bind(self, scores: Array, targets: Array, dz: Array, cost: Array) -> Program:
        k, m = len(cost), dz.shape[-1]
        as_row, as_column = scores.reshape(k, 1, -1), dz.reshape(k, -1, 1)
        return [
            partial(np.subtract, scores, targets, scores),
            partial(np.multiply, scores, scalar(1 / m, dz), dz),
            partial(np.matmul, as_row, as_column, cost.reshape(k, 1, 1)),
            partial(np.multiply, cost, scalar(0.5, cost), cost),
        ]

    @override
    def predict(self, z: Array) -> Array:
        return z.copy()

    @override
    def judge(self, z: Array, y: Array) -> Judgement:
        squares = np.square(z - y.reshape(z.shape[-1], -1).T).sum(axis=(-2, -1), dtype=np.float64)
        return Judgement(squares / 2, squares)

    @override
    def error(self, misses: Array, m: int, n: int, target_scale: float) -> Array:
        """Root of the mean squared distance, in the target's own units."""
        rmse: Array = np.sqrt(misses / (m * n)) * target_scale
        return rmse


AnyHead = Annotated[SoftmaxHead | SigmoidHead | SquaredErrorHead, Field(discriminator="kind"), BARE_STRING]
HEADS: dict[str, type[Head]] = registry(AnyHead)
