"""The array of pictures on the disk, written one by one: grey until the first coloured picture comes."""

from pathlib import Path

import numpy as np
from PIL import Image

from webapp.datasets.readers.archives.pictures import is_grey
from webapp.datasets.readers.limits import refuse_full_disk

BYTES_AT_ONCE = 1 << 24


class Stack:
    """`path`, uint8 (n, height, width, 1 or 3), filled from the top.

    `colour` is grey, rgb, or auto: grey until a coloured picture comes; those before it then change, too.
    """

    def __init__(self, path: Path, n: int, size: tuple[int, int], colour: str) -> None:
        width, height = size
        self.path, self.size, self.count = path, size, 0
        self._may_widen = colour == "auto"
        self._open((n, height, width, 3 if colour == "rgb" else 1))

    def append(self, picture: Image.Image) -> None:
        """Write a picture of mode L or RGB and of this stack's size."""
        if self.channels == 3:
            mode = "RGB"
        elif self._may_widen and picture.mode == "RGB" and not is_grey(picture):
            self._copy((*self._pixels.shape[:3], 3))
            mode = "RGB"
        else:
            mode = "L"
        if picture.mode != mode:
            picture = picture.convert(mode)
        self._rows[self.count] = np.frombuffer(picture.tobytes(), np.uint8)
        self.count += 1

    def close(self) -> None:
        """Cut off the rows that were never written."""
        if self.count < len(self._pixels):
            self._copy((self.count, *self._pixels.shape[1:]))
        self._pixels.flush()
        del self._rows, self._pixels

    def _open(self, shape: tuple[int, ...]) -> None:
        self.channels = shape[3]
        refuse_full_disk(self.path.parent, int(np.prod(shape, dtype=np.int64)))
        self._pixels = np.lib.format.open_memmap(self.path, "w+", np.uint8, shape)
        self._rows = np.asarray(self._pixels).reshape(len(self._pixels), -1)

    def _copy(self, shape: tuple[int, ...]) -> None:
        """Make the array anew with another number of rows or channels, and the same pictures."""
        old, path = self._pixels, self.path
        self.path = path.with_suffix(".other.npy")
        self._open(shape)
        step = max(1, BYTES_AT_ONCE // max(1, int(np.prod(shape[1:]))))
        for start in range(0, self.count, step):
            stop = min(start + step, self.count)
            self._pixels[start:stop] = old[start:stop]
        self.path = self.path.replace(path)
