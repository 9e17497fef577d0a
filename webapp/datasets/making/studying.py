"""A version that was just built is looked at as a whole; pages read what is found beside its arrays.

insight.json    what each column tells, warnings, a map of the examples
check.json      whether train, dev and test come from one distribution
gallery.json    of images: some of each class, and each class on average
"""

import logging
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.columns.table import gathered
from webapp.datasets.drift import check
from webapp.datasets.insight import Gallery, Insight, study, study_images

logger = logging.getLogger(__name__)

COMPARED = 10_000  # rows of each part whose columns are compared
Facts = dict[str, Any]


def study_version(reading: Path, folder: Path, facts: Facts, tell: Callable[[float], None]) -> None:
    """Write the findings on the version in `folder`, made of `reading` and described by `facts`.

    A version can be used without them: what cannot be found out is left out, and the log says why.
    """
    arrays = [np.load(folder / name, mmap_mode="r") for name in ("features.npy", "labels.npy", "rows.npy")]
    steps = (_insight, _check, _pictures)
    for done, step in enumerate(steps, 1):
        try:
            step(reading, folder, facts, *arrays)
        except (ArithmeticError, LookupError, TypeError, ValueError, pl.exceptions.PolarsError):
            logger.exception("%s could not be studied by %s", folder, step.__name__)
        tell(done / len(steps))


def insight_of(folder: Path) -> Insight | None:
    """What was found out about the version in `folder`."""
    return _read(Insight, folder / "insight.json")


def gallery_of(folder: Path) -> Gallery | None:
    """Its images to look at; None when it holds none."""
    return _read(Gallery, folder / "gallery.json")


def _read(model: Any, path: Path) -> Any:
    return model.model_validate_json(path.read_bytes()) if path.exists() else None


Array = npt.NDArray[Any]


def _insight(reading: Path, folder: Path, facts: Facts, x: Array, y: Array, _rows: Array) -> None:
    found = study(
        reading / "table.arrow", facts["columns"], x, y, _sizes(facts), facts["task"], facts["classes"]
    )
    (folder / "insight.json").write_text(found.model_dump_json())


def _check(reading: Path, folder: Path, facts: Facts, x: Array, _y: Array, rows: Array) -> None:
    bounds = {name: slice(start, stop) for name, start, stop in _bounds(facts)}
    parts = {} if facts["image_shape"] else _tables(reading / "table.arrow", facts, rows, bounds)
    found = check(parts, {name: x[bound] for name, bound in bounds.items()})
    (folder / "check.json").write_text(found.model_dump_json())


def _tables(table: Path, facts: Facts, rows: Array, bounds: dict[str, slice]) -> dict[str, pl.DataFrame]:
    """The input columns of some rows of each part; the table stays on the disk."""
    names = [column["name"] for column in facts["columns"] if column["role"] == "feature"]
    whole = pl.scan_ipc(table).select(names)
    rng = np.random.default_rng(0)
    chosen = {name: np.sort(_some(rows[bound], rng)) for name, bound in bounds.items()}
    return {name: gathered(whole, wanted) for name, wanted in chosen.items()}


def _some(rows: Array, rng: np.random.Generator) -> Array:
    return rows if len(rows) <= COMPARED else rng.choice(rows, COMPARED, replace=False)


def _pictures(_reading: Path, folder: Path, facts: Facts, x: Array, y: Array, _rows: Array) -> None:
    if not facts["image_shape"]:
        return
    shape, train = facts["image_shape"], slice(0, facts["n_train"])
    gallery = study_images(x[train], y[train], shape, facts["classes"])
    (folder / "gallery.json").write_text(gallery.model_dump_json())


def _sizes(facts: Facts) -> tuple[int, int, int]:
    return facts["n_train"], facts["n_dev"], facts["n_test"]


def _bounds(facts: Facts) -> list[tuple[str, int, int]]:
    edges = np.cumsum([0, *_sizes(facts)]).tolist()
    return [(name, *edge) for name, edge in zip(("train", "dev", "test"), pairwise(edges), strict=True)]
