"""Descent: an optimizer at work on a cohort's flat parameters, block by block so that each stays in cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .network import Network
from .program import Array, Program
from .spec import Spec

#: Elements updated together: with two moments the four arrays of a block are 512 KiB in float32.
BLOCK = 32_768
_PIECE = 4_096


class Descent:
    """The optimizer's state for K networks: moments (n_moments, K, P) and the factors of the coming step."""

    def __init__(self, specs: Sequence[Spec], network: Network) -> None:
        self.specs = specs
        optimizer = specs[0].optimizer
        self.moments = np.zeros((optimizer.moments, *network.theta.shape), dtype=network.dtype)
        first = self.schedule(1, 1)[0]
        #: What the update reads: (n_factors, K, 1), overwritten before every step.
        self.factors = first.astype(network.dtype)
        self._scratch = np.empty(min(BLOCK, network.theta.size), dtype=network.dtype)
        self.program: Program = []
        for block in _cache_blocks(*network.theta.shape):
            self.program += self._update(network, *block)

    def schedule(self, first_step: int, steps: int) -> npt.NDArray[np.float64]:
        """Factors for ``steps`` steps from ``first_step`` on (counted from 1): (steps, n_factors, K, 1)."""
        t = np.arange(first_step, first_step + steps, dtype=np.float64)
        columns = []
        for spec in self.specs:
            alpha = np.full(steps, spec.learning_rate)
            columns.append([np.broadcast_to(f, steps) for f in spec.optimizer.factors(alpha, t)])
        return np.array(columns).transpose(2, 1, 0)[..., None]

    def coming(self, first_step: int, steps: int) -> Iterator[Array]:
        """Factors step by step, computed for a piece of the way at once."""
        for start in range(0, steps, _PIECE):
            piece = self.schedule(first_step + start, min(_PIECE, steps - start))
            yield from piece.astype(self.factors.dtype)

    def _update(self, network: Network, members: slice, columns: slice) -> Program:
        """The update of one block. For one network the arrays have one axis and the factors none."""
        where = (0, columns) if network.k == 1 else (members, columns)
        w, g = network.theta[where], network.gradient[where]
        scratch = self._scratch[: w.size].reshape(w.shape)
        factors: Any = [f.reshape(()) if network.k == 1 else f[members] for f in self.factors]
        optimizer = self.specs[0].optimizer
        return optimizer.update(w, g, scratch, tuple(factors), *(m[where] for m in self.moments))


def _cache_blocks(k: int, p: int) -> Iterator[tuple[slice, slice]]:
    """Tile a (k, p) matrix: long rows in pieces of BLOCK, short rows several at a time."""
    together = max(1, BLOCK // p)
    for member in range(0, k, together):
        for column in range(0, p, BLOCK):
            yield slice(member, min(member + together, k)), slice(column, min(column + BLOCK, p))
