"""NumPy's .npy: one array. Its header is read and compared with the file before anything is allocated."""

import math
import tokenize
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from webapp.datasets.readers import arrays, gzipped
from webapp.datasets.readers.limits import readable
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

TITLE = "NumPy array"
MAGIC = b"\x93NUMPY"
MAX_HEADER = 10_000  # bytes, as NumPy itself
NOT_A_HEADER = (
    ValueError, TypeError, SyntaxError, tokenize.TokenError, RecursionError, MemoryError, OverflowError,
)  # fmt: skip
KINDS = "biufUSM"  # bool, integers, floats, texts, bytes, times
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
SAVE_AGAIN = "Save a plain array of numbers or texts with numpy.save or numpy.savez."


class Header(NamedTuple):
    """What an array is: `offset` bytes come before its data."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype
    offset: int


def accepts(head: bytes) -> bool:
    return head.startswith(MAGIC)


def refuse_early(head: bytes) -> None:
    """The header may be cut in an upload's first piece: it is read when all is there."""


def inspect(path: Path, work: Path, _options: Options) -> tuple[str, ...]:
    array = load(gzipped.unpacked(path, work), "this array")
    return arrays.names([arrays.Part("", "this array", array)])


def read(path: Path, work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
    array = load(gzipped.unpacked(path, work), "this array")
    notes = arrays.write([arrays.Part("", "this array", array)], work, options, progress)
    return [f"Read as a NumPy array of shape {array.shape}.", *notes]


def load(path: Path, name: str) -> np.ndarray:
    """The array in `path`, mapped into memory; `name` is what messages call it. Raises Refusal."""
    with path.open("rb") as file:
        header = read_header(file, name)
    check(header, path.stat().st_size, name)
    order = "F" if header.fortran else "C"
    return np.memmap(path, header.dtype, "r", header.offset, header.shape, order=order)


def read_header(file: BinaryIO, name: str) -> Header:
    """The header at the beginning of `file`. Raises Refusal."""
    try:
        version = np.lib.format.read_magic(file)
        shape, fortran, dtype = HEADERS[version](file, max_header_size=MAX_HEADER)
    except KeyError as error:
        raise _unreadable(name, "it is of a version that only structured arrays need") from error
    except NOT_A_HEADER as error:
        raise _unreadable(name, (str(error).splitlines() or [type(error).__name__])[0][:120]) from error
    return Header(shape, fortran, dtype, file.tell())


def check(header: Header, size: int, name: str) -> None:
    """Raise Refusal for an array that is of no use here, or not of the `size` bytes that it has to have."""
    shape, dtype = header.shape, header.dtype
    if dtype.hasobject:
        raise Refusal(
            f"The array “{name}” holds Python objects (pickled), which are never loaded.", SAVE_AGAIN
        )
    if dtype.names is not None or dtype.kind not in KINDS or dtype.itemsize == 0:
        kind = "complex numbers" if dtype.kind == "c" else f"values of the type {str(dtype)[:60]}"
        kind = "structured records" if dtype.names is not None else kind
        raise Refusal(f"The array “{name}” holds {kind}.", SAVE_AGAIN)
    if not shape:
        raise Refusal(f"The array “{name}” is a single value, not a table.", SAVE_AGAIN)
    if any(length < 0 for length in shape):
        raise _unreadable(name, f"a negative length in the shape {shape}")
    if 0 in shape:
        raise Refusal(f"The array “{name}” is empty: its shape is {shape}.", "Save an array with rows.")
    needed, there = math.prod(shape) * dtype.itemsize, size - header.offset
    if needed != there:
        asked = readable(needed) if needed < 1 << 60 else f"more than a million TB (shape {shape})"
        raise Refusal(
            f"The array “{name}” says that it has {asked}, but the file holds {readable(there)} of data.",
            "It was cut short or damaged: save it again.",
        )


def _unreadable(name: str, reason: str) -> Refusal:
    return Refusal(f"The header of the array “{name}” cannot be read: {reason}.", SAVE_AGAIN)
