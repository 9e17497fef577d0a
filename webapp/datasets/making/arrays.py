"""Arrays of a version: batches of rows are written where the split puts them, without a second copy."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.columns.table import batches
from webapp.datasets.preprocessing import Pipeline
from webapp.datasets.refusal import Refusal

Tell = Callable[[float], None]
Write = Callable[[npt.NDArray[Any], npt.NDArray[np.uint8]], None]
PartOf = npt.NDArray[np.uint8]
N_PARTS, LEFT_OUT = 3, 3
BATCH_ROWS = 1 << 14
BATCH_CELLS = 1 << 23
IMAGE_BYTES = 1 << 24


def write_features(table: Path, pipeline: Pipeline, part_of: PartOf, path: Path, tell: Tell) -> None:
    """Write the inputs of the table's rows, part after part, float32 (m, n).

    `part_of` has the part of every row, 0, 1 or 2, or `LEFT_OUT`.
    """
    step = max(1, min(BATCH_ROWS, BATCH_CELLS // max(1, pipeline.n_features)))
    with _parts_of(path, np.dtype(np.float32), part_of, pipeline.n_features) as write:
        for first, batch in batches(pl.scan_ipc(table), pipeline.columns, step):
            parts = part_of[first : first + len(batch)]
            kept = parts != LEFT_OUT
            chosen = batch if kept.all() else batch.filter(pl.Series(kept))
            block = np.zeros((len(chosen), pipeline.n_features), np.float32)
            pipeline.fill(chosen, block, first)
            write(block, parts[kept])
            tell((first + len(batch)) / len(part_of))


def write_images(images: Path, pipeline: Pipeline, part_of: PartOf, path: Path, tell: Tell) -> None:
    """Write the pixels of the images, part after part, uint8 (m, n)."""
    stored = np.load(images, mmap_mode="r")
    step = max(1, IMAGE_BYTES // pipeline.n_features)
    with _parts_of(path, stored.dtype, part_of, pipeline.n_features) as write:
        for first in range(0, len(stored), step):
            parts = part_of[first : first + step]
            kept = parts != LEFT_OUT
            write(pipeline.pixels(stored[first : first + step][kept]), parts[kept])
            tell(min(1.0, (first + step) / len(stored)))


@contextmanager
def _parts_of(path: Path, dtype: np.dtype[Any], part_of: PartOf, width: int) -> Iterator[Write]:
    """A function that appends rows (rows, width) to their parts of a new .npy file.

    A file that is written takes less time and memory than one that is mapped.
    """
    counts = np.bincount(part_of, minlength=LEFT_OUT + 1)[:N_PARTS].tolist()
    size = width * dtype.itemsize
    _refuse_full_disk(path.parent, sum(counts) * size)
    with path.open("wb") as file:
        descr = np.lib.format.dtype_to_descr(dtype)
        header = {"descr": descr, "fortran_order": False, "shape": (sum(counts), width)}
        np.lib.format.write_array_header_1_0(file, header)
        ends = [file.tell() + sum(counts[:part]) * size for part in range(N_PARTS)]

        def write(rows: npt.NDArray[Any], parts: npt.NDArray[np.uint8]) -> None:
            for part in range(N_PARTS):
                chosen = rows[parts == part]
                file.seek(ends[part])
                file.write(chosen.data)
                ends[part] += chosen.nbytes

        yield write


def _refuse_full_disk(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > 0.9 * free:
        raise Refusal(
            f"The arrays need {needed / 2**30:.1f} GB, but only {free / 2**30:.1f} GB of disk are free.",
            "Delete datasets you no longer need, or upload fewer rows or columns.",
        )
