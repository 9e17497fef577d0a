"""IDX files in an archive, as MNIST has them: images and labels of each part in a file of their own."""

from collections.abc import Callable, Sequence
from pathlib import Path

from webapp.datasets.readers import idx
from webapp.datasets.readers.archives.archive import Archive
from webapp.datasets.readers.archives.bundle import extract
from webapp.datasets.readers.archives.labels import part_of
from webapp.datasets.readers.archives.members import Member, told
from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

NAMES = "Call them as MNIST does: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte."


def read(
    archive: Archive,
    members: Sequence[Member],
    work: Path,
    options: Options,
    progress: Callable[[float], None],
) -> list[str]:
    """Write the reading of the IDX files `members` into `work`; notes. Raises Refusal."""
    paths = {}
    for part, (images, labels) in pair(members).items():
        paths[part] = (
            extract(archive, images, work / f"{part or 'all'}-images"),
            extract(archive, labels, work / f"{part or 'all'}-labels"),
        )
    return idx.read_pairs(paths, work, options, progress)


def pair(members: Sequence[Member]) -> dict[str, tuple[Member, Member]]:
    """Images and labels of each part by their names, train first. Raises Refusal where one is alone."""
    found: dict[str, dict[bool, Member]] = {}
    for member in members:
        kinds = found.setdefault(part_of(member.base), {})
        is_labels = "label" in member.base.lower()
        if is_labels in kinds:
            raise Refusal(
                f"“{told(kinds[is_labels].name)}” and “{told(member.name)}” are both "
                f"{'labels' if is_labels else 'images'} of the same part.",
                NAMES,
            )
        kinds[is_labels] = member
    if len(found) > 1 and "" in found:
        alone = next(iter(found[""].values()))
        raise Refusal(f"Whether “{told(alone.name)}” is for training or test is not clear.", NAMES)
    for kinds in found.values():
        if len(kinds) < 2:
            alone = next(iter(kinds.values()))
            raise Refusal(
                f"“{told(alone.name)}” has no {'images' if True in kinds else 'labels'} beside it.",
                f"Add them to the archive. {NAMES}",
            )
    order = [part for part in ("train", "dev", "test", "") if part in found]
    return {part: (found[part][False], found[part][True]) for part in order}
