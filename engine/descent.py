"""Descent: an optimizer at work on a cohort's flat parameters, block by block so that each stays in cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import regularisation
from .network import Network
from .program import BLOCK, Array, Program, cache_blocks, without, zeros, zeros_stack
from .schedules import Plateaus
from .spec import Spec
from .timeline import Timeline

#: Steps whose factors are computed at once, for all members together and at most.
_AHEAD = 1 << 16
_PIECE = 4_096
ONE_STEP = Timeline(steps_per_epoch=1, n_steps=1)


class Ahead(NamedTuple):
    """Factors (steps, n_factors, K, 1) from step ``first`` on, after cuts of plateaus to ``scale`` (K,)."""

    first: int
    factors: Array
    scale: npt.NDArray[np.float64]


class Descent:
    """The optimizer's state for K networks: moments (n_moments, K, P) and the factors of the coming step."""

    def __init__(self, specs: Sequence[Spec], network: Network, timeline: Timeline = ONE_STEP) -> None:
        self.plateaus = Plateaus(specs)
        optimizer = specs[0].optimizer
        self.moments = zeros_stack(optimizer.moments, network.theta)
        self.bind(specs, network, timeline)

    def bind(self, specs: Sequence[Spec], network: Network, timeline: Timeline) -> None:
        """Make the program anew, after specs or members have changed; moments stay."""
        self.specs, self.timeline = specs, timeline
        self._ahead: Ahead | None = None
        first = self.schedule(1, 1)[0]
        #: What the update reads: (n_factors, K, 1), overwritten before every step.
        self.factors = first.astype(network.dtype)
        self._scratch = zeros((min(BLOCK, network.theta.size),), network.dtype)
        self.program = self._step(network)

    def _step(self, network: Network) -> Program:
        """One step: tame the gradients, shrink the weights, update block by block, keep norms in bounds."""
        weights = network.weights_only(network.theta)
        program = regularisation.clip_by_value(self.specs, network.gradient)
        program += regularisation.clip_by_norm(self.specs, network.gradient)
        if self.specs[0].optimizer.decays:
            shrink = self.factors[-1]
            program += regularisation.decay(weights, shrink.reshape(()) if network.k == 1 else shrink)
        for block in cache_blocks(*network.theta.shape):
            program += self._update(network, *block)
        return program + regularisation.limit_norms(self.specs, network.weight_matrices())

    def drop(self, member: int) -> None:
        """Forget a member; the last one takes its place."""
        self.moments = without(self.moments.swapaxes(0, 1), member).swapaxes(0, 1)
        self.plateaus.drop(member)

    def carry_over(self, specs: Sequence[Spec], step: int) -> None:
        """Let moments after ``step`` steps stand for the same averages where the betas become those of
        ``specs``: steps go on as long as they were, and the averages change from there."""
        for k, (old, new) in enumerate(zip(self.specs, specs, strict=True)):
            scales = [spec.optimizer.scales(max(1, step)) for spec in (old, new)]
            for moment, before, after in zip(self.moments, *scales, strict=True):
                if before != after:
                    moment[k] *= before / after

    def schedule(self, first_step: int, steps: int) -> npt.NDArray[np.float64]:
        """Factors for ``steps`` steps from ``first_step`` on (counted from 1): (steps, n_factors, K, 1)."""
        t = np.arange(first_step, first_step + steps, dtype=np.float64)
        columns = []
        for spec, alpha in zip(self.specs, self.learning_rates(t), strict=True):
            columns.append([np.broadcast_to(f, steps) for f in spec.optimizer.factors(alpha, t)])
        return np.array(columns).transpose(2, 1, 0)[..., None]

    def learning_rates(self, t: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The learning rates (K, T) at steps ``t`` (T,), after the cuts of plateaus so far."""
        rates = [spec.learning_rate * spec.schedule.multipliers(t, self.timeline) for spec in self.specs]
        return np.array(rates) * self.plateaus.scale[:, None]

    def coming(self, first_step: int, steps: int) -> Iterator[Array]:
        """Factors step by step."""
        end = first_step + steps
        while first_step < end:
            piece = self._piece(first_step)[: end - first_step]
            yield from piece
            first_step += len(piece)

    def _piece(self, step: int) -> Array:
        """Factors from ``step`` on, as far as they were computed: for a piece of the way at once, and beyond
        the epoch, because a spec takes as long for one step as for thousands."""
        known, scale = self._ahead, self.plateaus.scale
        if known is None or not (
            known.first <= step < known.first + len(known.factors) and np.array_equal(known.scale, scale)
        ):
            most = max(1, min(_PIECE, _AHEAD // len(self.specs)))
            steps = max(1, min(most, self.timeline.n_steps + 1 - step))
            factors = self.schedule(step, steps).astype(self.factors.dtype)
            known = self._ahead = Ahead(step, factors, scale.copy())
        return known.factors[step - known.first :]

    def _update(self, network: Network, members: slice, columns: slice) -> Program:
        """The update of one block. For one network the arrays have one axis and the factors none."""
        where = (0, columns) if network.k == 1 else (members, columns)
        w, g = network.theta[where], network.gradient[where]
        scratch = self._scratch[: w.size].reshape(w.shape)
        factors: Any = [f.reshape(()) if network.k == 1 else f[members] for f in self.factors]
        optimizer = self.specs[0].optimizer
        return optimizer.update(w, g, scratch, tuple(factors), *(m[where] for m in self.moments))
