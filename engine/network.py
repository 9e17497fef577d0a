"""Network: a cohort of K networks of one architecture, their parameters one (K, P) matrix."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from .architecture import Block, all_layers, blocks
from .arithmetic import Arithmetic
from .batch_norm import Statistics
from .dropout import Dropout
from .heads import Judgement
from .program import Array, Program, run, without, without_item, zeros, zeros_like
from .randomness import stream
from .regularisation import penalties, penalty
from .spec import Spec
from .workspace import Workspace, flatten_cohort

#: Bounds of an evaluation's memory: activations in all layers together, and examples looked at together.
CHUNK_ELEMENTS = 1 << 22
MAX_CHUNK = 512
#: The same for a cohort of small networks, whose activations would leave the cache, and of which this many
#: units are small; multiples of large powers of two push each other out of it.
COHORT_CHUNK = 192
SMALL_UNITS = 512


def chunk_size(units: int, k: int = 1) -> int:
    """Examples looked at together outside training, for ``k`` networks of so many units each."""
    most = COHORT_CHUNK if k > 1 and units <= SMALL_UNITS else MAX_CHUNK
    return max(1, min(most, CHUNK_ELEMENTS // units))


Reader = tuple[Array, Workspace, Program]
BindBatch = Callable[[Workspace, Array, Array, Array], Program]


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
        spec, self.specs = specs[0], list(specs)
        self.k, self.n_features, self.n_outputs = len(specs), n_features, n_outputs
        self.dtype: np.dtype[Any] = np.dtype(spec.precision)
        self.head = spec.head
        self.layers = all_layers(spec, n_outputs)
        self.blocks = blocks(spec, n_features, n_outputs)
        self.n_parameters = self.blocks[-1].stop
        self.theta = zeros((self.k, self.n_parameters), self.dtype)
        self.gradient = zeros_like(self.theta)
        self.statistics = Statistics(self.k, self.layers, self.dtype, spec.batch_norm)
        self._bind_views()
        self._arithmetic = Arithmetic()
        self._draw(specs)
        self.load(initial or {})

    def _bind_views(self) -> None:
        self.weights = self._views(self.theta)
        self.weight_gradients = self._views(self.gradient)
        self._reader: Reader | None = None

    def _views(self, flat: Array) -> list[Array]:
        """One (K, rows, units) view per layer, without the K of a cohort of one."""
        shaped = [flat[:, b.start : b.stop].reshape(self.k, b.rows, b.units) for b in self.blocks]
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
                weights = self.theta[member, block.start : block.stop].reshape(block.rows, block.units)
                weights[: block.fan_in] = layer.draw(rng, block.fan_in)
                if layer.batch_norm:
                    weights[-1] = 1  # gamma

    def drop(self, member: int) -> None:
        """Forget a member; the last one takes its place and the others stay where they are. Views made before
        are stale."""
        self.specs = without_item(self.specs, member)
        self.theta, self.gradient = without(self.theta, member), without(self.gradient, member)
        self.statistics.drop(member)
        self.k -= 1
        self._bind_views()

    # --- parameters and gradients by name

    def parameters(self) -> dict[str, Array]:
        """``layers.0.weights`` (K, fan_in, units), ``layers.0.biases`` (K, units), ..., ``output.biases``; in
        place of biases ``layers.0.beta`` and ``layers.0.gamma`` (K, units) where there is batch norm."""
        return by_name(self.blocks, self.theta)

    def gradients(self) -> dict[str, Array]:
        """The gradients the last ``backward`` left, named and shaped like the parameters."""
        return by_name(self.blocks, self.gradient)

    def running(self) -> dict[str, Array]:
        """Batch norm's statistics for evaluation, live: ``layers.0.running_mean`` (K, units), ..."""
        return self.statistics.by_name([block.name for block in self.blocks])

    def load(self, values: Mapping[str, npt.ArrayLike]) -> None:
        """Replace parameters and running statistics by name, for all members (K, ...) or one shape
        for each (...).

        Raises ValueError naming the parameter when it is unknown or its shape is another.
        """
        parameters = self.parameters() | self.running()
        for name, value in values.items():
            if name not in parameters:
                raise ValueError(f"There is no parameter {name!r}. There are: {', '.join(parameters)}.")
            new, old = np.asarray(value), parameters[name]
            if new.shape not in (old.shape, old.shape[1:]):
                raise ValueError(f"{name} has shape {new.shape}, expected {old.shape} or {old.shape[1:]}.")
            old[...] = new

    def fingerprint(self) -> str:
        """The SHA-256, in hexadecimal, of all that evaluation depends on: parameters and kept statistics with
        their types and shapes, alike on every machine."""
        return _digest(self.theta, self.statistics.kept)

    def member_fingerprint(self, member: int) -> str:
        """The same of one member, as if it were alone."""
        mine = slice(member, member + 1)
        return _digest(self.theta[mine], self.statistics.kept[:, mine])

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

    def forward(self, x: npt.ArrayLike, dropout_seed: int | None = None) -> Array:
        """Predictions for ``x`` (m, n_features), of shape (K, m, n_outputs): probabilities, or values.

        With a ``dropout_seed`` units are dropped as in training, and the same seed drops the same."""
        if dropout_seed is not None:
            return self._dropped_forward(np.asarray(x), dropout_seed)
        parts = [self._arithmetic.run(self.head.predict, z) for z, _ in self._logits(np.asarray(x))]
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
            judged = self._arithmetic.run(self.head.judge, z, np.asarray(y[part]))
            total = Judgement(total.cost + judged.cost, total.misses + judged.misses)
        m = len(x if rows is None else rows)
        return total.cost / m, self.head.error(total.misses, m, self.n_outputs, target_scale)

    def _dropped_forward(self, x: Array, seed: int) -> Array:
        self._check_width(x)
        workspace = self.workspace(len(x), dropout=self._dropout(seed))
        self._arithmetic.run(run, workspace.forward(_augmented(x, self.dtype)))
        z = workspace.scores[:, : self.n_outputs]
        return self._arithmetic.run(self.head.predict, z).swapaxes(-1, -2)

    def _dropout(self, seed: int | None) -> Dropout | None:
        """Masks of one seed, the same for every member."""
        return None if seed is None else Dropout([stream(seed, "dropout") for _ in range(self.k)])

    def backward(self, x: npt.ArrayLike, y: npt.ArrayLike, dropout_seed: int | None = None) -> Array:
        """The mean cost (K,) of one batch, penalties included; its gradients are then in ``gradients()``.

        As in training, batch norms use the batch's own statistics; units are dropped only with a
        ``dropout_seed``. Moves nothing.
        """
        x, y = np.asarray(x), np.asarray(y)
        workspace = self.workspace(len(x), training=True, dropout=self._dropout(dropout_seed))
        return self.run_batch(workspace, x, y, self.bind)

    def objective(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """What descent lowers: the mean cost (K,) of ``x``, ``y`` as one batch, penalties included."""
        x, y = np.asarray(x), np.asarray(y)
        workspace = self.workspace(len(x), training=True)
        cost = self.run_batch(workspace, x, y, lambda w, x, t, cost: [*w.forward(x), *w.cost(t, cost)])
        return cost + penalty(self.specs, self.weights_only(self.theta), len(x))

    def run_batch(self, workspace: Workspace, x: Array, y: Array, bind: BindBatch) -> Array:
        """Run what ``bind`` makes of a batch; the cost (K,) it leaves."""
        self._check_width(x)
        if len(y) != len(x):
            raise ValueError(f"y has shape {y.shape}, but x has {len(x)} rows: one answer per row.")
        self.head.check_answers("y", y, self.n_outputs)
        targets = np.empty((1, self.head.rows(self.n_outputs), len(x)), dtype=self.dtype)
        self.head.encoder(self.n_outputs, len(x), self.dtype)(y, targets)
        cost = np.empty(self.k, dtype=self.dtype)
        self._arithmetic.run(run, bind(workspace, _augmented(x, self.dtype), targets[0], cost))
        return cost

    def workspace(self, m: int, *, training: bool = False, dropout: Dropout | None = None) -> Workspace:
        """Arrays for batches of ``m`` examples."""
        return Workspace(self, m, training=training, dropout=dropout)

    def bind(self, workspace: Workspace, x: Array, targets: Array, cost: Array) -> Program:
        """Calls from a batch ``x`` (m, n_features + 1) and its targets to the cost, penalties included, and
        to all gradients."""
        vectors = [slice(b.start + b.fan_in * b.units, b.stop) for b in self.blocks]
        return [
            *workspace.forward(x),
            *workspace.cost(targets, cost),
            *workspace.backward(x),
            *penalties(self.specs, self.theta, self.gradient, vectors, workspace.m, cost),
        ]

    def on_batch_statistics(self) -> Network:
        """A twin that shares all parameters and evaluates with the last batch's statistics in its batch
        norms, for when those kept are from long ago."""
        twin = copy(self)
        twin.statistics, twin._reader = copy(self.statistics), None
        twin.statistics.kept = self.statistics.batch.copy()
        return twin

    def measure_statistics(self, x: Array) -> None:
        """Set batch norm's statistics to the exact mean and variance over examples ``x`` (m, n_features),
        layer by layer, each on what the layers below pass on."""
        for i, layer in enumerate(self.layers):
            if layer.batch_norm:
                total = np.zeros((2, self.k, layer.units))
                for logits, _ in self._logits(x):
                    assert self._reader is not None
                    norm = self._reader[1].norms[i]
                    assert norm is not None
                    z = norm.x.reshape(self.k, layer.units, -1)[..., : logits.shape[-1]]
                    total += np.stack(
                        [z.sum(axis=-1, dtype=np.float64), np.square(z, dtype=np.float64).sum(-1)]
                    )
                mean, square = total / len(x)
                kept_mean, kept_variance = self.statistics.of(i, self.statistics.kept)
                kept_mean[..., 0], kept_variance[..., 0] = mean, np.maximum(square - mean**2, 0)

    def _logits(self, x: Array, rows: Array | None = None) -> Iterator[tuple[Array, Array | slice]]:
        """Logits (K, n_outputs, chunk) and the rows they are for, chunk by chunk; each a fresh array."""
        self._check_width(x)
        inputs, workspace, program = self._reader = self._reader or self._make_reader()
        end = len(x) if rows is None else len(rows)
        for start in range(0, end, workspace.m):
            stop = min(start + workspace.m, end)
            part = slice(start, stop) if rows is None else rows[start:stop]
            inputs[: stop - start, :-1] = x[part]
            self._arithmetic.run(run, program)
            yield workspace.scores[:, : self.n_outputs, : stop - start].copy(), part

    def _make_reader(self) -> Reader:
        m = chunk_size(sum(layer.units for layer in self.layers) + self.n_features, self.k)
        inputs = np.ones((m, self.n_features + 1), dtype=self.dtype)
        workspace = self.workspace(m)
        return inputs, workspace, workspace.forward(inputs)

    def _check_width(self, x: Array) -> None:
        if x.ndim != 2 or x.shape[1] != self.n_features:
            raise ValueError(f"x has shape {x.shape}, expected (rows, {self.n_features}).")


def _digest(*arrays: Array) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        digest.update(f"{little.dtype.str} {little.shape} ".encode())
        digest.update(little.tobytes())
    return digest.hexdigest()


def by_name(blocks: Sequence[Block], flat: Array) -> dict[str, Array]:
    """Views of ``flat`` (K, P) by parameter name: weights (K, fan_in, units), vectors (K, units)."""
    named: dict[str, Array] = {}
    for block in blocks:
        whole = flat[:, block.start : block.stop].reshape(len(flat), block.rows, block.units)
        named[f"{block.name}.weights"] = whole[:, : block.fan_in]
        named |= {f"{block.name}.{name}": whole[:, block.fan_in + i] for i, name in enumerate(block.vectors)}
    return named


def _augmented(x: Array, dtype: np.dtype[Any]) -> Array:
    """``x`` (m, n) with a last column of ones, (m, n + 1)."""
    inputs = np.ones((len(x), x.shape[1] + 1), dtype=dtype)
    inputs[:, :-1] = x
    return inputs
