"""Whether the files of a dataset are still what they were when they came in."""

from collections.abc import Iterator

import numpy as np

from webapp.datasets.incoming import content
from webapp.datasets.models import AuditEntry, Dataset, Version


def verify(pk: int) -> None:
    """Check dataset `pk` and note the outcome; what is damaged is kept from training until somebody looks."""
    dataset = Dataset.objects.filter(pk=pk).first()
    if dataset is None:
        return
    faults = list(faults_of(dataset))
    AuditEntry.note(None, "checked", dataset, "; ".join(faults) or "all files are intact")
    if faults and not dataset.quarantine:
        Dataset.objects.filter(pk=pk).update(quarantine=f"Damaged: {faults[0]}"[:200])


def faults_of(dataset: Dataset) -> Iterator[str]:
    """What is wrong with the file and with the arrays of every version that is ready."""
    if not dataset.builtin:
        yield from _faults_of_source(dataset)
    for version in dataset.versions.filter(state=Version.State.READY):
        yield from _faults_of_arrays(version)


def _faults_of_source(dataset: Dataset) -> Iterator[str]:
    if not dataset.source.exists():
        if not dataset.size:  # nothing is kept of what could not be read
            return
        yield "the uploaded file is missing"
    elif dataset.sha256 and content.digest(dataset.source) != dataset.sha256:
        yield "the uploaded file has changed since it came in"


def _faults_of_arrays(version: Version) -> Iterator[str]:
    wanted = {"features.npy": (version.n_rows, version.n_features), "labels.npy": (version.n_rows,)}
    for name, shape in wanted.items():
        try:
            found = np.load(version.folder / name, mmap_mode="r").shape
        except (OSError, ValueError, EOFError):
            yield f"{name} of version {version.number} is missing or torn"
        else:
            if found[: len(shape)] != shape:
                yield f"{name} of version {version.number} has the shape {found}, not {shape}"
