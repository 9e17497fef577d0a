"""A dataset to take away: the file as it came, and a version's parts as a network gets them.

The archive of a version holds recipe.json, about.json (name, version, task, targets, classes, inputs),
pipeline.json where there is one, and each part as train.csv, dev.csv, test.csv (inputs, then targets), or
as train_features.npy, train_labels.npy and so on, which numpy.load reads as one .npz file.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import numpy.typing as npt
import polars as pl
import polars.selectors as cs

from webapp.datasets.models import Version
from webapp.datasets.preparation import dev_rows, test_rows, train_rows
from webapp.datasets.preprocessing import Pipeline
from webapp.datasets.recipe import Task

Format = Literal["csv", "npz"]
Array = npt.NDArray[Any]
PIECE = 1 << 18
BLOCK_BYTES = 1 << 22
PARTS = {"train": train_rows, "dev": dev_rows, "test": test_rows}
ZIPPED_DATE = (1980, 1, 1, 0, 0, 0)  # the same version gives the same bytes


def original(path: Path) -> Iterator[bytes]:
    """The uploaded file, a piece at a time."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def processed(version: Version, kind: Format) -> Iterator[bytes]:
    """The archive of a version, made while it is sent."""
    sink = _Sink()
    write = _csv if kind == "csv" else _npy
    with ZipFile(sink, "w") as archive:  # type: ignore[arg-type]  (it asks only for write and flush)
        for name, text in _documents(version):
            archive.writestr(_member(name), text)
        for part, rows_of in PARTS.items():
            for name, pieces in write(version, part, rows_of(version)):
                with archive.open(_member(name), "w", force_zip64=True) as file:
                    for piece in pieces:
                        file.write(piece)
                        yield sink.taken()
    yield sink.taken()


def input_names(version: Version) -> list[str]:
    """The names of the inputs, in the order of the matrix; numbered where they are not known."""
    path = version.folder / "pipeline.json"
    if not path.exists():
        return [f"x{i}" for i in range(version.n_features)]
    return Pipeline.model_validate_json(path.read_bytes()).feature_names


def _documents(version: Version) -> Iterator[tuple[str, str]]:
    about = {
        "dataset": version.dataset.name,
        "version": version.number,
        "task": version.task,
        "targets": version.targets,
        "classes": version.classes,
        "image_shape": version.image_shape,
        "rows": {"train": version.n_train, "dev": version.n_dev, "test": version.n_test},
        "inputs": input_names(version),
    }
    yield "recipe.json", json.dumps(version.recipe, indent=2)
    yield "about.json", json.dumps(about, indent=2, ensure_ascii=False)
    pipeline = version.folder / "pipeline.json"
    if pipeline.exists():
        yield "pipeline.json", pipeline.read_text()


def _member(name: str) -> ZipInfo:
    info = ZipInfo(name, ZIPPED_DATE)
    info.compress_type = ZIP_STORED if name.endswith(".npy") else ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _npy(version: Version, part: str, rows: slice) -> Iterator[tuple[str, Iterator[bytes]]]:
    for name in ("features", "labels"):
        stored = np.load(version.folder / f"{name}.npy", mmap_mode="r")
        yield f"{part}_{name}.npy", _npy_pieces(stored[rows])


def _npy_pieces(rows: Array) -> Iterator[bytes]:
    header = io.BytesIO()
    about = {"descr": np.lib.format.dtype_to_descr(rows.dtype), "fortran_order": False, "shape": rows.shape}
    np.lib.format.write_array_header_1_0(header, about)
    yield header.getvalue()
    for block in _blocks(rows):
        yield np.ascontiguousarray(block).tobytes()


def _csv(version: Version, part: str, rows: slice) -> Iterator[tuple[str, Iterator[bytes]]]:
    features = np.load(version.folder / "features.npy", mmap_mode="r")[rows]
    labels = np.load(version.folder / "labels.npy", mmap_mode="r")[rows]
    yield f"{part}.csv", _csv_pieces(version, features, labels)


def _csv_pieces(version: Version, features: Array, labels: Array) -> Iterator[bytes]:
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow([*input_names(version), *_answer_names(version)])
    yield header.getvalue().encode()
    start = 0
    for block in _blocks(features):
        answers = _answers(version, np.asarray(labels[start : start + len(block)]))
        start += len(block)
        cells = pl.from_numpy(block.reshape(len(block), -1)).with_columns(cs.float().fill_nan(None))
        answers = answers.rename({name: f"answer {name}" for name in answers.columns})
        yield cells.hstack(answers).write_csv(include_header=False).encode()


def _answer_names(version: Version) -> list[str]:
    return list(version.classes if version.task == Task.MULTILABEL else version.targets)


def _answers(version: Version, labels: Array) -> pl.DataFrame:
    """The labels as a person writes them: class names, numbers, or 0 and 1 for each of many labels."""
    if version.task in (Task.BINARY, Task.MULTICLASS) and version.classes:
        return pl.DataFrame(
            {"class": np.array(version.classes, dtype=object)[labels.astype(np.int64)].tolist()}
        )
    flat = labels.reshape(len(labels), -1)
    return pl.from_numpy(flat, schema=[str(i) for i in range(flat.shape[1])])


def _blocks(rows: Array) -> Iterator[Array]:
    """Some rows at a time, of a bounded number of bytes."""
    width = max(1, rows[:1].nbytes)
    step = max(1, BLOCK_BYTES // width)
    for start in range(0, len(rows), step):
        yield np.asarray(rows[start : start + step])


class _Sink:
    """A file that only grows, and whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)
