"""IDX, the format of MNIST: one array of numbers, often compressed with gzip; images apart from labels."""

import gzip
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from webapp.datasets.readers import arrays, gzipped, stacks
from webapp.datasets.readers.limits import readable, refuse_bomb, unpacked_limit
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

TITLE = "IDX"
DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_DIMENSIONS = 4
TOGETHER = (
    "Put images and labels (train-images-idx3-ubyte, train-labels-idx1-ubyte) together in one zip or tar."
)
AGAIN = "Download it again: it is cut short or damaged."


def is_idx(head: bytes) -> bool:
    """Whether an unpacked file that begins with `head` is IDX: two zeros, a type, a number of dimensions."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in DTYPES and 1 <= head[3] <= MAX_DIMENSIONS


accepts = is_idx


def refuse_early(head: bytes) -> None:
    """Its size is compared with its header when all of it is there."""


def inspect(path: Path, _work: Path, _options: Options) -> tuple[str, ...]:
    return arrays.names([_alone(path)])


def read(path: Path, work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
    part = _alone(path)
    notes = arrays.write([part], work, options, progress)
    return [f"Read as an IDX array of shape {part.inputs.shape}.", *notes]


def read_pairs(
    pairs: Mapping[str, tuple[Path, Path]], work: Path, options: Options, progress: Callable[[float], None]
) -> list[str]:
    """The same for several pairs, the keys saying which part each is: train, dev or test."""
    parts = [
        arrays.Part(split, images.name, load(images), labels.name, load(labels))
        for split, (images, labels) in pairs.items()
    ]
    for part in parts:
        if part.answers is not None and part.answers.ndim != 1:
            raise Refusal(f"“{part.answers_name}” does not hold one label for each image.", TOGETHER)
    return ["Read as IDX (the format of MNIST).", *arrays.write(parts, work, options, progress)]


def load(path: Path) -> np.ndarray:
    """The array in `path`: mapped into memory, or unpacked into it when compressed. Raises Refusal."""
    with path.open("rb") as file:
        head = file.read(1 << 10)
    plain = gzipped.peel(head, 4 + 4 * MAX_DIMENSIONS)
    if not is_idx(plain):
        raise Refusal(f"“{path.name}” is not an IDX file: it does not begin with its magic number.", AGAIN)
    shape, offset = _shape(plain, path.name)
    dtype = np.dtype(DTYPES[plain[2]])
    size = offset + math.prod(shape) * dtype.itemsize
    if gzipped.is_gzip(head):
        content = _unpacked(path, size)
        return np.frombuffer(content, dtype, offset=offset).reshape(shape)
    _refuse_other_size(path.name, size, path.stat().st_size)
    return np.memmap(path, dtype, "r", offset, shape)


def _shape(plain: bytes, name: str) -> tuple[tuple[int, ...], int]:
    """The lengths of the dimensions, and the number of bytes before the data."""
    offset = 4 + 4 * plain[3]
    if len(plain) < offset:
        raise Refusal(f"“{name}” ends in the middle of its header.", AGAIN)
    shape = struct.unpack(f">{plain[3]}I", plain[4:offset])
    if 0 in shape:
        raise Refusal(f"“{name}” is empty: its shape is {shape}.", AGAIN)
    return shape, offset


def _unpacked(path: Path, size: int) -> bytes:
    """The `size` bytes that the header announced."""
    limit = unpacked_limit(path)
    if size > limit:
        refuse_bomb(limit)
    try:
        with gzip.open(path) as file:
            content = file.read(size)
            more = bool(file.read(1))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refusal(f"“{path.name}” is compressed with gzip and damaged ({error}).", AGAIN) from error
    _refuse_other_size(path.name, size, len(content) + more)
    return content


def _refuse_other_size(name: str, said: int, there: int) -> None:
    if said != there:
        raise Refusal(
            f"“{name}” says that it has {readable(said)}, but it has {readable(there)}.",
            AGAIN,
        )


def _alone(path: Path) -> arrays.Part:
    array = load(path)
    if array.ndim == 1:
        raise Refusal(f"This IDX file holds {len(array):,} labels and no images.", TOGETHER)
    if stacks.is_images(array):
        raise Refusal(f"This IDX file holds {len(array):,} images and no labels.", TOGETHER)
    return arrays.Part("", "this array", array)
