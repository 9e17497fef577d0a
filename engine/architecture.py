"""Architecture: which blocks of parameters a spec means, as plain integers, before anything is allocated."""

from __future__ import annotations

from typing import Any, NamedTuple

from .activations import Linear
from .layers import Dense
from .spec import Spec


class Block(NamedTuple):
    """One layer's parameters inside the flat row: (rows, units), the weights and below them the vectors: the
    biases, or beta and gamma of batch norm."""

    name: str
    fan_in: int
    units: int
    start: int
    vectors: tuple[str, ...] = ("biases",)

    @property
    def rows(self) -> int:
        """Weights of one unit and its entry in each vector."""
        return self.fan_in + len(self.vectors)

    @property
    def size(self) -> int:
        """Parameters of the layer."""
        return self.rows * self.units

    @property
    def stop(self) -> int:
        """Where the next layer's parameters start."""
        return self.start + self.size


def blocks(spec: Spec, n_features: int, n_outputs: int) -> list[Block]:
    """The layers' blocks in order: ``layers.0``, ``layers.1``, ..., ``output``."""
    found: list[Block] = []
    fan_in, start = n_features, 0
    shapes = [(f"layers.{i}", layer.units, layer.batch_norm) for i, layer in enumerate(spec.layers)]
    for name, units, batch_norm in [*shapes, ("output", n_outputs, False)]:
        vectors = ("beta", "gamma") if batch_norm else ("biases",)
        found.append(Block(name, fan_in, units, start, vectors))
        fan_in, start = units, found[-1].stop
    return found


def all_layers(spec: Spec, n_outputs: int) -> tuple[Dense, ...]:
    """The hidden layers and the output layer: linear, its weights drawn as the last hidden layer's, for it is
    that layer's activation that it reads."""
    last = spec.layers[-1]
    initializer: Any = last.initializer.suited_to(last.activation)
    output = Dense.model_construct(units=n_outputs, activation=Linear(), initializer=initializer)
    return (*spec.layers, output)
