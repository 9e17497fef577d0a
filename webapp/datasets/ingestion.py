"""A version that waits becomes one that is ready, or one that failed with the reason: the worker's side."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from webapp.celery import send
from webapp.datasets.heartbeat import Heartbeat
from webapp.datasets.incoming import content
from webapp.datasets.making import building
from webapp.datasets.making.studying import study_version
from webapp.datasets.models import LEASE, Dataset, LeaseLostError, Version
from webapp.datasets.recipe import Recipe
from webapp.datasets.refusal import Refusal

logger = logging.getLogger(__name__)

WHOLE = 8 << 20  # a file up to this size is read to its end before the upload is accepted
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
    """Tell the workers of a version to be made. When Redis is away, `reannounce` tells them later."""
    send("webapp.datasets.ingest", pk)


def reannounce() -> list[int]:
    """Announce again what waits although nobody reads it, and give up what killed its worker too often.

    Returns the keys of the versions announced. Safe to call at any time: a message is only a wake-up.
    """
    for version in Version.objects.given_up().select_related("dataset"):
        _fail(version, WORKER_DIED)
    again = list(Version.objects.stale().values_list("pk", flat=True))
    for pk in again:
        Version.objects.filter(pk=pk).reannounced()
        announce(pk)
    return again


def ingest(pk: int) -> None:
    """Make version `pk`, unless somebody else does; it ends as ready, or as failed with the reason."""
    version = Version.objects.claim(pk)
    if version is None:
        return
    try:
        with _scratch(version.dataset) as work, Heartbeat(version.renew, LEASE, f"version {pk}"):
            _make(version, work)
    except LeaseLostError:
        logger.info("Version %s was taken over, cancelled or deleted", pk)
        _remove_if_cancelled(version)
    except Refusal as refusal:
        _fail(version, refusal.as_problem())
    except MemoryError:
        _fail(version, NO_MEMORY)
    except DatabaseError:
        raise  # the lease runs out and the version is announced again
    except Exception:
        logger.exception("Version %s", pk)
        _fail(version, OUR_FAULT)
    finally:
        _remove_if_deleted(version.dataset)


def check(path: Path, recipe: Recipe) -> None:
    """Raise Refusal for a file that cannot become a dataset.

    Small files are taken all the way; of a large one only the head is read, the rest by `ingest`.
    """
    with tempfile.TemporaryDirectory(dir=settings.HONE_HOME, prefix="check-") as folder:
        if path.stat().st_size <= WHOLE:
            building.try_out(path, recipe, Path(folder))
        else:
            building.glance(path, recipe, Path(folder))


def _make(version: Version, work: Path) -> None:
    """Read the file, unless an earlier version did, then make this version's arrays and put them in place."""
    _identify(version)
    if not version.table.exists() or _repeats(version):
        _put(building.read(version.dataset, version.choices, work, _progress(version, 5, 60)), version.table)
    version.hold(60)
    made = work / "version"
    made.mkdir()
    facts = building.build(version.table, version.choices, made, _progress(version, 60, 85))
    version.hold(85)
    study_version(version.table, made, facts, _progress(version, 85, 99))
    version.hold(99)
    version.folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(version.folder, ignore_errors=True)  # of an attempt that died between the two moves
    made.rename(version.folder)
    version.finish(**facts)


def _repeats(version: Version) -> bool:
    """Whether an earlier version has just this recipe: then the wish was to read the file again."""
    earlier = version.dataset.versions.filter(number__lt=version.number)
    recipes = earlier.exclude(state=Version.State.FAILED).values_list("recipe", flat=True)
    return any(recipe == version.recipe for recipe in recipes)


def _put(reading: Path, table: Path) -> None:
    """Move a reading to where it stays. Of one that is there already each file is replaced at once, for
    pages and other workers may be looking at it."""
    table.parent.mkdir(parents=True, exist_ok=True)
    try:
        reading.rename(table)
    except OSError:  # not empty: read before, or by another worker meanwhile
        for file in reading.iterdir():
            file.replace(table / file.name)


def _identify(version: Version) -> None:
    """Find out what a large file holds; of a small one this was done before it was announced."""
    dataset = version.dataset
    if not dataset.sha256 and not dataset.builtin:
        content.identify(dataset, content.digest(dataset.source, _progress(version, 0, 5)))


@contextmanager
def _scratch(dataset: Dataset) -> Iterator[Path]:
    """A folder beside where the results go, so that moving them there is one rename."""
    dataset.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=dataset.folder, prefix="work-", ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def _progress(version: Version, first: int, last: int) -> Callable[[float], None]:
    """Write the share done to the database, a percent at a time, from `first` to `last` of them."""
    told = first

    def tell(done: float) -> None:
        nonlocal told
        if (percent := first + int((last - first) * done)) > told:
            told = percent
            version.hold(percent)

    return tell


def _fail(version: Version, problem: dict[str, object]) -> None:
    try:
        version.fail(problem)
    except LeaseLostError:
        logger.info("Version %s was taken over, cancelled or deleted", version.pk)


def _remove_if_cancelled(version: Version) -> None:
    """What a cancelled reader leaves, it takes away itself."""
    if Version.objects.filter(pk=version.pk, state=Version.State.FAILED).exists():
        version.discard()


def _remove_if_deleted(dataset: Dataset) -> None:
    """A dataset deleted while it was read leaves no folder behind."""
    if not Dataset.objects.filter(pk=dataset.pk).exists():
        shutil.rmtree(dataset.folder, ignore_errors=True)
