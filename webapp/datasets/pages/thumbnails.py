"""A small picture of a dataset of images, for lists."""

import io

import numpy as np
from PIL import Image

from webapp.datasets.models import Version

SIDE = 32  # pixels; twice what the list shows, for fine screens


def thumbnail(version: Version) -> bytes | None:
    """The first image of the training part as a PNG; None where there are no images."""
    path = version.table / "images.npy"
    if not version.image_shape or not path.exists():
        return None
    rows = version.folder / "rows.npy"
    first = int(np.load(rows, mmap_mode="r")[0]) if rows.exists() else 0
    pixels = np.load(path, mmap_mode="r")[first]
    image = Image.fromarray(
        np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels[..., :3])
    )
    image.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
