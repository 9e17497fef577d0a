"""Network: a cohort of K networks of one architecture, their parameters one (K, P) matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .architecture import Block, all_layers, blocks
from .heads import Judgement
from .program import Array, Program, quiet_context, run
from .randomness import stream
from .regularisation import penalties, penalty
from .spec import Spec
from .workspace import Workspace, flatten_cohort

#: Bounds of an evaluation's memory: activations in all layers together, and examples looked at together.
CHUNK_ELEMENTS = 1 << 22
MAX_CHUNK = 512


def chunk_size(units: int) -> int:
    """Examples looked at together outside training, for a network of so many units."""
    return max(1, min(MAX_CHUNK, CHUNK_ELEMENTS // units))


Reader = tuple[Array, Workspace, Program]


class Network:
    """K networks of one architecture. Arrays by name are live views with a leading axis of K.

    ``specs`` share layers, head and precision. ``initial`` replaces first parameters by name, see ``load``.
    """

    def __init__(
        self,
        specs: Sequence[Spec],
        n_features: int,
        n_outputs: int,
        initial: Mapping[str, npt.ArrayLike] | None = None,
    ) -> None:
        spec, self.specs = specs[0], specs
        self.k, self.n_features, self.n_outputs = len(specs), n_features, n_outputs
        self.dtype: np.dtype[Any] = np.dtype(spec.precision)
        self.head = spec.head
        self.layers = all_layers(spec, n_outputs)
        self.blocks = blocks(spec, n_features, n_outputs)
        self.n_parameters = self.blocks[-1].stop
        self.theta = np.zeros((self.k, self.n_parameters), dtype=self.dtype)
        self.gradient = np.zeros_like(self.theta)
        self.weights = self._views(self.theta)
        self.weight_gradients = self._views(self.gradient)
        self._quiet = quiet_context()
        self._reader: Reader | None = None
        self._draw(specs)
        self.load(initial or {})

    def _views(self, flat: Array) -> list[Array]:
        """One (K, fan_in + 1, units) view per layer, without the K of a cohort of one."""
        shaped = [flat[:, b.start : b.stop].reshape(self.k, b.fan_in + 1, b.units) for b in self.blocks]
        return [flatten_cohort(view) for view in shaped]

    def weights_only(self, flat: Array) -> list[Array]:
        """One (K, fan_in * units) view of ``flat`` (K, P) per layer: its weights without biases."""
        return [flat[:, b.start : b.start + b.fan_in * b.units] for b in self.blocks]

    def weight_matrices(self) -> list[Array]:
        """The weights of each layer (K, fan_in, units), live."""
        named = self.parameters()
        return [named[f"{block.name}.weights"] for block in self.blocks]

    def _draw(self, specs: Sequence[Spec]) -> None:
        for member, spec in enumerate(specs):
            rng = stream(spec.seed, "initialisation")
            for block, layer in zip(self.blocks, all_layers(spec, self.n_outputs), strict=True):
                weights = self.theta[member, block.start : block.stop - block.units]
                weights.reshape(block.fan_in, block.units)[...] = layer.draw(rng, block.fan_in)

    # --- parameters and gradients by name

    def parameters(self) -> dict[str, Array]:
        """``layers.0.weights`` (K, fan_in, units), ``layers.0.biases`` (K, units), ..., ``output.biases``."""
        return by_name(self.blocks, self.theta)

    def gradients(self) -> dict[str, Array]:
        """The gradients the last ``backward`` left, named and shaped like the parameters."""
        return by_name(self.blocks, self.gradient)

    def load(self, values: Mapping[str, npt.ArrayLike]) -> None:
        """Replace parameters by name, for all members (K, ...) or one shape for each (...).

        Raises ValueError naming the parameter when it is unknown or its shape is another.
        """
        parameters = self.parameters()
        for name, value in values.items():
            if name not in parameters:
                raise ValueError(f"There is no parameter {name!r}. There are: {', '.join(parameters)}.")
            new, old = np.asarray(value), parameters[name]
            if new.shape not in (old.shape, old.shape[1:]):
                raise ValueError(f"{name} has shape {new.shape}, expected {old.shape} or {old.shape[1:]}.")
            old[...] = new

    # --- one pass over examples of the caller's

    def predict(self, x: npt.ArrayLike) -> Array:
        """Hard answers for ``x`` (m, n_features): class numbers (K, m), 0 and 1 (K, m, n_outputs) where
        labels do not exclude each other, or values."""
        parts = [self.head.decide(z) for z, _ in self._logits(np.asarray(x))]
        decided = np.concatenate(parts, axis=-1)
        return decided.swapaxes(-1, -2) if decided.ndim == 3 else decided

    def predict_proba(self, x: npt.ArrayLike) -> Array:
        """Probabilities (K, m, n_outputs) for ``x`` (m, n_features): softmax or sigmoid of the logits."""
        return self.forward(x)

    def forward(self, x: npt.ArrayLike) -> Array:
        """Predictions for ``x`` (m, n_features), of shape (K, m, n_outputs): probabilities, or values."""
        parts = [self._quiet.run(self.head.predict, z) for z, _ in self._logits(np.asarray(x))]
        return np.concatenate(parts, axis=-1).swapaxes(-1, -2)

    def logits(self, x: npt.ArrayLike) -> Array:
        """The output layer's z for ``x`` (m, n_features), of shape (K, m, n_outputs)."""
        return np.concatenate([z for z, _ in self._logits(np.asarray(x))], axis=-1).swapaxes(-1, -2)

    def evaluate(
        self, x: Array, y: Array, target_scale: float = 1.0, rows: Array | None = None
    ) -> tuple[Array, Array]:
        """Mean cost and error of every member on examples ``x`` (m, n_features), ``y``: two arrays (K,).

        ``rows`` picks some of the examples."""
        total = Judgement(np.zeros(self.k), np.zeros(self.k))
        for z, part in self._logits(x, rows):
            judged = self._quiet.run(self.head.judge, z, np.asarray(y[part]))
            total = Judgement(total.cost + judged.cost, total.misses + judged.misses)
        m = len(x if rows is None else rows)
        return total.cost / m, self.head.error(total.misses, m, self.n_outputs, target_scale)

    def backward(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """The mean cost (K,) of one batch; its gradients are then in ``gradients()``. Moves nothing."""
        x, y = np.asarray(x), np.asarray(y)
        self._check_width(x)
        m = len(x)
        inputs = _augmented(x, self.dtype)
        targets = np.empty((1, self.head.rows(self.n_outputs), m), dtype=self.dtype)
        self.head.encoder(self.n_outputs, m, self.dtype)(y, targets)
        cost = np.empty(self.k, dtype=self.dtype)
        workspace = self.workspace(m)
        self._quiet.run(run, self.bind(workspace, inputs, targets[0], cost))
        return cost

    def objective(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """What descent lowers: the mean cost (K,) of ``x``, ``y`` as one batch, penalties included."""
        x, y = np.asarray(x), np.asarray(y)
        cost, _ = self.evaluate(x, y)
        return cost + penalty(self.specs, self.weights_only(self.theta), len(x))

    def workspace(self, m: int) -> Workspace:
        """Arrays for batches of ``m`` examples."""
        return Workspace(self.layers, self.head, self.k, m, self.dtype)

    def bind(self, workspace: Workspace, x: Array, targets: Array, cost: Array) -> Program:
        """Calls from a batch ``x`` (m, n_features + 1) and its targets to the cost, penalties included, and
        to all gradients."""
        weights, gradients = self.weights_only(self.theta), self.weights_only(self.gradient)
        return [
            *workspace.forward(self.weights, x),
            *workspace.cost(targets, cost),
            *workspace.backward(self.weights, self.weight_gradients, x),
            *penalties(self.specs, weights, gradients, workspace.m, cost),
        ]

    def _logits(self, x: Array, rows: Array | None = None) -> Iterator[tuple[Array, Array]]:
        """Logits (K, n_outputs, chunk) and the rows they are for, chunk by chunk; each a fresh array."""
        self._check_width(x)
        inputs, workspace, program = self._reader = self._reader or self._make_reader()
        rows = np.arange(len(x)) if rows is None else rows
        for start in range(0, len(rows), workspace.m):
            part = rows[start : start + workspace.m]
            inputs[: len(part), :-1] = x[part]
            self._quiet.run(run, program)
            yield workspace.scores[:, : self.n_outputs, : len(part)].copy(), part

    def _make_reader(self) -> Reader:
        m = chunk_size(sum(layer.units for layer in self.layers) + self.n_features)
        inputs = np.ones((m, self.n_features + 1), dtype=self.dtype)
        workspace = self.workspace(m)
        return inputs, workspace, workspace.forward(self.weights, inputs)

    def _check_width(self, x: Array) -> None:
        if x.ndim != 2 or x.shape[1] != self.n_features:
            raise ValueError(f"x has shape {x.shape}, expected (rows, {self.n_features}).")


def by_name(blocks: Sequence[Block], flat: Array) -> dict[str, Array]:
    """Views of ``flat`` (K, P) by parameter name: weights (K, fan_in, units), biases (K, units)."""
    named: dict[str, Array] = {}
    for block in blocks:
        split = block.stop - block.units
        weights = flat[:, block.start : split].reshape(len(flat), block.fan_in, block.units)
        named |= {f"{block.name}.weights": weights, f"{block.name}.biases": flat[:, split : block.stop]}
    return named


def _augmented(x: Array, dtype: np.dtype[Any]) -> Array:
    """``x`` (m, n) with a last column of ones, (m, n + 1)."""
    inputs = np.ones((len(x), x.shape[1] + 1), dtype=dtype)
    inputs[:, :-1] = x
    return inputs
