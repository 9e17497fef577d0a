"""What is to be known of a split, in sentences."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.splits import Sizes
from webapp.datasets.splitting.strata import DEV, TEST, TRAIN, codes_of, ranked

Array = npt.NDArray[Any]
WORDS = ("train", "dev", "test")
FEW = 5
SHOWN = 5
#: How far a part's share may be from what was asked before it is said.
OFF = 0.02


def rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def of_sizes(part_of: Array, asked: Sizes, together: str) -> list[str]:
    """That the parts are not of the sizes asked for, and why."""
    found = np.bincount(part_of, minlength=3)
    if (np.abs(found - np.array(asked)) <= OFF * len(part_of)).all():
        return []
    shares = ", ".join(
        f"{word} {count / len(part_of):.0%}" for word, count in zip(WORDS, found, strict=True) if count
    )
    return [f"The shares are {shares} of the rows, not quite those asked for: {together} stay together."]


def of_duplicates(part_of: Array, duplicates: Array | None) -> list[str]:
    """How many examples of dev and test are identical to one of an earlier part."""
    if duplicates is None:
        return []
    codes = codes_of(duplicates)
    # A negative code is no duplicate of anything.
    first = np.full(codes.max(initial=-1) + 1, TEST, np.uint8)
    np.minimum.at(first, codes, part_of)
    seen = (first[codes] < part_of) & (np.asarray(duplicates) >= 0)
    said = []
    for part, earlier in ((DEV, "train"), (TEST, "train or dev")):
        if count := int((seen & (part_of == part)).sum()):
            occur = "occurs" if count == 1 else "occur"
            said.append(
                f"{rows(count)} of {WORDS[part]} also {occur} in {earlier}: the error measured there looks "
                "smaller than it is."
            )
    return said


def of_classes(part_of: Array, labels: Array | None, names: Sequence[str]) -> list[str]:
    """Which classes are missing from train or dev, and of which there are few."""
    if labels is None or (labels.ndim == 1 and labels.dtype.kind == "f"):
        return []
    called, counts = _counts(part_of, labels, names)
    said = []
    for part, consequence in ((TRAIN, "cannot be learnt"), (DEV, "cannot be tuned for")):
        missing = [name for name, row in zip(called, counts, strict=True) if row[part] == 0]
        if missing:
            said.append(f"{_classes(missing)} no example in {WORDS[part]}, so {consequence}.")
    few = [
        name
        for name, row in zip(called, counts, strict=True)
        if row[TRAIN] and row[DEV] and min(row[TRAIN], row[DEV]) < FEW
    ]
    if few:
        said.append(
            f"{_classes(few)} fewer than {FEW} examples in train or dev: their errors are measured roughly."
        )
    return said


def _counts(part_of: Array, labels: Array, names: Sequence[str]) -> tuple[list[str], Array]:
    """What each class is called, and its rows in each part (classes, 3)."""
    if labels.ndim == 2:
        counts = np.stack([(labels[part_of == part] != 0).sum(axis=0) for part in range(3)], axis=1)
        return [_name(number, names) for number in range(labels.shape[1])], counts
    values, codes = ranked(labels)
    counts = np.bincount(codes * 3 + part_of, minlength=3 * len(values)).reshape(-1, 3)
    return [_name(value, names) for value in values.tolist()], counts


def _name(value: Any, names: Sequence[str]) -> str:
    is_number = isinstance(value, int) and 0 <= value < len(names)
    return names[value] if is_number else str(value)


def _classes(names: list[str]) -> str:
    """The subject of a sentence and its verb: Class “a” has, Classes “a”, “b” and 3 more have."""
    if len(names) == 1:
        return f"Class “{names[0]}” has"
    shown = ", ".join(f"“{name}”" for name in names[:SHOWN])
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"Classes {shown}{more} have"
