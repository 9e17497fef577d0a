"""From a file to arrays, in two steps: a reading (table.arrow, perhaps images.npy), then a version of it.

A reading depends on the file and its `Options` alone; the versions of a dataset share it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets import readers
from webapp.datasets.builtin import BUILTINS
from webapp.datasets.making import arrays, dealing, notes, planning, roles, targets
from webapp.datasets.models import Dataset
from webapp.datasets.preprocessing import Pipeline
from webapp.datasets.recipe import Recipe, Task
from webapp.datasets.splitting import Parts

Tell = Callable[[float], None]
UNPACKED = 32 << 20  # bytes of a reading up to which arrays are made while a person waits


def read(dataset: Dataset, recipe: Recipe, work: Path, tell: Tell) -> Path:
    """A folder with the reading of `dataset` and the notes on it. Raises Refusal."""
    if dataset.builtin:
        folder = work / "reading"
        folder.mkdir()
        notes = BUILTINS[dataset.builtin].write(folder)
        return _noted(folder, notes)
    return _read(dataset.source, recipe, work, tell)


def _read(source: Path, recipe: Recipe, work: Path, tell: Tell) -> Path:
    """Only what belongs to a reading is moved into its folder; a reader may leave other files in `work`."""
    reader = readers.reader_for(readers.head_of(source))
    notes = reader.read(source, work, recipe.reading, tell)
    folder = work / "reading"
    folder.mkdir()
    for name in ("table.arrow", "images.npy"):
        if (work / name).exists():
            (work / name).rename(folder / name)
    return _noted(folder, notes)


def _noted(folder: Path, notes: list[str]) -> Path:
    (folder / "notes.json").write_text(json.dumps(notes))
    return folder


def try_out(source: Path, recipe: Recipe, work: Path) -> None:
    """Take a file all the way without keeping anything; one that unpacks to much only into a reading.
    Raises Refusal."""
    reading = _read(source, recipe, work, ignore)
    if sum(file.stat().st_size for file in reading.iterdir()) > UNPACKED:
        return  # the rest takes its time: the worker's
    made = work / "version"
    made.mkdir()
    build(reading, recipe, made, ignore)


def glance(source: Path, recipe: Recipe, work: Path) -> None:
    """Check what can be checked without reading all of a file. Raises Refusal."""
    reader = readers.reader_for(readers.head_of(source))
    names = reader.inspect(source, work, recipe.reading)
    if names:
        targets.refuse_unknown(names, recipe.targets)
        roles.refuse_unknown(names, recipe)


def build(reading: Path, recipe: Recipe, folder: Path, tell: Tell) -> dict[str, Any]:
    """Write the arrays of one version into `folder`; the fields of a version that is ready. Raises Refusal.

    features.npy float32 (m, n), or uint8 for images, labels.npy and rows.npy (the number of each row in the
    reading's table) are in the order of the split; pipeline.json says how columns became inputs.
    """
    plan = planning.plan(reading, recipe, lambda done: tell(0.4 * done))
    dealt = dealing.deal(plan)
    order = np.concatenate(dealt[:3])
    np.save(folder / "rows.npy", plan.rows[order])
    np.save(folder / "labels.npy", plan.labels.values[order])
    part_of = np.full(plan.n_rows, arrays.LEFT_OUT, np.uint8)
    for part, rows in enumerate(dealt[:3]):
        part_of[plan.rows[rows]] = part
    pipeline = _pipeline(plan, part_of == 0)
    (folder / "pipeline.json").write_text(pipeline.model_dump_json())
    write, source = (arrays.write_images, plan.images) if plan.images else (arrays.write_features, plan.table)
    write(source, pipeline, part_of, folder / "features.npy", lambda done: tell(0.5 + 0.5 * done))
    return _facts(plan, pipeline, dealt, json.loads((reading / "notes.json").read_text()))


def _pipeline(plan: planning.Plan, train: npt.NDArray[np.bool_]) -> Pipeline:
    """The way to inputs, learnt from the rows where `train` is true alone."""
    if plan.images:
        return Pipeline(image_shape=np.load(plan.images, mmap_mode="r").shape[1:])
    return Pipeline.fit(pl.scan_ipc(plan.table), plan.inputs, train)


def _facts(plan: planning.Plan, pipeline: Pipeline, dealt: Parts, read_notes: list[str]) -> dict[str, Any]:
    widths = {step.column: len(step.names) for step in pipeline.steps}
    classes = plan.labels.classes
    facts = {
        "targets": plan.targets,
        "task": plan.task,
        "classes": classes,
        "columns": [column | {"width": widths.get(column["name"], 0)} for column in plan.columns],
        "notes": read_notes + notes.shortened(notes.of_plan(plan) + pipeline.notes) + dealt.notes,
        "image_shape": list(pipeline.image_shape) if pipeline.image_shape else None,
        "n_rows": sum(len(part) for part in dealt[:3]),
        "n_features": pipeline.n_features,
        "n_outputs": len(classes) if plan.task in (Task.MULTICLASS, Task.MULTILABEL) else 1,
        "n_train": len(dealt.train),
        "n_dev": len(dealt.dev),
        "n_test": len(dealt.test),
    }
    return dict(without_nul(facts))


def without_nul(value: Any) -> Any:
    """`value` with a sign in place of each NUL in its texts: PostgreSQL keeps none."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {without_nul(key): without_nul(item) for key, item in value.items()}
    return [without_nul(item) for item in value] if isinstance(value, list) else value


def ignore(done: float) -> None:
    """A listener that does not listen."""
