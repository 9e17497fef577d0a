"""Arrays of a version: batches of rows are written where the split puts them, without a second copy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.columns.table import batches, count_rows
from webapp.datasets.preprocessing import Pipeline
from webapp.datasets.refusal import Refusal

Tell = Callable[[float], None]
Rows = npt.NDArray[np.int64]
BATCH_ROWS = 1 << 14
BATCH_CELLS = 1 << 22
IMAGE_BYTES = 1 << 24


def write_features(table: Path, pipeline: Pipeline, rows: Rows, path: Path, tell: Tell) -> None:
    """Write the inputs of the table's rows numbered `rows` in that order, float32 (len(rows), n)."""
    scan = pl.scan_ipc(table)
    n_rows = count_rows(scan)
    shape = (len(rows), pipeline.n_features)
    _refuse_full_disk(path.parent, shape[0] * shape[1] * 4)
    matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    place = _places(rows, n_rows)
    step = max(1, min(BATCH_ROWS, BATCH_CELLS // max(1, shape[1])))
    for first, batch in batches(scan, pipeline.columns, step):
        places = place[first : first + len(batch)]
        kept = places >= 0
        chosen = batch if kept.all() else batch.filter(pl.Series(kept))
        block = np.zeros((len(chosen), shape[1]), np.float32)
        pipeline.fill(chosen, block, first)
        matrix[places[kept]] = block
        tell((first + len(batch)) / n_rows)
    matrix.flush()


def write_images(images: Path, pipeline: Pipeline, rows: Rows, path: Path, tell: Tell) -> None:
    """Write the pixels of the images numbered `rows` in that order, uint8 (len(rows), n)."""
    stored = np.load(images, mmap_mode="r")
    shape = (len(rows), pipeline.n_features)
    _refuse_full_disk(path.parent, shape[0] * shape[1])
    matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    place = _places(rows, len(stored))
    step = max(1, IMAGE_BYTES // shape[1])
    for first in range(0, len(stored), step):
        places = place[first : first + step]
        kept = places >= 0
        matrix[places[kept]] = pipeline.pixels(stored[first : first + step][kept])
        tell(min(1.0, (first + step) / len(stored)))
    matrix.flush()


def _places(rows: Rows, n_rows: int) -> Rows:
    """Where each of `n_rows` rows goes; -1 for those that are left out."""
    place = np.full(n_rows, -1, np.int64)
    place[rows] = np.arange(len(rows))
    return place


def _refuse_full_disk(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > 0.9 * free:
        raise Refusal(
            f"The arrays need {needed / 2**30:.1f} GB, but only {free / 2**30:.1f} GB of disk are free.",
            "Delete datasets you no longer need, or upload fewer rows or columns.",
        )
