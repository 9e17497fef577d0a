"""However a table comes in (uploaded, pasted, drawn, generated): it ends as a file that a worker reads."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from webapp.datasets.incoming import content, quotas
from webapp.datasets.ingestion import WHOLE, announce, check
from webapp.datasets.models import Dataset
from webapp.datasets.recipe import Recipe


def bring(
    owner: AbstractBaseUser, write: Callable[[Path], None], recipe: Recipe | None = None, **fields: Any
) -> Dataset:
    """A dataset of the file that `write` makes at the path it is given.

    Raises Refusal, and leaves nothing behind then.
    """
    recipe = recipe or Recipe()
    with tempfile.TemporaryDirectory(dir=settings.HONE_HOME, prefix="source-") as folder:
        path = Path(folder) / "source"
        write(path)
        size = path.stat().st_size
        quotas.refuse_alone(size)
        check(path, recipe)
        sha256 = known(path)
        with transaction.atomic():
            quotas.refuse_over(owner, size)
            return keep(path, recipe, sha256, owner=owner, **fields)


def known(path: Path) -> str:
    """The SHA-256 of a small file; of a large one the worker finds it out, and it is empty until then."""
    return content.digest(path) if path.stat().st_size <= WHOLE else ""


def keep(path: Path, recipe: Recipe, sha256: str, **fields: Any) -> Dataset:
    """Move a checked file to where it stays and announce its dataset; inside a transaction."""
    dataset = Dataset.objects.begin(recipe, size=path.stat().st_size, **fields)
    # One that was rolled back may have had the same key and left its folder
    dataset.folder.mkdir(parents=True, exist_ok=True)
    path.replace(dataset.source)
    if sha256:
        content.identify(dataset, sha256)
    transaction.on_commit(lambda: announce(dataset.current_id))
    return dataset
