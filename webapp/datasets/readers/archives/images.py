"""Pictures in an archive become one array, all of one size, in the order of their names."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import polars as pl
from PIL import Image

from webapp.datasets.readers.archives import labels, pictures
from webapp.datasets.readers.archives.archive import Archive
from webapp.datasets.readers.archives.labels import Example
from webapp.datasets.readers.archives.members import Member, told
from webapp.datasets.readers.archives.pictures import PictureError
from webapp.datasets.readers.archives.stack import Stack
from webapp.datasets.readers.missing import is_number
from webapp.datasets.readers.options import MAX_SIDE, Options
from webapp.datasets.refusal import Refusal

USUAL_SIDE = 64
FEW, SHARE = 10, 100  # unreadable pictures that are left out: so many, or one in a hundred
LEAST = 3
TOLD = 5
CONVERSIONS = {
    "16-bit": "16-bit shades became 8-bit ones in {}",
    "CMYK": "CMYK colours became red, green and blue in {}",
    "animated": "Of {} with several frames (animations) the first frame was taken",
    "palette": "Palette colours became red, green and blue in {}",
    "transparent": "What is transparent became white in {}",
    "turned": "Turned upright as the camera noted: {}",
}


class OddSizeError(Exception):
    """A picture that is not of the size that all seemed to have."""


class Bad(NamedTuple):
    """A picture that cannot be read, and why."""

    name: str
    reason: str


def write(
    archive: Archive, found: labels.Labelled, work: Path, options: Options, progress: Callable[[float], None]
) -> list[str]:
    """Write images.npy and table.arrow into `work`; notes. Raises Refusal."""
    _check(found.examples)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow says about odd pictures is told in the notes
        writer = _Writer(archive, found.examples, work / "images.npy", options, progress)
        notes = writer.write()
    kept = writer.kept
    _check(kept)
    _write_table(kept, work / "table.arrow")
    return [*found.notes, *notes]


class _Writer:
    """Reads the pictures one by one; `kept` are those that were readable."""

    def __init__(
        self,
        archive: Archive,
        examples: Sequence[Example],
        path: Path,
        options: Options,
        progress: Callable[[float], None],
    ) -> None:
        self.archive, self.examples, self.path = archive, examples, path
        self.options, self.progress = options, progress

    def write(self) -> list[str]:
        side = self.options.side
        if side is None:
            try:
                return self._write(None)
            except OddSizeError:
                side = min(USUAL_SIDE, self._middle_side())
        return self._write(side)

    def _write(self, side: int | None) -> list[str]:
        """One pass over all pictures; `side` is unset when each is expected to have the size of the first."""
        self.kept: list[Example] = []
        self.bad: list[Bad] = []
        self.facts: Counter[str] = Counter()
        stack: Stack | None = None
        for i, example in enumerate(self.examples):
            if i % 256 == 0:
                self.progress(i / len(self.examples))
            try:
                picture = self._picture(example.member, side)
            except PictureError as error:
                self._leave_out(example.member, error)
                continue
            if stack is None:
                stack = Stack(self.path, len(self.examples), picture.size, self.options.colour)
            elif picture.size != stack.size:
                raise OddSizeError
            stack.append(picture)
            self.kept.append(example)
        assert stack is not None, "_leave_out refuses long before all are bad"
        stack.close()
        return list(self._notes(stack, side))

    def _picture(self, member: Member, side: int | None) -> Image.Image:
        picture = self._opened(member)
        size = picture.size
        if side is None and max(size) > MAX_SIDE:
            raise OddSizeError
        if side is not None and picture.format in ("JPEG", "MPO") and min(size) > 2 * side:
            picture.draft(picture.mode, (2 * side, 2 * side))  # decodes a half, quarter or eighth only
        decoded = pictures.decoded(picture, self.facts)
        if side is None or decoded.size == (side, side):
            return decoded
        self.facts["resized"] += 1
        self.facts["cut"] += size[0] != size[1]
        return pictures.square(decoded, side)

    def _opened(self, member: Member) -> Image.Image:
        if member.size > pictures.MAX_BYTES:
            raise PictureError(f"it has {member.size:,} bytes, more than are read of one picture")
        return pictures.opened(self.archive.read(member))

    def _middle_side(self) -> int:
        """The median of the shorter sides, from the headers alone."""
        sides = []
        for example in self.examples:
            try:
                sides.append(min(self._opened(example.member).size))
            except PictureError:
                continue
        return int(median(sides))

    def _leave_out(self, member: Member, error: PictureError) -> None:
        self.bad.append(Bad(member.name, str(error)))
        n = len(self.examples)
        if len(self.bad) > min(max(FEW, n // SHARE), n // 10):
            first = self.bad[0]
            more = f" (and so are {len(self.bad) - 1:,} more)" if len(self.bad) > 1 else ""
            raise Refusal(
                f"The picture “{told(first.name)}” cannot be read: {first.reason}{more}.",
                "Take the unreadable pictures out or save them again as PNG or JPEG.",
            )

    def _notes(self, stack: Stack, side: int | None) -> Iterator[str]:
        width, height = stack.size
        colour = "in shades of grey" if stack.channels == 1 else "in colour"
        yield f"The pictures are {width} × {height} pixels, {colour}."
        if self.facts["resized"]:
            why = "" if self.options.side else " (they differ in size or are large; choose another)"
            yield f"{self.facts['resized']:,} pictures were resized to {side} × {side} pixels{why}."
        if self.facts["cut"]:
            yield f"Of {_counted(self.facts['cut'])} not square the largest square in the middle was taken."
        for fact, sentence in CONVERSIONS.items():
            if self.facts[fact]:
                yield sentence.format(_counted(self.facts[fact])) + "."
        if self.bad:
            names = "; ".join(f"“{told(bad.name)}”: {bad.reason}" for bad in islice(self.bad, TOLD))
            more = f"; and {len(self.bad) - TOLD:,} more" if len(self.bad) > TOLD else ""
            yield f"Left out {_counted(len(self.bad))} that cannot be read ({names}{more})."


def _counted(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def _check(examples: Sequence[Example]) -> None:
    if len(examples) < LEAST:
        raise Refusal(
            f"This archive has {_counted(len(examples))} with a label.",
            "Training, dev and test part need at least one each: 3 is the least, hundreds are better.",
        )
    parts = {example.part for example in examples}
    if "" in parts and len(parts) > 1:
        first = next(example.member.name for example in examples if not example.part)
        raise Refusal(
            f"Some pictures are said to be for training, dev or test, but “{told(first)}” is not.",
            "Put all of them into folders called train, dev and test, or none.",
        )


def _write_table(examples: Sequence[Example], path: Path) -> None:
    numbers = all(is_number(example.label) for example in examples) and not _in_folders(examples)
    columns: dict[str, list[str] | list[float]] = {
        "label": [float(e.label) for e in examples] if numbers else [e.label for e in examples],
        "file": [e.member.name for e in examples],
    }
    if examples[0].part:
        columns["split"] = [e.part for e in examples]
    pl.DataFrame(columns).write_ipc(path, compression="uncompressed")


def _in_folders(examples: Sequence[Example]) -> bool:
    """Whether the labels are the names of the folders, which are classes even if they are numbers."""
    return all(example.label in example.member.folders for example in examples)
