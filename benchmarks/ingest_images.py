"""Reading a zip of PNG pictures of 28 x 28 pixels, beside plain loops of Pillow over the same pictures.

`python -m benchmarks.ingest_images` prints the medians. Fourteen turns of 5,000 pictures make 70,000, so that
Hone and Pillow alternate. A reading is all that happens from the uploaded file to images.npy and table.arrow.
All run in one thread, so their processor time is told as well: on a busy machine it is the steadier number.
"""

import io
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from benchmarks.report import last_line, options, table

SIDE = 28
PICTURES, TURNS = 5_000, {True: 5, False: 14}


class Took(NamedTuple):
    """Seconds of the clock and of the processor."""

    clock: float
    processor: float


def images(quick: bool) -> dict[str, float]:
    """The medians over turns of Hone's seconds by those of a loop, with and without reading the zip."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.zip"
        contents = write_zip(path, PICTURES)
        ways: dict[str, Callable[[], object]] = {
            "Hone": lambda: read_with_hone(path, Path(folder)),
            "Pillow, bytes in memory": lambda: decode(contents),
            "Pillow and zipfile": lambda: decode_zip(path, PICTURES),
        }
        took: dict[str, list[Took]] = {name: [] for name in ways}
        for turn in range(TURNS[quick]):
            for name, way in ways.items():
                took[name].append(_timed(way))
            print(
                f"turn {turn + 1}:",
                ", ".join(f"{name} {found[-1].clock:.2f} s" for name, found in took.items()),
            )
    rows = [(name, _each(found, 0), _each(found, 1)) for name, found in took.items()]
    table((f"{PICTURES:,} PNG of {SIDE} x {SIDE}, deflated", "µs a picture", "µs of processor"), rows)
    hone, loop, zip_loop = took.values()
    return {
        "images_ratio_to_pillow": _ratio(hone, loop, 0),
        "images_processor_ratio_to_pillow": _ratio(hone, loop, 1),
        "images_ratio_to_pillow_and_zipfile": _ratio(hone, zip_loop, 0),
        "images_per_second": 1e6 / _each(hone, 0),
    }


def write_zip(path: Path, n: int) -> list[bytes]:
    """A zip of `n` digits, enlarged and with some noise, in ten class folders; the encoded pictures."""
    generator = np.random.default_rng(0)
    digits, labels = load_digits(return_X_y=True)
    contents = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(n):
            small = Image.fromarray((digits[i % len(digits)].reshape(8, 8) * 15.9).astype(np.uint8))
            pixels = np.asarray(small.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(int)
            noisy = np.where(pixels > 40, pixels + generator.integers(-8, 8, pixels.shape), pixels).clip(
                0, 255
            )
            buffer = io.BytesIO()
            Image.fromarray(noisy.astype(np.uint8)).save(buffer, "PNG")
            contents.append(buffer.getvalue())
            archive.writestr(f"digits/{labels[i % len(digits)]}/{i:05}.png", contents[-1])
    return contents


def read_with_hone(path: Path, folder: Path) -> None:
    """Everything that happens to an uploaded file until its reading is on the disk."""
    from webapp.datasets import readers
    from webapp.datasets.readers.options import Options

    with tempfile.TemporaryDirectory(dir=folder) as work:
        reader = readers.reader_for(readers.head_of(path))
        reader.read(path, Path(work), Options(), lambda done: None)


def decode(contents: list[bytes]) -> np.ndarray:
    """The plain loop, from bytes in memory to an array in memory."""
    pixels = np.empty((len(contents), SIDE, SIDE), np.uint8)
    for i, content in enumerate(contents):
        pixels[i] = np.asarray(Image.open(io.BytesIO(content)))
    return pixels


def decode_zip(path: Path, n: int) -> np.ndarray:
    """The plain loop that most people would write, from the zip to an array in memory."""
    pixels = np.empty((n, SIDE, SIDE), np.uint8)
    with zipfile.ZipFile(path) as archive:
        for i, name in enumerate(archive.namelist()):
            with archive.open(name) as member:
                pixels[i] = np.asarray(Image.open(member))
    return pixels


def _timed(way: Callable[[], object]) -> Took:
    clock, processor = time.perf_counter(), time.process_time()
    way()
    return Took(time.perf_counter() - clock, time.process_time() - processor)


def _each(found: list[Took], which: int) -> float:
    """The median of one of the times, in microseconds a picture."""
    return 1e6 * statistics.median(took[which] for took in found) / PICTURES


def _ratio(ours: list[Took], theirs: list[Took], which: int) -> float:
    return statistics.median(a[which] / b[which] for a, b in zip(ours, theirs, strict=True))


def configure() -> None:
    """Django's settings, which the readers ask for their limits."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    django.setup()


if __name__ == "__main__":
    chosen = options(__doc__.splitlines()[0]).parse_args()
    configure()
    last_line(images(chosen.quick))
