"""From a file to arrays, in two steps: a reading (table.arrow, perhaps images.npy), then a version of it.

A reading depends on the file and its `Options` alone; the versions of a dataset share it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine import Split, split_indices
from webapp.datasets import readers, targets
from webapp.datasets.builtin import BUILTINS
from webapp.datasets.features import encode
from webapp.datasets.models import Dataset
from webapp.datasets.profile import profile
from webapp.datasets.recipe import Recipe, Task

Tell = Callable[[float], None]


def read(dataset: Dataset, recipe: Recipe, work: Path, tell: Tell) -> Path:
    """A folder with the reading of `dataset` and the notes on it. Raises Refusal."""
    if dataset.builtin:
        folder = work / "reading"
        folder.mkdir()
        notes = BUILTINS[dataset.builtin].write(folder / "table.arrow")
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
    """Take a file all the way without keeping anything. Raises Refusal."""
    reading = _read(source, recipe, work, ignore)
    made = work / "version"
    made.mkdir()
    build(reading, recipe, made, ignore)


def glance(source: Path, recipe: Recipe, work: Path) -> None:
    """Check what can be checked without reading all of a file. Raises Refusal."""
    reader = readers.reader_for(readers.head_of(source))
    names = reader.inspect(source, work, recipe.reading)
    for target in recipe.targets:
        if names and target not in names:
            targets.choose([{"name": name} for name in names], target)


def build(reading: Path, recipe: Recipe, folder: Path, tell: Tell) -> dict[str, Any]:
    """Write the arrays of one version into `folder`; the facts of a version. Raises Refusal."""
    columns = profile(reading / "table.arrow")
    target = targets.choose(columns, recipe.targets[0] if recipe.targets else "")
    encoded = encode(reading / "table.arrow", columns, target, folder)
    labels = np.load(folder / "labels.npy")
    parts = split_indices(
        len(labels), Split(), recipe.split.seed, None if encoded.task == Task.REGRESSION else labels
    )
    rows = np.concatenate(parts)
    for name in ("features.npy", "labels.npy"):
        np.save(folder / name, np.load(folder / name)[rows])
    return {
        "targets": [target["name"]],
        "task": encoded.task,
        "classes": encoded.classes,
        "columns": encoded.columns,
        "notes": json.loads((reading / "notes.json").read_text()) + encoded.notes,
        "n_rows": encoded.n_rows,
        "n_features": encoded.n_features,
        "n_outputs": len(encoded.classes) if encoded.task == Task.MULTICLASS else 1,
        "n_train": len(parts.train),
        "n_dev": len(parts.dev),
        "n_test": len(parts.test),
    }


def ignore(done: float) -> None:
    """A listener that does not listen."""
