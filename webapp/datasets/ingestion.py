"""From what came in to what training reads: table.arrow, features.npy, labels.npy and their description."""

import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from webapp.celery import send
from webapp.datasets import readers, targets
from webapp.datasets.builtin import BUILTINS
from webapp.datasets.features import encode
from webapp.datasets.heartbeat import Heartbeat
from webapp.datasets.models import LEASE, Dataset, LeaseLostError
from webapp.datasets.profile import profile
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

logger = logging.getLogger(__name__)

WHOLE = 8 << 20  # a file up to this size is read to its end before the upload is accepted
RESULTS = ("table.arrow", "features.npy", "labels.npy")
WORKER_DIED = {
    "message": "Reading this file ended its worker process three times.",
    "advice": "It probably needs more memory than this laboratory has: upload fewer rows or columns.",
}
OUR_FAULT = {
    "message": "This file could not be read, and the reason is an error in Hone, not in your file.",
    "advice": "The laboratory's log has the details; saving the table as plain CSV (UTF-8) may help.",
}
NO_MEMORY = {
    "message": "There is not enough memory to read this file.",
    "advice": "Upload fewer rows or columns.",
}


def announce(pk: int) -> None:
    """Tell the workers of a dataset to be read. When Redis is away, `reannounce` tells them later."""
    send("webapp.datasets.ingest", pk)


def reannounce() -> list[int]:
    """Announce again what waits although nobody reads it, and give up what killed its worker too often.

    Returns the keys of the datasets announced. Safe to call at any time: a message is only a wake-up.
    """
    for dataset in Dataset.objects.given_up().defer("columns"):
        _fail(dataset, WORKER_DIED)
    again = list(Dataset.objects.stale().values_list("pk", flat=True))
    for pk in again:
        Dataset.objects.filter(pk=pk).reannounced()
        announce(pk)
    return again


def ingest(pk: int) -> None:
    """Read dataset `pk`, unless somebody else does; it ends as ready, or as failed with the reason."""
    dataset = Dataset.objects.claim(pk)
    if dataset is None:
        return
    dataset.folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=dataset.folder, prefix="work-"))
    try:
        with Heartbeat(dataset.renew, LEASE, f"dataset {pk}"):
            _ingest(dataset, work)
    except LeaseLostError:
        logger.info("Dataset %s was taken over or deleted", pk)
    except Refusal as refusal:
        _fail(dataset, refusal.as_problem())
    except MemoryError:
        _fail(dataset, NO_MEMORY)
    except DatabaseError:
        raise  # the lease runs out and the dataset is announced again
    except Exception:
        logger.exception("Dataset %s", pk)
        _fail(dataset, OUR_FAULT)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        _remove_if_deleted(dataset)


def check(path: Path, target: str) -> None:
    """Raise Refusal for a file that cannot become a dataset.

    Small files are taken all the way; of a large one only the head is read, the rest by `ingest`.
    """
    with tempfile.TemporaryDirectory(dir=settings.HONE_HOME, prefix="check-") as folder:
        work = Path(folder)
        reader = readers.reader_for(readers.head_of(path))
        if path.stat().st_size <= WHOLE:
            reader.read(path, work, Options(), _ignore)
            _understand(work, target)
        else:
            names = reader.inspect(path, work, Options())
            if target and target not in names:
                targets.choose([{"name": name} for name in names], target)


def _ingest(dataset: Dataset, work: Path) -> None:
    table = dataset.folder / "table.arrow"
    notes: list[str] = []
    if table.exists():  # only the target changed
        (work / "table.arrow").hardlink_to(table)
        notes = dataset.notes[:1]
    elif dataset.builtin:
        notes = BUILTINS[dataset.builtin].write(work / "table.arrow")
    else:
        notes = _read(dataset, work)
    dataset.hold(70)
    facts = _understand(work, dataset.target)
    facts["notes"] = notes + facts["notes"]
    dataset.hold(99)
    for name in RESULTS:
        (work / name).replace(dataset.folder / name)
    dataset.finish(**facts)


def _read(dataset: Dataset, work: Path) -> list[str]:
    reader = readers.reader_for(readers.head_of(dataset.source))
    return reader.read(dataset.source, work, Options(), _progress(dataset))


def _understand(work: Path, wanted: str) -> dict[str, Any]:
    """Profile and encode `work`/table.arrow; the fields of a ready dataset."""
    columns = profile(work / "table.arrow")
    target = targets.choose(columns, wanted)
    encoded = encode(work / "table.arrow", columns, target, work)
    return {
        "target": target["name"],
        "task": encoded.task,
        "classes": encoded.classes,
        "columns": encoded.columns,
        "notes": encoded.notes,
        "n_rows": encoded.n_rows,
        "n_features": encoded.n_features,
        "n_outputs": len(encoded.classes) if encoded.task == Dataset.Task.MULTICLASS else 1,
    }


def _progress(dataset: Dataset) -> Callable[[float], None]:
    """Write the share done to the database, a percent at a time: reading is the first 70 of them."""
    last = 0

    def tell(done: float) -> None:
        nonlocal last
        if (percent := int(70 * done)) > last:
            last = percent
            dataset.hold(percent)

    return tell


def _ignore(done: float) -> None:
    """A listener that does not listen."""


def _fail(dataset: Dataset, problem: dict[str, Any]) -> None:
    try:
        dataset.fail(problem)
    except LeaseLostError:
        logger.info("Dataset %s was taken over or deleted", dataset.pk)


def _remove_if_deleted(dataset: Dataset) -> None:
    """A dataset deleted while it was read leaves no folder behind."""
    if not Dataset.objects.filter(pk=dataset.pk).exists():
        shutil.rmtree(dataset.folder, ignore_errors=True)
