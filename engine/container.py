"""The files of checkpoints: safetensors with the arrays and, as metadata, all that is no array in JSON.

A SHA-256 is over the whole file, so that no damage goes unseen. The format is written here, for a copy of the
arrays takes as long as training waits for all else of it: https://github.com/huggingface/safetensors#format.
Numbers lie in a file as in memory, on a little-endian machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as parse

from .program import Array

FORMAT = "hone-checkpoint-2"
#: Without a checksum and a history of batch sizes, and ``position`` counted batches; still read.
OLD_FORMAT = "hone-checkpoint-1"
#: In the place of the checksum while it is computed.
_BLANK = "0" * 64

#: A file's content, piece by piece.
Content = list[bytes | memoryview]


def pack(arrays: dict[str, Array], meta: dict[str, Any]) -> Content:
    """The content of a file. It has the arrays in it as they are until it is written."""
    meta = meta | {"shapes": {name: list(array.shape) for name, array in arrays.items()}}
    # The format has no use for empty arrays; their shapes bring them back. The widest numbers come first, so
    # that all are aligned.
    kept = sorted((-array.itemsize, name) for name, array in arrays.items() if array.size)
    pieces = [np.ascontiguousarray(arrays[name]) for _, name in kept]
    ends = [0, *accumulate(piece.nbytes for piece in pieces)]
    entries = {
        name: {"dtype": _code(piece.dtype), "shape": piece.shape, "data_offsets": offsets}
        for (_, name), piece, offsets in zip(kept, pieces, pairwise(ends), strict=True)
    }
    metadata = {"format": FORMAT, "state": json.dumps(meta), "sha256": _BLANK}
    text = json.dumps({"__metadata__": metadata, **entries}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    header = len(text).to_bytes(8, "little") + text
    bodies = [piece.data.cast("B") for piece in pieces]
    return [_with_digest(header, _BLANK, _digest(header, bodies)), *bodies]


def _code(dtype: np.dtype[Any]) -> str:
    """What the format calls it."""
    return "BOOL" if dtype.kind == "b" else f"{dtype.kind.upper()}{8 * dtype.itemsize}"


def unpack(content: bytes) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays of a file and what is no array. Raises ValueError when it is no whole one."""
    with damage_explained():
        end = 8 + int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8:end].decode()).get("__metadata__", {})
        if metadata.get("format") not in (FORMAT, OLD_FORMAT):
            raise ValueError("This is no checkpoint of a training run: its format is another.")
        if metadata["format"] == FORMAT or "sha256" in metadata:
            _check_digest(content[:end], memoryview(content)[end:], metadata["sha256"])
        return parse(content), json.loads(metadata["state"])


def _check_digest(header: bytes, body: memoryview, digest: str) -> None:
    """Raise ValueError when a file is not as it was written."""
    if _digest(_with_digest(header, digest, _BLANK), [body]) != digest:
        raise ValueError("This is no whole checkpoint: its content does not fit its checksum.")


def _digest(header: bytes, bodies: Sequence[memoryview]) -> str:
    """The SHA-256 of a file whose header has a blank for it."""
    found = hashlib.sha256(header)
    for each in bodies:
        found.update(each)
    return found.hexdigest()


def _with_digest(header: bytes, before: str, after: str) -> bytes:
    field = '"sha256":"{}"'.format
    return header.replace(field(before).encode(), field(after).encode(), 1)


def size_of(content: Content) -> int:
    """Bytes of a file."""
    return sum(map(len, content))


def write(content: Content, path: str | Path) -> None:
    """Write a file that is there as a whole, even after a power cut, once this returns. A file of that name
    is replaced as a whole, or, when anything fails, not at all."""
    path = Path(path)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Bring a folder's entries to the disk: until then a new name may be lost. Windows has no such call."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def damage_explained() -> Iterator[None]:
    """Whatever a damaged file can make go wrong becomes a ValueError that says so."""
    try:
        yield
    except (json.JSONDecodeError, UnicodeDecodeError, SafetensorError) as error:
        raise ValueError(f"This is no whole checkpoint: {error}.") from error
    except ValueError:
        raise
    except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"This is no whole checkpoint: {type(error).__name__} {error}.") from error
