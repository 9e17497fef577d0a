"""Arrays of inputs and answers become a reading: images and their labels, or a table."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from webapp.datasets.readers import stacks, typed
from webapp.datasets.readers.limits import refuse_full_disk, refuse_short, refuse_wide
from webapp.datasets.readers.missing import LARGEST
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

CELLS_AT_ONCE = 1 << 21
MAX_ANSWERS = 1000


class Part(NamedTuple):
    """The arrays of one part: `split` is train, dev or test, empty when the file does not divide its rows."""

    split: str
    name: str
    inputs: np.ndarray
    answers_name: str = ""
    answers: np.ndarray | None = None


class Source(NamedTuple):
    """One array as columns: `names` of as many columns as `array`, (rows, columns), has."""

    name: str
    array: np.ndarray
    names: tuple[str, ...]


def write(parts: list[Part], work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
    """Write the reading of `parts` into `work`; notes. Raises Refusal."""
    _refuse_unlike(parts)
    refuse_short(sum(len(part.inputs) for part in parts))
    notes = list(_layout_notes(parts))
    answers, said = _answers(parts)
    is_images = stacks.is_images(parts[0].inputs)
    if is_images:
        _refuse_no_answers(parts[0])
        notes += stacks.write([part.inputs for part in parts], work / "images.npy", options)
        sources = answers
    else:
        sources = [[*_columns(part), *beside] for part, beside in zip(parts, answers, strict=True)]
        notes += _flat_notes(parts[0])
    progress(0.5)
    table = _table(sources, [part.split for part in parts])
    schema = table.collect_schema()
    size = 8 * len(schema) * sum(len(part.inputs) for part in parts)
    refuse_full_disk(work, size)
    limits = typed.Limits(2 * size + (64 << 20) + _text_bytes(sources), images=is_images)
    notes += said + typed.write(table, work / "table.arrow", limits)
    progress(1)
    return notes


def names(parts: list[Part]) -> tuple[str, ...]:
    """The columns of the table that `parts` become. Raises Refusal."""
    _refuse_unlike(parts)
    answers, _ = _answers(parts)
    if stacks.is_images(parts[0].inputs):
        _refuse_no_answers(parts[0])
    inputs = () if stacks.is_images(parts[0].inputs) else _columns(parts[0])[0].names
    split = ("split",) if parts[0].split else ()
    return (*inputs, *(name for source in answers[0] for name in source.names), *split)


def _columns(part: Part) -> list[Source]:
    array = part.inputs.reshape(len(part.inputs), -1) if part.inputs.ndim > 1 else part.inputs[:, None]
    refuse_wide(array.shape[1])
    return [Source(part.name, array, tuple(f"column_{i + 1}" for i in range(array.shape[1])))]


def _answers(parts: list[Part]) -> tuple[list[list[Source]], list[str]]:
    """The answers of every part as columns, and notes: one column `label`, or one for each label."""
    if any(part.answers is None for part in parts):
        return [[] for _ in parts], []
    answers = [np.asarray(part.answers).reshape(len(part.answers), -1) for part in parts]  # type: ignore[arg-type]
    width, name = answers[0].shape[1], parts[0].answers_name
    said: list[str] = []
    if width > MAX_ANSWERS:
        raise Refusal(
            f"“{name}” has {width:,} answers for each row; at most {MAX_ANSWERS:,} are read.",
            "Save one answer for each row, or one column for each label.",
        )
    if width > 1 and all(map(_is_one_hot, answers)):
        answers = [array.argmax(axis=1)[:, None] for array in answers]
        said = [f"“{name}” is one-hot: the label is the number of the column that holds the 1 (from 0)."]
    elif width > 1:
        said = [f"“{name}” has {width} columns: they are called label_1 to label_{width}."]
    columns = tuple(f"label_{i + 1}" for i in range(answers[0].shape[1]))
    columns = ("label",) if len(columns) == 1 else columns
    found = zip(parts, answers, strict=True)
    return [[Source(part.answers_name, array, columns)] for part, array in found], said


def _is_one_hot(array: np.ndarray) -> bool:
    return array.dtype.kind in "biuf" and bool(
        np.isin(array, (0, 1)).all() and (np.count_nonzero(array, axis=1) == 1).all()
    )


def _table(sources: list[list[Source]], splits: list[str]) -> pl.LazyFrame:
    """The columns of all parts below each other, made a block of rows at a time."""

    def blocks(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        for beside, split in zip(sources, splits, strict=True):
            for frame in _frames(beside, split):
                block = frame if columns is None else frame.select(columns)
                block = block if predicate is None else block.filter(predicate)
                yield block if n_rows is None else block.head(n_rows)
                n_rows = None if n_rows is None else max(0, n_rows - len(block))

    first = next(_frames([source._replace(array=source.array[:1]) for source in sources[0]], splits[0]))
    return register_io_source(blocks, schema=dict(first.schema), is_pure=True)


def _frames(beside: list[Source], split: str) -> Iterator[pl.DataFrame]:
    n_rows = len(beside[0].array)
    step = max(1, CELLS_AT_ONCE // sum(len(source.names) for source in beside))
    for start in range(0, n_rows, step):
        columns = [column for source in beside for column in _series(source, start, start + step)]
        if split:
            columns.append(pl.repeat(split, min(step, n_rows - start), eager=True).alias("split"))
        yield pl.DataFrame(columns)


def _series(source: Source, start: int, stop: int) -> Iterator[pl.Series]:
    block = np.asarray(source.array[start:stop])
    block = block.astype(block.dtype.newbyteorder("="), copy=False)
    if block.dtype.kind == "f":
        block = block.astype(np.float64)
        _refuse_infinite(block, source.name, start)
    elif block.dtype.kind == "S":
        block = np.char.decode(block, "utf-8", "replace")
    elif block.dtype.kind == "M":
        block = block.astype("datetime64[us]")
    for name, column in zip(source.names, np.ascontiguousarray(block.T), strict=True):
        yield pl.Series(name, column.tolist() if column.dtype.kind == "U" else column)


def _refuse_infinite(block: np.ndarray, name: str, start: int) -> None:
    bad = np.argwhere(np.abs(block) > LARGEST)
    if len(bad):
        row, column = (int(index) for index in bad[0])
        raise Refusal(
            f"“{name}”, row {start + row + 1:,}, column {column + 1:,}: {block[row, column]:g} is not a "
            "number that training can use.",
            f"Numbers must be finite and at most {LARGEST:g}; NaN marks a missing one.",
            row=start + row + 1,
            column=f"column_{column + 1}",
        )


def _refuse_unlike(parts: list[Part]) -> None:
    """Inputs and answers pair up, and the parts have the same columns."""
    first = parts[0]
    for part in parts:
        if part.answers is not None and len(part.answers) != len(part.inputs):
            raise Refusal(
                f"“{part.name}” has {len(part.inputs):,} rows, but “{part.answers_name}” has "
                f"{len(part.answers):,}.",
                "Save one answer for each row of inputs, in the same order.",
            )
        for one, other in ((first.inputs, part.inputs), (first.answers, part.answers)):
            if one is not None and other is not None and one.shape[1:] != other.shape[1:]:
                raise Refusal(
                    f"“{first.name}” and “{part.name}” or their answers have rows of different shapes: "
                    f"{one.shape} and {other.shape}.",
                    "Give all parts the same columns.",
                )


def _refuse_no_answers(part: Part) -> None:
    if part.answers is None:
        raise Refusal(
            f"“{part.name}” holds {len(part.inputs):,} images, but there are no answers.",
            "Save images and labels together: numpy.savez('data.npz', X=images, y=labels).",
        )


def _layout_notes(parts: list[Part]) -> Iterator[str]:
    found = [array for part in parts for array in (part.inputs, part.answers) if array is not None]
    if any(array.dtype.byteorder == ">" and array.dtype.itemsize > 1 for array in found):
        yield "Numbers in big-endian byte order were converted."
    if any(array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous for array in found):
        yield "Arrays in Fortran order were converted."
    if any(array.dtype.kind == "f" and array.dtype.itemsize > 8 for array in found):
        yield "Numbers of more than 64 bits were rounded to 64."


def _flat_notes(part: Part) -> Iterator[str]:
    if part.inputs.ndim > 2:
        shape = " × ".join(map(str, part.inputs.shape[1:]))
        yield f"“{part.name}” has {shape} numbers a row: each became a column of its own."


def _text_bytes(sources: list[list[Source]]) -> int:
    arrays = [source.array for beside in sources for source in beside]
    return sum(2 * array.nbytes for array in arrays if array.dtype.kind in "US")
