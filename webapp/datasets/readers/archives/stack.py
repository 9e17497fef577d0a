"""The array of pictures on the disk, written sheet by sheet: grey until the first coloured picture comes."""

from pathlib import Path

import numpy as np
from PIL import Image

from webapp.datasets.readers.archives.pictures import is_grey
from webapp.datasets.readers.limits import refuse_full_disk

BYTES_AT_ONCE = 1 << 24
SHEET_PICTURES, SHEET_BYTES = 256, 1 << 20  # at most


class Stack:
    """`path`, uint8 (n, height, width, 1 or 3), filled from the top.

    `colour` is grey, rgb, or auto: grey until a coloured picture comes; those before it then change, too.
    Pictures are pasted below each other on a sheet, which costs a tenth of making each an array.
    """

    def __init__(self, path: Path, n: int, size: tuple[int, int], colour: str) -> None:
        width, height = size
        self.path, self.size, self.count = path, size, 0
        self._width, self._height = size
        self._room = max(1, min(SHEET_PICTURES, n, SHEET_BYTES // (3 * width * height)))
        self._may_widen = colour == "auto"
        self._open((n, height, width, 3 if colour == "rgb" else 1))

    def append(self, picture: Image.Image) -> None:
        """Add a picture of mode L or RGB and of this stack's size."""
        if picture.mode != self._mode:
            if self._may_widen and self.channels == 1 and not is_grey(picture):
                self._write_sheet()
                self._copy((*self._pixels.shape[:3], 3))
            picture = picture.convert(self._mode)
        top = (self.count - self._written) * self._height
        self._paste(picture.im, (0, top, self._width, top + self._height))
        self.count += 1
        if self.count - self._written == self._room:
            self._write_sheet()

    def close(self) -> None:
        """Write what is left, and cut off the rows that were never written."""
        self._write_sheet()
        if self.count < len(self._pixels):
            self._copy((self.count, *self._pixels.shape[1:]))
        del self._pixels, self._sheet, self._paste

    def _write_sheet(self) -> None:
        pixels = np.asarray(self._sheet).reshape(self._room, *self._pixels.shape[1:])
        self._pixels[self._written : self.count] = pixels[: self.count - self._written]
        self._written = self.count

    def _open(self, shape: tuple[int, ...]) -> None:
        self.channels, self._mode = shape[3], "L" if shape[3] == 1 else "RGB"
        self._written = self.count
        self._sheet = Image.new(self._mode, (self._width, self._room * self._height))
        self._paste = self._sheet.im.paste  # Image.paste checks for longer than the pasting takes
        refuse_full_disk(self.path.parent, int(np.prod(shape, dtype=np.int64)))
        self._pixels = np.lib.format.open_memmap(self.path, "w+", np.uint8, shape)

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
