"""Regularisation of weights and gradients: L2 and L1 in the cost, clipping, a limit on each unit's weights.

Biases, and batch norm's beta and gamma, are left alone by all but clipping.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from .program import BLOCK, Array, Call, Program, cache_blocks, per_member, scalar, zeros
from .spec import Spec

#: A limit that no norm reaches, whose square a float32 still holds.
_NO_LIMIT = 1e18


def penalties(
    specs: Sequence[Spec], theta: Array, gradient: Array, vectors: Sequence[slice], m: int, cost: Array
) -> Program:
    """Calls that add L2 and L1 of the weights in ``theta`` (K, P) to ``cost`` (K,) and to ``gradient``.

    cost += l2 / (2 m) * sum(w^2) + l1 / m * sum(|w|), with m the examples of the batch: the course's form.
    ``vectors`` are the columns of all that is no weight.
    """
    l2, l1 = ([getattr(spec, name) / m for spec in specs] for name in ("l2", "l1"))
    if not any(l2) and not any(l1):
        return []
    program: Program = []
    scratch = zeros((min(BLOCK, theta.size),), theta.dtype)
    for members, columns in cache_blocks(*theta.shape):
        w, g, costs = theta[members, columns], gradient[members, columns], cost[members]
        pull = scratch[: w.size].reshape(w.shape)
        # NumPy is slower with gaps: whole rows are worked on, and the pull on what is no weight taken back.
        finish = [partial(pull[:, part].fill, 0) for part in _within(columns, vectors)]
        if any(l2):
            factor = per_member(l2[members], w)
            program += [partial(np.multiply, w, factor, pull), *finish, *_add(pull, w, g, 0.5, costs)]
        if any(l1):
            factor = per_member(l1[members], w)
            program += [partial(np.sign, w, pull), partial(np.multiply, pull, factor, pull), *finish]
            program += _add(pull, w, g, 1.0, costs)
    return program


def _within(columns: slice, parts: Sequence[slice]) -> list[slice]:
    """What of ``parts`` lies in ``columns``, counted from where these start."""
    ends = [(max(part.start, columns.start), min(part.stop, columns.stop)) for part in parts]
    return [slice(start - columns.start, stop - columns.start) for start, stop in ends if start < stop]


def _add(pull: Array, w: Array, g: Array, share: float, costs: Array) -> Program:
    """Add ``pull`` to the gradients and ``share`` of its product with the weights to the costs."""
    total, factor = np.empty((len(w), 1, 1), dtype=w.dtype), scalar(share, w)
    return [
        partial(np.add, g, pull, g),
        partial(np.matmul, w[:, None, :], pull[:, :, None], total),
        partial(np.multiply, total, factor, total),
        partial(np.add, costs, total[:, 0, 0], costs),
    ]


def penalty(specs: Sequence[Spec], weights: Sequence[Array], m: int) -> Array:
    """What ``penalties`` add to the cost of a batch of ``m`` examples: (K,)."""
    squares = sum(np.square(w, dtype=np.float64).sum(axis=1) for w in weights)
    sizes = sum(np.abs(w, dtype=np.float64).sum(axis=1) for w in weights)
    l2, l1 = (np.array([getattr(spec, name) for spec in specs]) for name in ("l2", "l1"))
    total: Array = (l2 / 2 * squares + l1 * sizes) / m
    return total


def clip_by_value(specs: Sequence[Spec], gradient: Array) -> Program:
    """Calls that bring every entry of ``gradient`` (K, P) into [-clip_value, clip_value]."""
    if all(spec.clip_value is None for spec in specs):
        return []
    program: Program = []
    limits = [np.inf if spec.clip_value is None else spec.clip_value for spec in specs]
    for members, columns in cache_blocks(*gradient.shape):
        g = gradient[members, columns]
        limit = per_member(limits[members], g)
        program += [partial(np.minimum, g, limit, out=g), partial(np.maximum, g, -limit, out=g)]
    return program


def clip_by_norm(specs: Sequence[Spec], gradient: Array) -> Program:
    """Calls that scale each member's whole ``gradient`` (K, P) down to a norm of at most clip_norm.

    Pascanu et al. 2013, https://proceedings.mlr.press/v28/pascanu13.html
    """
    if all(spec.clip_norm is None for spec in specs):
        return []
    limits = per_member([spec.clip_norm or _NO_LIMIT for spec in specs], gradient)
    limits, norms = limits.reshape(-1, 1), np.empty((len(specs), 1, 1), dtype=gradient.dtype)
    return [
        partial(np.matmul, gradient[:, None, :], gradient[:, :, None], norms),
        *_shrink_to(norms[:, 0], limits),
        partial(np.multiply, gradient, norms[:, 0], gradient),
    ]


def limit_norms(specs: Sequence[Spec], weights: Sequence[Array]) -> Program:
    """Calls that scale each unit's incoming ``weights``, arrays (K, fan_in, units), down to max_norm.

    Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
    """
    if all(spec.max_norm is None for spec in specs):
        return []
    program: Program = []
    limits = np.array([[spec.max_norm or _NO_LIMIT] for spec in specs], dtype=weights[0].dtype)
    for w in weights:
        norms = np.empty((len(w), w.shape[2]), dtype=w.dtype)
        program += [
            partial(np.einsum, "kij,kij->kj", w, w, out=norms),
            *_shrink_to(norms, limits),
            partial(np.multiply, w, norms[:, None, :], w),
        ]
    return program


def _shrink_to(squares: Array, limits: Array) -> list[Call]:
    """Calls that turn squared norms into the factors min(1, limit / norm)."""
    return [
        partial(np.sqrt, squares, squares),
        partial(np.maximum, squares, limits, out=squares),
        partial(np.divide, limits, squares, squares),
    ]


def decay(weights: Sequence[Array], factor: Any) -> Program:
    """Calls that multiply all ``weights``, each (K, n), by ``factor`` (K, 1) or a scalar."""
    return [partial(np.multiply, w, factor, w) for w in weights]
