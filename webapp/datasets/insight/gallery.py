"""Images to look at: some of each class, and what the class looks like on average."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from webapp.datasets.insight.results import Gallery

Pixels = npt.NDArray[np.uint8]

CLASSES = 20
EACH = 12
AVERAGED = 500
AVERAGED_BYTES = 1 << 27
CELL = 56  # pixels of the page that an image takes, at least
LARGEST_CELL = 224
GAP = 4
LARGEST_SHEET = 4096


def study_images(
    images: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    shape: Sequence[int],
    classes: Sequence[str],
    *,
    seed: int = 0,
) -> Gallery:
    """Of training `images`, uint8 (m, height, width, channels) or (m, the product), and their `labels`.

    `labels` (m,) are class numbers; (m, classes) for many labels; numbers without `classes` are one group.
    Rows are drawn with `seed`; of a memory map no more than `AVERAGED` images a class are read.
    """
    members = _members(labels, len(classes))
    shown = sorted(members, key=lambda code: -len(members[code]))[:CLASSES]
    rng = np.random.default_rng(seed)
    most = max(1, min(AVERAGED, AVERAGED_BYTES // max(1, len(shown) * int(np.prod(shape)))))
    drawn = {code: rng.permutation(members[code])[:most] for code in sorted(shown)}
    return Gallery(
        names=[str(classes[code]) if len(classes) else "" for code in drawn],
        rows=[rows[:EACH].tolist() for rows in drawn.values()],
        counts=[len(members[code]) for code in drawn],
        mean_png=[base64.b64encode(png(mean(images, rows, shape))).decode() for rows in drawn.values()],
        hidden=len(members) - len(drawn),
    )


def _members(labels: npt.NDArray[Any], n_classes: int) -> dict[int, npt.NDArray[np.intp]]:
    """The rows of each class that has any."""
    if not n_classes:
        return {0: np.arange(len(labels))} if len(labels) else {}
    found = (
        (code, labels[:, code] != 0 if labels.ndim == 2 else labels == code) for code in range(n_classes)
    )
    return {code: np.flatnonzero(chosen) for code, chosen in found if chosen.any()}


def mean(images: npt.NDArray[Any], rows: npt.NDArray[np.intp], shape: Sequence[int]) -> Pixels:
    """The mean (height, width, channels) of the images at `rows`."""
    chosen = images[np.sort(rows)].reshape(len(rows), *shape)
    return np.rint(chosen.mean(axis=0, dtype=np.float64)).astype(np.uint8)


def contact_sheet(rows: Sequence[Pixels]) -> bytes:
    """A PNG with a line for each of `rows`, uint8 (k, height, width, channels) of one size, k may differ.

    Small images are enlarged by a whole number, pixel by pixel; the ground between them is transparent. What
    would make the sheet larger than `LARGEST_SHEET` pixels either way is left out. Raises ValueError without
    any image.
    """
    filled = [row for row in rows if len(row)]
    if not filled:
        raise ValueError("A contact sheet needs an image.")
    height, width = filled[0].shape[1:3]
    scale = max(1, min(-(-CELL // min(height, width)), LARGEST_CELL // max(height, width)))
    cell = np.array([height, width]) * scale + GAP
    fit_down, fit_across = (int(max(1, LARGEST_SHEET // side)) for side in cell)
    filled = [row[:fit_across] for row in filled[:fit_down]]
    down, across = len(filled), max(len(row) for row in filled)
    sheet = np.zeros((*(np.array([down, across]) * cell - GAP), 4), np.uint8)
    for i, row in enumerate(filled):
        for j, image in enumerate(row):
            top, left = np.array([i, j]) * cell
            large = rgba(image).repeat(scale, axis=0).repeat(scale, axis=1)
            sheet[top : top + height * scale, left : left + width * scale] = large
    return _encoded(Image.fromarray(sheet))


def png(image: Pixels) -> bytes:
    """One image, uint8 (height, width, channels), pixel by pixel; the page enlarges it."""
    return _encoded(Image.fromarray(rgba(image)))


def rgba(image: Pixels) -> Pixels:
    """(height, width, 4) of one with 1 channel (grey), 2 (grey, alpha), 3 (colour) or 4 (colour, alpha)."""
    channels = image.shape[2]
    colour = image[:, :, :3] if channels >= 3 else image[:, :, :1].repeat(3, axis=2)
    alpha = image[:, :, -1:] if channels in (2, 4) else np.full((*image.shape[:2], 1), 255, np.uint8)
    return np.concatenate([colour, alpha], axis=2)


def _encoded(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG", optimize=False)
    return data.getvalue()
