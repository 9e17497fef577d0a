"""Programs: the hot loop as a flat list of calls without arguments, everything bound beforehand.

A training step of a small network is some forty NumPy calls of half a microsecond each, so looking up
names and making views would cost as much as the arithmetic. Layers, heads and optimizers therefore
return their calls bound to workspace arrays, and a step is ``for call in program: call()``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Call = Callable[[], object]
Program = list[Call]

#: Elements worked on together: with two moments the four arrays of a block are 1 MiB in float32.
BLOCK = 65_536
#: Elements from which on writing an array costs more than a call.
_LARGE = 8_192
CACHE_LINE = 64


def run(program: Program) -> None:
    """Make every call in order."""
    for call in program:
        call()


def product(a: Array, b: Array, out: Array) -> Call:
    """The matrix product ``a @ b`` into ``out``, over a leading cohort axis when there is one."""
    # On plain matrices np.dot reaches BLAS in a third less time than np.matmul, but first sets ``out`` to
    # zero, which costs a large one more than that.
    small = out.ndim == 2 and out.size <= _LARGE
    return partial(np.dot if small else np.matmul, a, b, out)


def transposed(a: Array) -> Array:
    """View of ``a`` with its last two axes swapped."""
    return a.swapaxes(-1, -2)


def zeros(shape: Sequence[int], dtype: npt.DTypeLike) -> Array:
    """Zeros that begin a cache line, where NumPy promises only 16 bytes: vectors of 64 bytes that lie across
    two lines take up to twice as long to read and write."""
    size, dtype = math.prod(shape), np.dtype(dtype)
    per_line = CACHE_LINE // dtype.itemsize
    buffer = np.zeros(size + per_line, dtype=dtype)
    start = -(buffer.ctypes.data // dtype.itemsize) % per_line
    return buffer[start : start + size].reshape(shape)


def zeros_like(array: Array) -> Array:
    """Zeros of the shape and dtype of ``array`` that begin a cache line."""
    return zeros(array.shape, array.dtype)


def zeros_stack(count: int, array: Array) -> Array:
    """Zeros (count, ...) like ``count`` times ``array``, each of which begins a cache line."""
    per_line = CACHE_LINE // array.itemsize
    rows = zeros((count, -(-array.size // per_line) * per_line), array.dtype)
    return rows[:, : array.size].reshape(count, *array.shape)


def scalar(value: float, like: Array) -> Array:
    """``value`` as an array of no axes: ufuncs take it faster than a Python float."""
    return np.asarray(value, dtype=like.dtype)


_constants: WeakValueDictionary[tuple[float, tuple[int, ...], str], Array] = WeakValueDictionary()


def constant(value: float, like: Array) -> Array:
    """A read-only array full of ``value``: np.maximum is three times faster with one than with a scalar."""
    key = (value, like.shape, like.dtype.str)
    array = _constants.get(key)
    if array is None:  # shared while anyone uses it, so that it stays in the cache
        array = _constants[key] = zeros_like(like)
        array.fill(value)
        array.flags.writeable = False
    return array


def per_member(values: Sequence[float], like: Array) -> Array:
    """One value per network of a cohort, ready to meet arrays (K, n): (K, 1), or no axes for one network."""
    array = np.array(values, dtype=like.dtype)
    return array.reshape(()) if len(array) == 1 else array[:, None]


def cache_blocks(k: int, p: int) -> Iterator[tuple[slice, slice]]:
    """Tile a (k, p) matrix: long rows in pieces of BLOCK, short rows several at a time."""
    together = max(1, BLOCK // p)
    for member in range(0, k, together):
        for column in range(0, p, BLOCK):
            yield slice(member, min(member + together, k)), slice(column, min(column + BLOCK, p))


def without(array: Array, member: int) -> Array:
    """``array`` (K, ...) less one row: the last takes its place, the others stay where they are."""
    array[member] = array[-1]
    return array[:-1]


def without_item(items: Sequence[Any], member: int) -> list[Any]:
    """The same for a sequence."""
    kept = list(items)
    kept[member] = kept[-1]
    return kept[:-1]
